"""What Linux desktops read: the desktop entry, the AppStream metadata, the icons; and the tree below ``/usr``."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from bundle.icons import PICTURES, SIZES
from bundle.product import APP, ENGINE, IDENTIFIER, ROOT, Product

_TEMPLATES = Path(__file__).resolve().parents[1] / "linux"

FOLDER = f"usr/lib/{APP}"
"""Where the package puts the folder."""


def desktop_entry(product: Product) -> str:
    """``pxbin.desktop``, which Wayland finds the window's icon by: its name is the app's desktop file name."""
    return _template("pxbin.desktop").format(summary=product.summary)


def metainfo(product: Product, released: date) -> str:
    """The component's description for software centres."""
    return _template("pxbin.metainfo.xml").format(
        identifier=IDENTIFIER,
        summary=escape(product.summary),
        app=APP,
        engine=ENGINE,
        version=product.version,
        date=released.isoformat(),
    )


def read_me(product: Product, packages: Iterable[str], glibc: tuple[int, int]) -> str:
    """What lies beside the programs in the archive."""
    return _template("README.txt").format(
        version=product.version,
        summary=product.summary,
        packages=" ".join(packages),
        glibc=".".join(map(str, glibc)),
    )


def copyright_file() -> str:
    """Who made what, and on which terms."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8").strip()
    indented = "\n".join(f" {line}" if line.strip() else " ." for line in text.splitlines())
    return _template("copyright").format(license=indented)


def lintian_overrides() -> str:
    """What lintian would say of any folder that brings everything along."""
    return _template("lintian-overrides")


def shared_files(product: Product, released: date) -> dict[str, bytes]:
    """What lies outside of the folder, by its path in the package."""
    files = {
        f"usr/share/applications/{APP}.desktop": desktop_entry(product).encode(),
        f"usr/share/metainfo/{IDENTIFIER}.metainfo.xml": metainfo(product, released).encode(),
        f"usr/share/icons/hicolor/scalable/apps/{APP}.svg": (PICTURES / "pxbin.svg").read_bytes(),
    }
    for size in SIZES:
        place = f"usr/share/icons/hicolor/{size}x{size}/apps/{APP}.png"
        files[place] = (PICTURES / f"pxbin-{size}.png").read_bytes()
    return files


def links() -> dict[str, str]:
    """The programs on PATH, and what each points at."""
    return {f"usr/bin/{name}": f"../lib/{APP}/{name}" for name in (APP, ENGINE)}


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
