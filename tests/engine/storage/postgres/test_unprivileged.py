"""The script that lets root run PostgreSQL (its success is in test_identity and test_cluster)."""

import os
import subprocess
import sys

import pytest

from pxbin_engine.storage.postgres import unprivileged

REFUSING = f"""
import ctypes, runpy, sys, types
ctypes.CDLL = lambda *a, **k: types.SimpleNamespace(unshare=lambda _flags: -1)
ctypes.get_errno = lambda: 1
sys.argv = [{unprivileged.__file__!r}, "/bin/true"]
runpy.run_path({unprivileged.__file__!r}, run_name="__main__")
"""


def test_a_kernel_that_refuses_is_told_by_the_status() -> None:
    done = subprocess.run(
        [sys.executable, "-c", REFUSING], capture_output=True, text=True, check=False
    )
    assert done.returncode == unprivileged.REFUSED
    assert "no user namespace: [Errno 1]" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root")
def test_the_commands_own_status_comes_through() -> None:
    command = [sys.executable, "-I", "-S", unprivileged.__file__, "/bin/sh", "-c", "exit 7"]
    assert subprocess.run(command, check=False).returncode == 7


def test_the_account_inside_is_not_root() -> None:
    assert unprivileged.unprivileged_account().pw_uid != 0
