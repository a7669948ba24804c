"""What was freed goes back to the system."""

import ctypes
import platform

import psutil
import pytest

from pxbin_app import freed_memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps it")
def test_what_lies_free_below_what_is_used_is_given_back() -> None:
    kept = [bytearray(3_000) for _ in range(10_000)]
    kept = kept[::200]  # what is left keeps the heap's top where it is
    before = psutil.Process().memory_info().rss
    assert freed_memory.give_back()
    assert before - psutil.Process().memory_info().rss > 15_000_000
    assert len(kept) == 50


def test_where_the_library_has_no_such_call_nothing_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    freed_memory._malloc_trim.cache_clear()
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    try:
        assert not freed_memory.give_back()
    finally:
        freed_memory._malloc_trim.cache_clear()
