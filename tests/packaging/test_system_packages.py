"""What Qt lacks on a system, and the line that mends it."""

import re
import subprocess
from pathlib import Path

import pytest
from machine import system_packages as subject
from machine.package_managers import MANAGERS, PackageManager

APT, DNF, ZYPPER, PACMAN = MANAGERS
LDD = """\
./QtGui.abi3.so:
\tlinux-vdso.so.1 (0x00007ffe)
\tlibQt6Gui.so.6 => /venv/PySide6/Qt/lib/libQt6Gui.so.6 (0x00007f)
\tlibEGL.so.1 => not found
\tlibxcb-cursor.so.0 => not found
./Qt/plugins/platforms/libqxcb.so:
\tlibEGL.so.1 => not found
"""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the person was told."""
    lines: list[str] = []
    monkeypatch.setattr(subject, "say", lines.append)
    return lines


def _pretend(
    monkeypatch: pytest.MonkeyPatch,
    *,
    root: bool,
    programs: set[str],
    codes: dict[str, int] | None = None,
) -> list[list[str]]:
    """Stand in for the system: its programs, and which of them fail; returns what was run."""
    run: list[list[str]] = []

    def carry_out(command: list[str]) -> subprocess.CompletedProcess[str]:
        run.append(command)
        code = next((code for word, code in (codes or {}).items() if word in command), 0)
        return subprocess.CompletedProcess(
            command, code, stdout="", stderr="E: it failed" if code else ""
        )

    monkeypatch.setattr(subject.os, "geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr(
        subject.shutil, "which", lambda program: program if program in programs else None
    )
    monkeypatch.setattr(subject, "_run", carry_out)
    return run


def test_missing_libraries_are_those_that_the_loader_does_not_find() -> None:
    assert subject.missing_in(LDD) == ("libEGL.so.1", "libxcb-cursor.so.0")


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        (
            APT,
            "sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends libegl1 libxcb-cursor0",
        ),
        (DNF, "sudo dnf install -y -q 'libEGL.so.1()(64bit)' 'libxcb-cursor.so.0()(64bit)'"),
        (PACMAN, "sudo pacman -Sy --noconfirm --needed libglvnd xcb-util-cursor"),
    ],
)
def test_the_line_for_a_person(
    manager: PackageManager, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend(monkeypatch, root=False, programs={"sudo"})
    packages = [manager.package_of(library) for library in subject.missing_in(LDD)]
    assert subject.command_line(manager, packages) == expected


@pytest.mark.parametrize(
    ("root", "prefix"),
    [(True, []), (False, ["sudo", "-n"])],
    ids=["root", "sudo without a password"],
)
def test_packages_are_installed_where_no_password_is_asked_for(
    root: bool, prefix: list[str], monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    run = _pretend(monkeypatch, root=root, programs={"sudo", "apt-get"})
    assert subject.install(APT, ["libegl1"])
    assert run[-2:] == [
        [*prefix, "apt-get", "update", "-qq"],
        [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "libegl1"],
    ]


def test_a_list_that_cannot_be_updated_does_not_stop_the_installation(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    _pretend(monkeypatch, root=True, programs={"apt-get"}, codes={"update": 100})
    assert subject.install(APT, ["libegl1"])


def test_nothing_is_run_where_a_password_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    run = _pretend(monkeypatch, root=False, programs={"sudo", "apt-get"}, codes={"sudo": 1})
    assert not subject.install(APT, ["libegl1"])
    assert run == [["sudo", "-n", "true"]]


@pytest.mark.parametrize(
    ("root", "programs", "expected"),
    [
        (False, {"apt-get", "sudo"}, r"Run this line, then.*\n\n    sudo apt-get update"),
        (False, {"apt-get"}, r"Run this line as root, then.*\n\n    apt-get update"),
        (True, {"apt-get"}, r"Run this line, then.*\n\n    apt-get update"),
        (False, set(), r"Install the packages that hold them.*\n\n    libEGL\.so\.1"),
    ],
)
def test_what_cannot_be_installed_is_told(
    root: bool, programs: set[str], expected: str, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    _pretend(monkeypatch, root=root, programs=programs, codes={"sudo": 1, "install": 1})
    monkeypatch.setattr(subject, "missing_qt_libraries", lambda _python: ("libEGL.so.1",))
    assert not subject.provide_qt_libraries(Path("/venv/bin/python"))
    assert re.match(expected, said[-1], re.DOTALL)


def test_only_the_test_tools_that_are_missing_are_installed(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    run = _pretend(
        monkeypatch, root=True, programs={"apt-get", "Xvfb", "xauth", "openbox", "xdotool", "xprop"}
    )
    monkeypatch.setattr(subject.ctypes, "CDLL", lambda _name: None)
    subject.provide_test_tools()
    assert run[-1][-2:] == ["dbus", "gnome-keyring"]


def test_a_library_that_tests_need_is_looked_for_by_loading_it(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    run = _pretend(monkeypatch, root=True, programs={"apt-get", *APT.test_tools})
    monkeypatch.setattr(subject.ctypes, "CDLL", missing)
    subject.provide_test_tools()
    assert run[-1][-1] == "libgomp1"
    assert "xvfb" not in run[-1]


def test_missing_test_tools_are_said_but_stop_nothing(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    _pretend(monkeypatch, root=False, programs={"apt-get"})
    subject.provide_test_tools()
    assert "skipped" in said[0]
    assert "apt-get install" in said[1]


@pytest.mark.parametrize("manager", MANAGERS, ids=lambda manager: manager.program)
def test_every_manager_knows_every_test_tool(manager: PackageManager) -> None:
    assert manager.test_tools.keys() == APT.test_tools.keys()


def test_qt_of_this_environment_has_its_libraries() -> None:
    """The suite runs, so the loader found them; it is asked about the same files on a bare machine."""
    import sys

    import PySide6.QtWidgets

    assert PySide6.QtWidgets is not None
    python = Path(sys.prefix) / "bin" / "python"
    if sys.platform == "linux":
        names = [path.name for path in subject._qt_files(python)]
        assert {"QtWidgets.abi3.so", "libqxcb.so", "libqoffscreen.so"} <= set(names)
        assert all(path.exists() for path in subject._qt_files(python))
    assert "libQt6Core.so.6" not in subject.missing_qt_libraries(python)
