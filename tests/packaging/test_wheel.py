"""What ``pipx install .`` gets: a wheel with both commands and the files they need."""

import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built offline."""
    directory = tmp_path_factory.mktemp("wheel")
    options = [
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--quiet",
        "--wheel-dir",
        directory,
    ]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, ROOT], check=True)
    (path,) = directory.glob("pxbin-*.whl")
    return zipfile.ZipFile(path)


def test_it_holds_every_source_migration_and_resource(wheel: zipfile.ZipFile) -> None:
    places = {
        "pxbin_engine": "pxbin_engine",
        "pxbin_app": "pxbin_app",
        "migrations": "pxbin_engine/_migrations",
        "resources": "pxbin_app/_resources",
    }
    expected = {
        f"{inside}/{path.relative_to(ROOT / outside).as_posix()}"
        for outside, inside in places.items()
        for path in (ROOT / outside).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == expected


def test_it_gives_both_commands(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    entry_points = ConfigParser()
    entry_points.read_string(wheel.read(name).decode())
    assert dict(entry_points["console_scripts"]) == {"pxbin-engine": "pxbin_engine.__main__:main"}
    assert dict(entry_points["gui_scripts"]) == {"pxbin": "pxbin_app.__main__:main"}


def test_the_installed_engine_finds_its_migrations(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path)
    ask = "from pxbin_engine.storage import migrations as m; print(m.__file__); print(len(m.load_migrations()))"
    result = subprocess.run(
        [sys.executable, "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    place, count = result.stdout.split("\n")[:2]
    assert Path(place).is_relative_to(tmp_path)
    assert int(count) == len(list((ROOT / "migrations").glob("*.sql")))
