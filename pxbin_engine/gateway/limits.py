"""RateLimiter: a token bucket for each key; pure, the clock is passed in.

A key's own limit is counted by the minute and may be spent in one burst; the configured default is counted by the
second, with its own burst. No limit: no bucket.
"""

import math
from uuid import UUID

from msgspec import Struct


class _Bucket(Struct, gc=False):
    rate: float
    capacity: float
    tokens: float
    at: float


class RateLimiter:
    """Grants requests to keys.

    Args:
        rps: requests a second for a key without its own limit; 0 for none.
        burst: how many of them may come at once; 0: one second's worth.
    """

    def __init__(self, rps: float, burst: int) -> None:
        self._rps = rps
        self._burst = float(burst) if burst else max(1.0, math.ceil(rps))
        self._buckets: dict[UUID, _Bucket] = {}

    def take(self, key_id: UUID, per_minute: int | None, now: float) -> float | None:
        """Take one request out of the key's bucket.

        Args:
            per_minute: the key's own limit; None: the configured one. 0 lets nothing through.
            now: monotonic seconds.

        Returns:
            None where it is granted, else the seconds until one will be.
        """
        if per_minute is None and not self._rps:
            return None
        bucket = self._bucket(key_id, per_minute, now)
        bucket.tokens = min(bucket.capacity, bucket.tokens + (now - bucket.at) * bucket.rate)
        bucket.at = now
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return None
        return (1.0 - bucket.tokens) / bucket.rate if bucket.rate else 60.0

    def _bucket(self, key_id: UUID, per_minute: int | None, now: float) -> _Bucket:
        rate, capacity = self._rps, self._burst
        if per_minute is not None:
            rate, capacity = per_minute / 60.0, float(per_minute)
        bucket = self._buckets.get(key_id)
        if bucket is None or (bucket.rate, bucket.capacity) != (rate, capacity):
            bucket = self._buckets[key_id] = _Bucket(rate, capacity, capacity, now)
        return bucket
