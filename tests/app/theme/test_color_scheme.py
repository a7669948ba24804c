"""What the system asks for, read from the desktop portal; tested against a portal on a private bus."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtDBus import QDBusVariant

from pxbin_app.theme.color_scheme import _unwrapped, prefers_dark

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("value", "dark"), [(0, None), (1, True), (2, False), (7, None)])
def test_the_portal_numbers(value: int, dark: bool | None) -> None:
    assert prefers_dark(value) is dark


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, 1), (QDBusVariant(1), 1), (QDBusVariant(QDBusVariant(2)), 2), ("dark", 0), (None, 0)],
)
def test_variants_are_unwrapped(value: object, number: int) -> None:
    assert _unwrapped(value) == number


needs_bus = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("dbus-run-session") is None,
    reason="needs dbus-run-session",
)


def on_private_bus(*arguments: str) -> list[str]:
    """What ``portal_session.py`` printed on a session bus of its own."""
    done = subprocess.run(
        [
            "dbus-run-session",
            "--",
            sys.executable,
            "-m",
            "tests.support.portal_session",
            *arguments,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@needs_bus
def test_the_portal_is_read_at_start_and_followed() -> None:
    assert on_private_bus("1", "2") == ["start=True", "changed=False"]


@needs_bus
def test_a_slow_portal_is_answered_late_and_nothing_waits_for_it() -> None:
    said = on_private_bus("1", "2", "--slow")
    assert said == ["start=None", "changed=True", "changed=False"]


@needs_bus
def test_without_a_portal_nobody_knows() -> None:
    assert on_private_bus("none") == ["start=None"]
