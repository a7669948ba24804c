"""Lockout: who tries keys that nobody knows is told to wait; pure, the clock is passed in.

The rules:

1. Unknown keys are counted by address, an IPv6 one by its /64, which is one customer's.
2. ``limit`` of them within a minute lock the address out for a while. Then the count begins anew.
3. A key that is known is served all the same, so that one broken client locks nobody else out behind the same address.
   What this keeps from an attacker is therefore not the guess of a key (160 random bits are not guessed) but the
   bootstrap key, which a person chose: it is not even looked at. And a locked-out client learns that it should stop.
4. Only so many addresses are remembered; the one that was counted longest ago goes first.
"""

import ipaddress
from functools import lru_cache

from msgspec import Struct

_WINDOW_SECONDS = 60.0
_MOST_ADDRESSES = 4096


class _Tries(Struct, gc=False):
    began: float
    count: int = 0
    locked_until: float = 0.0


class Lockout:
    """Counts unknown keys.

    Args:
        limit: of unknown keys a minute; 0: never lock.
        seconds: how long an address is locked out.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._tries: dict[str, _Tries] = {}

    def __len__(self) -> int:
        return len(self._tries)

    def left(self, address: str, now: float) -> float:
        """For how many seconds this address is still locked out; 0 where it is not."""
        tries = self._tries.get(_customer(address)) if self._tries else None
        return max(0.0, tries.locked_until - now) if tries is not None else 0.0

    def count(self, address: str, now: float) -> bool:
        """An unknown key came from there, which is not locked out; whether it is now."""
        if not self._limit:
            return False
        customer = _customer(address)
        tries = self._tries.pop(customer, None)
        if tries is None or now - tries.began >= _WINDOW_SECONDS:
            tries = _Tries(now)
        self._tries[customer] = tries  # last in line again
        if len(self._tries) > _MOST_ADDRESSES:
            del self._tries[next(iter(self._tries))]
        tries.count += 1
        if tries.count < self._limit:
            return False
        tries.began, tries.count, tries.locked_until = now, 0, now + self._seconds
        return True


@lru_cache(maxsize=1024)
def _customer(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, 64), strict=False).network_address)
