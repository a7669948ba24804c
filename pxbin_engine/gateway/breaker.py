"""Breaker: whether an upstream is worth trying; a pure state machine, the clock is passed in.

1. Closed: everything is let through. ``threshold`` failures in a row open it.
2. Open: nothing is let through until ``timeout`` seconds have passed; then it is half open.
3. Half open: one probe at a time is let through. Its success closes the breaker, its failure opens it again, and a
   probe that ends without either (the client left) makes room for the next.
4. A failure is a 5xx, a connection that failed or broke, silence for too long, or an answer that is no answer. A 4xx is
   an answer: the upstream works. A client that leaves says nothing about the upstream.
"""

from typing import Literal

BreakerState = Literal["closed", "open", "half_open"]


class Breaker:
    """The breaker of one upstream; see the rules above."""

    def __init__(self, threshold: int, timeout: float) -> None:
        self.state: BreakerState = "closed"
        self.reason = ""
        self._threshold = threshold
        self._timeout = timeout
        self._failures = 0
        self._opened_at = 0.0
        self._probing = False

    def allow(self, now: float) -> bool:
        """Whether a request may be sent; after True exactly one of success, failure, release must follow."""
        if self.state == "open" and now >= self._opened_at + self._timeout:
            self.state = "half_open"
        if self.state == "closed":
            return True
        if self.state == "open" or self._probing:
            return False
        self._probing = True
        return True

    def success(self) -> None:
        """The upstream answered."""
        self.state, self._failures, self._probing, self.reason = "closed", 0, False, ""

    def failure(self, now: float, reason: str) -> None:
        """The upstream failed, by rule 4."""
        self._probing = False
        self._failures += 1
        if self.state == "half_open" or self._failures >= self._threshold:
            self.state, self._opened_at, self.reason = "open", now, reason

    def release(self) -> None:
        """What was allowed ended without a verdict."""
        self._probing = False

    def retry_after(self, now: float) -> float:
        """Seconds until it is worth asking again."""
        return max(0.0, self._opened_at + self._timeout - now) if self.state == "open" else 0.0
