"""Large blocks go back to the system when they are freed, also after a larger one was."""

import ctypes
import platform
import subprocess
import sys

import pytest

from pxbin_app.heap import keep_large_blocks_apart

_PROGRAM = """
import psutil, sys
from pxbin_app.heap import keep_large_blocks_apart
if "apart" in sys.argv:
    assert keep_large_blocks_apart()
del (block := bytearray(30_000_000))[:]  # by itself, glibc keeps smaller ones in the heap from here on
del block
blocks, small = [], []
for _ in range(40):
    blocks.append(bytearray(1_000_000))
    small.append(bytearray(3_000))
blocks.clear()
print(psutil.Process().memory_info().rss)
"""


def _held(*arguments: str) -> int:
    program = [sys.executable, "-c", _PROGRAM, *arguments]
    return int(subprocess.run(program, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has such a heap")
def test_blocks_between_small_ones_that_stay_are_given_back() -> None:
    assert _held("apart") < _held() - 20_000_000


def test_where_the_library_has_no_such_setting_nothing_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert not keep_large_blocks_apart()
