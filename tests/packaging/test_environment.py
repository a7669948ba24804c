"""``.venv``: what is done again when, and that two set-ups and a half-made environment are safe."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from machine import environment as subject
from machine.console import SetupError
from machine.environment import Environment, Stamp, ensure, found_stamp, plan, wanted_stamp

ROOT = Path(__file__).parents[2]
WANTED = {"place": "/a/.venv", "python": "3.13", "runtime": "r1", "project": "p1", "dev": ""}
WANTED_DEV = {**WANTED, "dev": "d1"}
EVERYTHING = ["create", "runtime", "project"]


@pytest.mark.parametrize(
    ("found", "wanted", "steps"),
    [
        (None, WANTED, EVERYTHING),
        (None, WANTED_DEV, [*EVERYTHING, "dev"]),
        (WANTED, WANTED, []),
        (WANTED_DEV, WANTED_DEV, []),
        (WANTED_DEV, WANTED, []),
        (WANTED, WANTED_DEV, ["dev"]),
        ({**WANTED, "place": "/b/.venv"}, WANTED, EVERYTHING),
        ({**WANTED, "python": "3.12"}, WANTED, EVERYTHING),
        ({**WANTED, "runtime": "r0"}, WANTED, EVERYTHING),
        ({**WANTED, "project": "p0"}, WANTED, ["project"]),
        ({**WANTED, "project": "p0"}, WANTED_DEV, ["project", "dev"]),
        ({**WANTED_DEV, "dev": "d0"}, WANTED_DEV, [*EVERYTHING, "dev"]),
        ({}, WANTED, EVERYTHING),
    ],
)
def test_plan(found: Stamp | None, wanted: Stamp, steps: list[str]) -> None:
    assert plan(found, wanted) == steps


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a space in its path, that has what the set-up reads."""
    root = tmp_path / "a check out"
    (root / "packaging").mkdir(parents=True)
    for name in (
        "pyproject.toml",
        "packaging/requirements.lock",
        "packaging/requirements-dev.lock",
    ):
        shutil.copy(ROOT / name, root / name)
    return root


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What pip was asked for, in place of doing it."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr("machine.pip.Pip.install_itself", lambda _self: None)
    monkeypatch.setattr(
        "machine.pip.Pip.install", lambda _self, *asked_for: asked.append(asked_for)
    )
    return asked


def test_a_setup_is_done_once(
    checkout: Path, installed: list[tuple[str, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    environment = ensure(checkout, dev=False)
    lock = str(checkout / "packaging" / "requirements.lock")
    assert installed == [
        ("--require-hashes", "--only-binary=:all:", "-r", lock),
        ("--no-deps", "--no-build-isolation", "-e", str(checkout)),
    ]
    assert environment.python.exists()
    capsys.readouterr()
    ensure(checkout, dev=False)
    assert len(installed) == 2
    assert capsys.readouterr() == ("", "")


def test_the_test_tools_are_added_to_what_is_there(
    checkout: Path, installed: list[tuple[str, ...]]
) -> None:
    mark = ensure(checkout, dev=False).directory / "mark"
    mark.touch()
    ensure(checkout, dev=True)
    assert [arguments[-1] for arguments in installed[2:]] == [
        str(checkout / "packaging" / "requirements-dev.lock")
    ]
    assert mark.exists()


def test_an_interrupted_setup_is_begun_again(
    checkout: Path, installed: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_self: object, *_arguments: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("machine.pip.Pip.install", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ensure(checkout, dev=False)
    environment = Environment(checkout)
    assert environment.python.exists()
    assert found_stamp(environment) is None
    (environment.directory / "half").touch()
    monkeypatch.setattr("machine.pip.Pip.install", lambda *_: None)
    ensure(checkout, dev=False)
    assert found_stamp(environment) == wanted_stamp(environment, dev=False)
    assert not (environment.directory / "half").exists()


@pytest.mark.parametrize("dev", [False, True])
@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_changed_lock_is_installed_once(
    checkout: Path, installed: list[tuple[str, ...]], name: str, dev: bool
) -> None:
    ensure(checkout, dev=dev)
    with (checkout / "packaging" / name).open("a") as lock:
        lock.write("# changed\n")
    before = len(installed)
    ensure(checkout, dev=dev)
    needed = dev or name == "requirements.lock"
    assert (len(installed) > before) is needed
    before = len(installed)
    ensure(checkout, dev=dev)
    assert len(installed) == before


def test_failing_test_tools_leave_the_app_ready(
    checkout: Path, installed: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = ensure(checkout, dev=False)

    def fail(_self: object, *_arguments: str) -> None:
        raise SetupError("offline")

    monkeypatch.setattr("machine.pip.Pip.install", fail)
    with pytest.raises(SetupError):
        ensure(checkout, dev=True)
    assert plan(found_stamp(environment), wanted_stamp(environment, dev=False)) == []


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_spoilt_stamp_is_none(checkout: Path, content: str) -> None:
    environment = Environment(checkout)
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    environment.stamp.write_text(content)
    assert found_stamp(environment) is None


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_an_environment_whose_python_was_removed_is_none(checkout: Path) -> None:
    environment = Environment(checkout)
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to("/no/such/python")
    environment.stamp.write_text(json.dumps(WANTED))
    assert found_stamp(environment) is None


def test_only_what_is_installed_asks_for_installing_again(checkout: Path) -> None:
    environment = Environment(checkout)
    before = wanted_stamp(environment, dev=False)
    pyproject = checkout / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(text.replace("line-length = 100", "line-length = 99"), encoding="utf-8")
    assert wanted_stamp(environment, dev=False) == before
    pyproject.write_text(text.replace('pxbin = "pxbin_app', 'other = "pxbin_app'), encoding="utf-8")
    assert wanted_stamp(environment, dev=False)["project"] != before["project"]


def test_one_setup_waits_for_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lock"
    hold = f"import sys, time; sys.path.insert(0, {str(ROOT / 'packaging')!r}); from pathlib import Path; from machine.environment import _one_at_a_time\nwith _one_at_a_time(Path({str(path)!r})): print('held', flush=True); time.sleep(0.7)"
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        started = time.monotonic()
        with subject._one_at_a_time(path):
            assert time.monotonic() - started > 0.3
    assert "waiting" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="file locks of POSIX")
def test_the_lock_is_held_by_the_pip_that_a_killed_setup_left(tmp_path: Path) -> None:
    """Else the next set-up would remove the directory that it still writes to."""
    path = tmp_path / "lock"
    with subject._one_at_a_time(path):
        orphan = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False
        )
    try:
        with path.open("a+b") as file:
            assert not subject._try_to_lock(file)
            orphan.communicate(b"\n")
            assert subject._try_to_lock(file)
    finally:
        orphan.kill()
        orphan.wait()


def test_a_checkout_that_cannot_be_written_is_an_error_that_says_so(checkout: Path) -> None:
    (checkout / ".cache").write_text("a file where a directory has to be")
    with pytest.raises(SetupError, match="cannot write to"):
        ensure(checkout, dev=False)


@pytest.mark.parametrize(
    ("processor", "library", "reason"),
    [
        ("x86_64", ("glibc", "2.34"), None),
        ("x86_64", ("glibc", "2.31"), "glibc 2.34"),
        ("x86_64", ("", ""), "another C library"),
        ("aarch64", ("glibc", "2.41"), None),
        ("aarch64", ("glibc", "2.36"), "glibc 2.39"),
        ("armv7l", ("glibc", "2.41"), "no build for this processor"),
    ],
)
def test_the_machine_has_to_be_one_that_qt_is_built_for(
    processor: str, library: tuple[str, str], reason: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject.sys, "platform", "linux")
    monkeypatch.setattr(subject.platform, "machine", lambda: processor)
    monkeypatch.setattr(subject.platform, "libc_ver", lambda: library)
    if reason is None:
        subject._check_machine()
    else:
        with pytest.raises(SetupError, match=reason):
            subject._check_machine()
