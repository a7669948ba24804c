"""How glibc's heap is kept from growing in a window that runs for weeks.

A block that is large when it is first freed raises the size from which blocks get a mapping of their own, up to 32 MB
(https://man7.org/linux/man-pages/man3/mallopt.3.html, ``M_MMAP_THRESHOLD``). From then on what a repaint takes lies in the heap
between small things that stay, and what it frees cannot go back to the system: a busy window grew by a megabyte a minute
while what it used stayed the same. A size that is set does not rise. It lies above what requests usually need, which would
pay for a mapping each time.
"""

import ctypes

_M_MMAP_THRESHOLD = -3
_OWN_MAPPING_FROM = 256 * 1024


def keep_large_blocks_apart() -> bool:
    """To be called before much is allocated; False where the C library has no such setting (macOS, Windows, musl)."""
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # TypeError: Windows has no program-wide library
        return False
    return bool(set_option(_M_MMAP_THRESHOLD, _OWN_MAPPING_FROM))
