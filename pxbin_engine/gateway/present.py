"""What this process knows of the moment, for ``explain``: what would refuse a request, and how targets are."""

from collections.abc import Callable
from datetime import datetime

from pxbin_engine.gateway.budgets.gate import BudgetGate
from pxbin_engine.gateway.client_names import without_version
from pxbin_engine.gateway.door import PAUSED, over_limit
from pxbin_engine.gateway.exchange import utc_now
from pxbin_engine.gateway.explain import Question, Standing
from pxbin_engine.gateway.health import UpstreamHealth
from pxbin_engine.gateway.limits import KeyLimits
from pxbin_engine.gateway.routing import Target
from pxbin_engine.records import ModelRecord


class GatewayPresent:
    """The present of one gateway.

    Args:
        clock: monotonic seconds.
        wall_clock: for periods of budgets.
    """

    def __init__(
        self,
        health: UpstreamHealth,
        limits: KeyLimits,
        budgets: BudgetGate,
        clock: Callable[[], float],
        *,
        paused: bool,
        wall_clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._health = health
        self._limits = limits
        self._budgets = budgets
        self._clock = clock
        self._paused = paused
        self._wall_clock = wall_clock

    def refusal_at_door(self, question: Question) -> str:
        """Paused, or a limit of the key is used up."""
        if self._paused:
            return PAUSED.message
        key = question.key
        if key is None or not self._limits.apply_to(key):
            return ""
        excess = self._limits.excess(key, 0, self._clock())
        return over_limit(key, excess).message if excess else ""

    def refusal_by_budget(self, question: Question, model: ModelRecord) -> str:
        """A budget that is used up for everyone, or for this key, model, client or session."""
        refusal = self._budgets.refusal(
            {
                "all": "",
                "key": str(question.key.id) if question.key else "",
                "model": model.name,
                "client": without_version(question.client),
                "session": question.session_id,
            },
            self._wall_clock(),
        )
        return refusal.message if refusal else ""

    def standing(self, target: Target) -> Standing:
        """Its budget first, then its circuit, then its keys: a request meets them in this order."""
        if refusal := self._budgets.refusal({"upstream": target.upstream.name}, self._wall_clock()):
            return Standing("over_budget", refusal.message)
        now = self._clock()
        breaker = self._health.of(target.upstream)
        if (wait := breaker.retry_after(now)) > 0:
            why = f"its circuit is open for {wait:.0f} s, for it failed: {breaker.reason}."
            return Standing("circuit_open", why)
        state = self._health.keys.state(target.keys, now)
        if state == "resting":
            wait, error = self._health.keys.first_free(target.keys, now)
            return Standing(state, f"all its keys rest for {wait:.0f} s: {error.message}")
        if state == "key_unreadable":
            return Standing(state, f"its key cannot be read: {target.keys[0].error}")
        return Standing()
