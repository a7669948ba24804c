"""The house holds: floors, bans, types, style, and a test file beside every source file."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"pxbin_engine": "engine", "pxbin_app": "app"}
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def run(*command: str) -> None:
    """Run a checker of this virtual environment; its own output is the failure's text."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_import_contracts_hold() -> None:
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_is_content() -> None:
    run("ruff", "check", ".")


def test_ruff_formats_nothing_anew() -> None:
    run("ruff", "format", "--check", ".")


@pytest.mark.timeout(400)
def test_types_are_strict_and_right() -> None:
    run("mypy")


def test_every_source_file_opens_with_one_sentence() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if not ast.get_docstring(ast.parse(p.read_text("utf-8")))
    ]
    assert not silent


def decides_something(path: Path) -> bool:
    """Whether a function of it has a body: mere declarations (types, contracts) have nothing to test."""
    functions = [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, FUNCTIONS)
    ]
    return any(not isinstance(line, ast.Expr) for function in functions for line in function.body)


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_every_source_file_has_its_tests() -> None:
    """Mirrored: ``pxbin_engine/a/b.py`` -> ``tests/engine/a/test_b.py``; the files of a small folder may share one."""
    missing = []
    for package, folder in PACKAGES.items():
        for path in (ROOT / package).rglob("*.py"):
            inside = path.relative_to(ROOT / package)
            if path.name == "__init__.py" or not decides_something(path):
                continue
            tests = ROOT / "tests" / folder
            own = tests / inside.parent / f"test_{path.stem.strip('_')}.py"
            shared = tests / inside.parent.parent / f"test_{inside.parent.name}.py"
            if not own.exists() and not shared.exists():
                missing.append(str(path.relative_to(ROOT)))
    assert not missing


NESTED_LOOP = re.compile(
    r"\.exec\(|\.exec_\(|processEvents|QEventLoop\(\)|\.waitSignal\(|QMessageBox\.(question|information|warning|critical)\(|QInputDialog\.get|QFileDialog\.get"
)


def test_no_nested_qt_loop() -> None:
    """A nested loop inside a coroutine loses other tasks for good: streams would stall because a dialog opened."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "pxbin_app").rglob("*.py")
        if path.name != "event_loop.py"  # the one loop there is
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if NESTED_LOOP.search(line.split("#")[0])
    ]
    assert not found


def test_pyqtgraph_is_imported_by_widgets_alone() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "pxbin_app").rglob("*.py")
        if "widgets" not in path.parts
        and re.search(r"^\s*(import|from) pyqtgraph", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert not found


def test_every_dependency_has_a_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    inside, bare = False, []
    for line in lines:
        if re.match(r"(dependencies|dev) = \[", line):
            inside = True
        elif inside and line.startswith("]"):
            inside = False
        elif inside and line.strip().startswith('"') and line.count("#") == 0:
            bare.append(line.strip())
    assert not bare
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
