"""Windows: the version resource of each program, and how the installer's script is called."""

from pathlib import Path

from bundle.product import APP, ENGINE, WINDOWS_APP_ID, Product

SCRIPT = Path(__file__).resolve().parents[1] / "windows" / "pxbin.iss"

_DESCRIPTIONS = {APP: "pxbin", ENGINE: "pxbin, the engine"}
_ENGLISH, _UNICODE = 0x0409, 1200


def version_resource(product: Product, program: str) -> str:
    """What PyInstaller reads of a version resource; Explorer shows it, and the taskbar its description."""
    strings = {
        "CompanyName": "pxbin",
        "FileDescription": _DESCRIPTIONS[program],
        "FileVersion": product.version,
        "InternalName": program,
        "LegalCopyright": "MIT License",
        "OriginalFilename": f"{program}.exe",
        "ProductName": "pxbin",
        "ProductVersion": product.version,
    }
    lines = ", ".join(f"StringStruct({name!r}, {value!r})" for name, value in strings.items())
    return (
        "VSVersionInfo(\n"
        f"  ffi=FixedFileInfo(filevers={product.numbers}, prodvers={product.numbers}, mask=0x3F, flags=0x0,\n"
        "    OS=0x40004, fileType=0x1, subtype=0x0, date=(0, 0)),\n"
        f"  kids=[StringFileInfo([StringTable('{_ENGLISH:04X}{_UNICODE:04X}', [{lines}])]),\n"
        f"    VarFileInfo([VarStruct('Translation', [{_ENGLISH}, {_UNICODE}])])])\n"
    )


def write_version(folder: Path, product: Product, program: str) -> str:
    """Put the resource of a program there; returns the path."""
    path = folder / f"{program}.version"
    path.write_text(version_resource(product, program), encoding="utf-8")
    return str(path)


def installer_command(product: Product, folder: Path, out: Path) -> list[str]:
    """How Inno Setup makes the installer of a finished folder; the script has no name or number of its own."""
    given = {
        "AppId": WINDOWS_APP_ID,
        "AppVersion": product.version,
        "AppSummary": product.summary,
        "FourNumbers": ".".join(map(str, product.numbers)),
        "AppProgram": APP,
        "Folder": str(folder),
        "Out": str(out),
    }
    return ["iscc", "/Qp", *(f"/D{name}={value}" for name, value in given.items()), str(SCRIPT)]
