"""Breaker: whether an upstream is worth trying; a pure state machine, the clock is passed in.

1. Closed: everything is let through. ``threshold`` failures in a row open it; and so does a share of ``error_rate``
   among those that ended within the last ``window`` seconds, where these were ``min_requests`` at least.
2. Open: nothing is let through until ``timeout`` seconds have passed; then it is half open.
3. Half open: one probe at a time is let through. Its success closes the breaker, its failure opens it again, and a
   probe that ends without either (the client left) makes room for the next.
4. A failure is a 5xx, a connection that failed or broke, silence for too long, or an answer that is no answer. A 4xx is
   an answer: the upstream works. A client that leaves says nothing about the upstream.
5. What was under way when it opened says nothing new, however late it ends: it neither closes the breaker nor keeps it open
   for longer, nor makes room for another probe.
6. Once it has closed, its share is counted anew: what is past does not open it again.
"""

import math
from typing import Literal

from msgspec import Struct

BreakerState = Literal["closed", "open", "half_open"]

_BUCKETS = 10
"""Into how many pieces the window is cut; the oldest is dropped as a whole."""


class BreakerSnapshot(Struct, frozen=True):
    """What is to be seen of a breaker; ``error_rate`` is None where nothing ended within the window."""

    state: BreakerState
    reason: str
    requests: int
    error_rate: float | None


class _Bucket(Struct, gc=False):
    number: int = -1
    requests: int = 0
    failures: int = 0


class Breaker:
    """The breaker of one upstream; see the rules above. ``error_rate`` 0: only failures in a row open it."""

    def __init__(
        self,
        threshold: int,
        timeout: float,
        *,
        error_rate: float = 0.0,
        window: float = 60.0,
        min_requests: int = 20,
    ) -> None:
        self.state: BreakerState = "closed"
        self.reason = ""
        self._threshold = threshold
        self._timeout = timeout
        self._error_rate = error_rate
        self._min_requests = min_requests
        self._bucket_seconds = window / _BUCKETS
        self._buckets = [_Bucket() for _ in range(_BUCKETS)]
        self._failures = 0
        self._opened_at = -math.inf
        self._probing = False

    def allow(self, now: float) -> bool:
        """Whether a request may be sent; after True exactly one of success, failure, release must follow, with this moment
        as its ``began``."""
        if self.state == "open" and now >= self._opened_at + self._timeout:
            self.state = "half_open"
        if self.state == "closed":
            return True
        if self.state == "open" or self._probing:
            return False
        self._probing = True
        return True

    def success(self, began: float, now: float) -> None:
        """The upstream answered."""
        if self._is_past(began):
            return
        self._count(now, failures=0)
        self._failures = 0
        if self.state == "half_open":
            self._close()

    def failure(self, began: float, now: float, reason: str) -> None:
        """The upstream failed, by rule 4."""
        if self._is_past(began):
            return
        self._count(now, failures=1)
        self._failures += 1
        self._probing = False
        if self.state == "half_open" or self._failures >= self._threshold or self._fails_often(now):
            self.state, self._opened_at, self.reason = "open", now, reason

    def release(self, began: float) -> None:
        """What was allowed ended without a verdict."""
        if not self._is_past(began):
            self._probing = False

    def try_again(self) -> None:
        """Something else says that the upstream is there again: an open breaker need not wait longer."""
        if self.state == "open":
            self.state = "half_open"

    def retry_after(self, now: float) -> float:
        """Seconds until it is worth asking again."""
        return max(0.0, self._opened_at + self._timeout - now) if self.state == "open" else 0.0

    def snapshot(self, now: float) -> BreakerSnapshot:
        """How it stands."""
        requests, failures = self._recent(now)
        share = failures / requests if requests else None
        return BreakerSnapshot(self.state, self.reason, requests, share)

    def _is_past(self, began: float) -> bool:
        """Whether it was under way when the breaker opened."""
        return self.state == "open" or began < self._opened_at

    def _close(self) -> None:
        self.state, self._probing, self.reason = "closed", False, ""
        self._buckets = [_Bucket() for _ in range(_BUCKETS)]

    def _count(self, now: float, *, failures: int) -> None:
        number = int(now / self._bucket_seconds)
        bucket = self._buckets[number % _BUCKETS]
        if bucket.number != number:
            bucket.number, bucket.requests, bucket.failures = number, 0, 0
        bucket.requests += 1
        bucket.failures += failures

    def _recent(self, now: float) -> tuple[int, int]:
        oldest, requests, failures = int(now / self._bucket_seconds) - _BUCKETS, 0, 0
        for bucket in self._buckets:
            if bucket.number > oldest:
                requests += bucket.requests
                failures += bucket.failures
        return requests, failures

    def _fails_often(self, now: float) -> bool:
        if not self._error_rate:
            return False
        requests, failures = self._recent(now)
        return requests >= self._min_requests and failures >= self._error_rate * requests
