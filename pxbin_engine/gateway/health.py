"""UpstreamHealth: a circuit breaker for each upstream, and the news when one changes."""

from collections.abc import Iterable
from uuid import UUID

from pxbin_engine.events import EventBus, UpstreamHealthChanged
from pxbin_engine.gateway.breaker import Breaker, BreakerState
from pxbin_engine.records import UpstreamRecord


class UpstreamHealth:
    """The breakers of all upstreams; one that was edited begins anew, for what failed may be mended."""

    def __init__(self, threshold: int, timeout: float, events: EventBus) -> None:
        self._threshold = threshold
        self._timeout = timeout
        self._events = events
        self._breakers: dict[UUID, Breaker] = {}
        self._versions: dict[UUID, UpstreamRecord] = {}
        self._published: dict[UUID, BreakerState] = {}

    def of(self, upstream: UpstreamRecord) -> Breaker:
        """The breaker of this upstream."""
        if self._versions.get(upstream.id) != upstream:
            self._versions[upstream.id] = upstream
            self._breakers[upstream.id] = Breaker(self._threshold, self._timeout)
        return self._breakers[upstream.id]

    def publish_change(self, upstream: UpstreamRecord) -> None:
        """Tell everyone if the breaker's state is another than at the last call; of one that was deleted, nothing."""
        breaker = self._breakers.get(upstream.id)
        if breaker is None or self._published.get(upstream.id, "closed") == breaker.state:
            return
        self._published[upstream.id] = breaker.state
        self._events.publish(
            UpstreamHealthChanged(
                upstream_id=upstream.id,
                upstream_name=upstream.name,
                state=breaker.state,
                reason=breaker.reason,
            )
        )

    def keep(self, upstreams: Iterable[UUID]) -> None:
        """Forget every other upstream: they were deleted."""
        for gone in self._breakers.keys() - set(upstreams):
            del self._breakers[gone], self._versions[gone]
            self._published.pop(gone, None)
