"""What this process knows of the moment, for ``explain``: what would refuse a request, and how targets are."""

from collections.abc import Callable

from pxbin_engine.gateway.door import PAUSED, over_limit
from pxbin_engine.gateway.explain import Question, Standing
from pxbin_engine.gateway.health import UpstreamHealth
from pxbin_engine.gateway.limits import KeyLimits
from pxbin_engine.gateway.routing import Target
from pxbin_engine.records import ModelRecord


class GatewayPresent:
    """The present of one gateway.

    Args:
        clock: monotonic seconds.
    """

    def __init__(
        self,
        health: UpstreamHealth,
        limits: KeyLimits,
        clock: Callable[[], float],
        *,
        paused: bool,
    ) -> None:
        self._health = health
        self._limits = limits
        self._clock = clock
        self._paused = paused

    def refusal_at_door(self, question: Question) -> str:
        """Paused, or a limit of the key is used up."""
        if self._paused:
            return PAUSED.message
        key = question.key
        if key is None:
            return ""
        excess = self._limits.excess(key, 0, self._clock())
        return over_limit(key, excess).message if excess else ""

    def refusal_by_budget(self, question: Question, model: ModelRecord) -> str:
        """No budget is known here yet."""
        return ""

    def standing(self, target: Target) -> Standing:
        """Its circuit first, then its keys: a request meets them in this order."""
        now = self._clock()
        breaker = self._health.of(target.upstream)
        wait = breaker.retry_after(now)
        if wait > 0:
            return Standing(
                "circuit_open", f"its circuit is open for {wait:.0f} s: {breaker.reason}."
            )
        pool = self._health.keys
        state = pool.state(target.keys, now)
        if state == "resting":
            wait, error = pool.first_free(target.keys, now)
            return Standing(state, f"all its keys rest for {wait:.0f} s: {error.message}")
        if state == "key_unreadable":
            return Standing(state, f"its key cannot be read: {target.keys[0].error}")
        return Standing()
