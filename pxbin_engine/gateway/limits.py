"""KeyLimits: how much of its limits each key has left - requests, tokens, requests at once; pure, the clock is passed in.

The rules:

1. Requests and tokens have a bucket each, which fills steadily up to one minute's worth and may be spent in one burst. The
   configured default for requests is counted by the second, with a burst of its own.
2. A request takes from every limit or from none: a refused one costs nothing.
3. Tokens are taken by estimate when the request comes, and put right when it ends. The bucket may go into debt; what
   comes next waits until that is paid. A request larger than a whole bucket is let in when the bucket is full.
4. A key without limits has no buckets and is not counted.
"""

import math
from typing import Literal
from uuid import UUID

from msgspec import Struct

from pxbin_engine.records import KeyRecord

Limited = Literal["requests", "tokens", "concurrency"]
"""What is limited."""

_CLOSED_SECONDS = 60.0
"""What a request waits for that no time will let in; also a limit of zero is asked about again."""
_ROUNDING = 1e-6
"""A bucket that is this close to enough holds enough."""
_SLOT_SECONDS = 1.0
"""Nobody knows when a running request ends."""


class Excess(Struct, frozen=True):
    """Why a request is not let in: ``limit`` is the key's, ``wait`` the seconds after which it is worth another try."""

    what: Limited
    limit: int
    wait: float


class Standing(Struct, frozen=True):
    """How a limit stands: ``remaining`` of ``limit``, full again in ``full_in`` seconds."""

    what: Limited
    limit: int
    remaining: int
    full_in: float


class _Bucket(Struct, gc=False):
    rate: float
    capacity: float
    level: float
    at: float

    def fill(self, now: float) -> None:
        self.level = min(self.capacity, self.level + (now - self.at) * self.rate)
        self.at = now

    def lacks(self, amount: float) -> bool:
        return self.level + _ROUNDING < min(amount, self.capacity) or not self.capacity

    def wait(self, amount: float) -> float:
        """Seconds until it holds so much, or is full."""
        if not self.rate:
            return _CLOSED_SECONDS
        return (min(amount, self.capacity) - self.level) / self.rate

    def standing(self, what: Limited) -> Standing:
        full_in = (self.capacity - self.level) / self.rate if self.rate else _CLOSED_SECONDS
        return Standing(what, int(self.capacity), max(0, int(self.level)), full_in)


class Grant:
    """What one request was given; ``end`` gives back what it did not use, once.

    Attributes:
        excess: why it is not let in; None where it is.
        standings: the key's buckets after this request; empty where it has none.
    """

    __slots__ = ("_key_id", "_limits", "_reserved", "_slot", "excess", "standings")

    def __init__(
        self,
        limits: "KeyLimits | None" = None,
        key_id: UUID | None = None,
        *,
        reserved: int = 0,
        slot: bool = False,
        excess: Excess | None = None,
        standings: tuple[Standing, ...] = (),
    ) -> None:
        self._limits, self._key_id = limits, key_id
        self._reserved, self._slot = reserved, slot
        self.excess, self.standings = excess, standings

    def end(self, tokens: int, now: float) -> None:
        """The request has ended, however it did, and used so many tokens."""
        limits, self._limits = self._limits, None
        if limits is not None and self._key_id is not None:
            limits.put_right(self._key_id, self._reserved - tokens, now)
            if self._slot:
                limits.leave(self._key_id)


UNLIMITED = Grant()


class KeyLimits:
    """Lets the requests of keys in.

    Args:
        rps: requests a second for a key without its own limit; 0 for none.
        burst: how many of them may come at once; 0: one second's worth.
    """

    def __init__(self, rps: float, burst: int) -> None:
        self._rps = rps
        self._burst = float(burst) if burst else max(1.0, math.ceil(rps))
        self._requests: dict[UUID, _Bucket] = {}
        self._tokens: dict[UUID, _Bucket] = {}
        self._running: dict[UUID, int] = {}

    def apply_to(self, key: KeyRecord) -> bool:
        """Whether this key has any limit."""
        return bool(
            self._rps
            or key.rate_limit is not None
            or key.tokens_per_minute is not None
            or key.max_concurrency is not None
        )

    def enter(self, key: KeyRecord, tokens: int, now: float) -> Grant:
        """Let a request of this key in, or say why not.

        Args:
            tokens: what it will probably take; without meaning for a key that has no limit of tokens.
            now: monotonic seconds.
        """
        requests, bucket = self._buckets(key, now)
        excess = self._excess(key, requests, bucket, tokens)
        slot = excess is None and key.max_concurrency is not None
        reserved = tokens if excess is None and bucket is not None else 0
        if excess is None and requests is not None:
            requests.level -= 1.0
        if bucket is not None:
            bucket.level -= reserved
        if slot:
            self._running[key.id] = self._running.get(key.id, 0) + 1
        standings = [requests.standing("requests")] if requests is not None else []
        if bucket is not None:
            standings.append(bucket.standing("tokens"))
        return Grant(
            None if excess else self,
            key.id,
            reserved=reserved,
            slot=slot,
            excess=excess,
            standings=tuple(standings),
        )

    def excess(self, key: KeyRecord, tokens: int, now: float) -> Excess | None:
        """Why a request of this key would not be let in now; takes nothing."""
        return self._excess(key, *self._buckets(key, now), tokens)

    def put_right(self, key_id: UUID, tokens: int, now: float) -> None:
        """Give tokens back to a key, or take more than was estimated (a number below zero)."""
        if tokens and (bucket := self._tokens.get(key_id)) is not None:
            bucket.fill(now)
            bucket.level = min(bucket.capacity, bucket.level + tokens)

    def leave(self, key_id: UUID) -> None:
        """One of the key's requests runs no more."""
        left = self._running[key_id] - 1
        if left:
            self._running[key_id] = left
        else:
            del self._running[key_id]

    def _buckets(self, key: KeyRecord, now: float) -> tuple[_Bucket | None, _Bucket | None]:
        """The key's buckets, filled up to now: of requests, and of tokens."""
        requests = tokens = None
        if key.rate_limit is not None:
            requests = _filled(self._requests, key.id, key.rate_limit / 60.0, key.rate_limit, now)
        elif self._rps:
            requests = _filled(self._requests, key.id, self._rps, self._burst, now)
        if (limit := key.tokens_per_minute) is not None:
            tokens = _filled(self._tokens, key.id, limit / 60.0, limit, now)
        return requests, tokens

    def _excess(
        self, key: KeyRecord, requests: _Bucket | None, tokens: _Bucket | None, amount: int
    ) -> Excess | None:
        most = key.max_concurrency
        if most is not None and self._running.get(key.id, 0) >= most:
            return Excess("concurrency", most, _SLOT_SECONDS)
        if requests is not None and requests.lacks(1.0):
            return Excess("requests", int(requests.capacity), requests.wait(1.0))
        if tokens is not None and tokens.lacks(amount):
            return Excess("tokens", int(tokens.capacity), tokens.wait(amount))
        return None


def _filled(
    buckets: dict[UUID, _Bucket], key_id: UUID, rate: float, capacity: float, now: float
) -> _Bucket:
    """The key's bucket as it is now; a full one where there was none, or where the limit has changed."""
    bucket = buckets.get(key_id)
    if bucket is None or (bucket.rate, bucket.capacity) != (rate, capacity):
        bucket = buckets[key_id] = _Bucket(rate, capacity, capacity, now)
    bucket.fill(now)
    return bucket
