"""``pxbin`` from the shell."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.engine_process import ROOT, free_port, running_engine

COMMAND = [sys.executable, "-m", "pxbin_app"]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PXBIN_")}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        kept.pop(name, None)
    return (
        kept
        | {"PXBIN_DATA_DIR": str(tmp_path), "PXBIN_LISTEN_ADDR": f"127.0.0.1:{free_port()}"}
        | more
    )


def test_a_bad_setting_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        COMMAND,
        env=environment(tmp_path, PXBIN_LOG_LEVEL="loud"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("pxbin: log_level:")
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux runs without a display")
def test_without_a_display_the_engine_runs_headless_and_says_so(tmp_path: Path) -> None:
    process = subprocess.Popen(
        COMMAND,
        env=environment(tmp_path),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said: list[str] = []
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not any("listens at" in line for line in said):
        said.append(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert "no display" in said[0]
    assert any("listens at" in line for line in said)


async def test_the_app_serves_and_ends_in_order(tmp_path: Path) -> None:
    """The real app with its real engine, without a screen: it answers, and a signal ends it with code 0."""
    data_dir = tmp_path / "data"
    async with running_engine(data_dir, kind="app") as engine:
        assert (await engine.call("GET", "keys"))[0]["name"] == "tests"
        assert await engine.stop(signal.SIGTERM) == 0
    assert (data_dir / "logs" / "pxbin.log").read_text("utf-8").count("engine.running") == 1
    assert data_dir.stat().st_mode & 0o077 == 0
