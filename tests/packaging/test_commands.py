"""What each command does after the set-up."""

from pathlib import Path

import pytest
from machine import commands
from machine.console import SetupError
from machine.environment import Environment


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The programs that were handed over to; the set-up itself is done, and Qt has its libraries."""
    programs: list[tuple[str, ...]] = []

    def hand_over(_environment: Environment, *program: str) -> int:
        programs.append(program)
        return 5

    monkeypatch.setattr(commands, "_hand_over", hand_over)
    monkeypatch.setattr(
        commands,
        "ensure",
        lambda root, dev, for_packages=False: Environment(root, for_packages),
    )
    monkeypatch.setattr(commands, "provide_qt_libraries", lambda _python: True)
    monkeypatch.setattr(commands, "provide_test_tools", lambda: None)
    return programs


@pytest.mark.parametrize(
    ("environment", "platform", "display"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_where_a_window_can_be_shown(
    environment: dict[str, str], platform: str, display: bool
) -> None:
    assert commands.has_display(environment, platform) is display


def test_run_starts_the_app_where_there_is_a_display(
    started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "has_display", lambda *_: True)
    assert commands.main(["run"]) == 5
    assert started == [("pxbin",)]


def test_run_starts_the_engine_headless_and_says_so(
    started: list[tuple[str, ...]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(commands, "has_display", lambda *_: False)
    assert commands.main(["run"]) == 5
    assert started == [("pxbin-engine", "serve")]
    assert "headless" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "test"])
def test_nothing_is_started_that_lacks_its_libraries(
    command: str, started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "has_display", lambda *_: True)
    monkeypatch.setattr(commands, "provide_qt_libraries", lambda _python: False)
    assert commands.main([command]) == 1
    assert started == []


def test_arguments_reach_the_program(started: list[tuple[str, ...]]) -> None:
    commands.main(["test", "-k", "stream", "--lf"])
    commands.main(["e2e", "-x"])
    assert started == [
        ("python", "-m", "pytest", "-k", "stream", "--lf"),
        ("python", "-m", "pytest", "tests/e2e", "-x"),
    ]


def test_packages_are_made_in_an_environment_of_their_own(
    started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of the tests would put its tools into what is given away."""
    used: list[Environment] = []

    def hand_over(environment: Environment, *program: str) -> int:
        used.append(environment)
        return started.append(program) or 0

    monkeypatch.setattr(commands, "_hand_over", hand_over)
    commands.main(["package", "--no-smoke"])
    assert started == [("python", "packaging/build.py", "--no-smoke")]
    assert used[0].directory.parts[-2:] == (".cache", "package")
    assert used[0].lock("runtime").name == "requirements-package.lock"


def test_a_failed_setup_is_an_exit_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_root: Path, *, dev: bool) -> Environment:
        raise SetupError("the disk is full")

    monkeypatch.setattr(commands, "ensure", fail)
    assert commands.main(["setup"]) == "pxbin: the disk is full"
