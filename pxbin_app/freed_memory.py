"""Memory that was freed, given back to the system.

glibc keeps what is freed below the top of its heap: a window that was busy for an hour leaves a process a few megabytes
larger than what it uses. Asked for it (``malloc_trim``, https://man7.org/linux/man-pages/man3/malloc_trim.3.html), it
gives whole pages back. That takes some milliseconds, so it is asked when nobody looks: when the window was hidden.
"""

import ctypes
from collections.abc import Callable
from functools import cache


def give_back() -> bool:
    """Give back what is free; False where nothing was, or the C library has no such call (macOS, Windows, musl)."""
    trim = _malloc_trim()
    return trim is not None and bool(trim(0))


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # TypeError: Windows has no program-wide library
        return None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return trim  # type: ignore[no-any-return]  # ctypes knows no types
