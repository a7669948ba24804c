"""UpstreamHealth: how upstreams are, as this process has seen it: a breaker for each, its resting keys, and the news.

1. What requests show (``succeeded``, ``failed``) is told to the breaker. What a check shows (``checked``) is not, for a
   list of models says nothing of completions; but it lets an open breaker try the next request at once.
2. An upstream that was edited begins anew: what failed may be mended.
3. A change of the circuit or of the level is told once.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus, KeyRested, UpstreamHealthChanged
from pxbin_engine.gateway.breaker import Breaker, BreakerState
from pxbin_engine.gateway.exchange import utc_now
from pxbin_engine.gateway.key_pool import KeyPool, UpstreamKey
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import HealthLevel, UpstreamHealthRecord, UpstreamRecord

MANY_ERRORS = 0.1
"""The share of failed requests from which an upstream counts as degraded."""


_WELL: tuple[BreakerState, HealthLevel] = ("closed", "ok")


class _Sight:
    """What was seen of one version of an upstream."""

    def __init__(self, upstream: UpstreamRecord, breaker: Breaker) -> None:
        self.upstream = upstream
        self.breaker = breaker
        self.last_ok_at: datetime | None = None
        self.last_failure_at: datetime | None = None
        self.last_failure = ""
        self.checked_at: datetime | None = None
        self.heard: float | None = None
        """When anything was last seen of it; monotonic."""
        self.checked: float | None = None
        """When it was last checked; monotonic."""
        self.published: tuple[BreakerState, HealthLevel] = ("closed", "unknown")

    def is_of(self, upstream: UpstreamRecord) -> bool:
        """Whether the upstream is still as it was when this was seen."""
        return self.upstream is upstream or self.upstream == upstream

    @property
    def fails(self) -> bool:
        """Whether the latest that was seen is a failure."""
        if self.last_failure_at is None:
            return False
        return self.last_ok_at is None or self.last_failure_at > self.last_ok_at

    def level(self, now: float) -> HealthLevel:
        """How the upstream is; ``now`` is monotonic."""
        seen = self.last_ok_at is not None or self.last_failure_at is not None
        shown = self.breaker.snapshot(now)
        return level_of(shown.state, seen=seen, fails=self.fails, error_rate=shown.error_rate)


def level_of(
    circuit: BreakerState, *, seen: bool, fails: bool, error_rate: float | None
) -> HealthLevel:
    """How an upstream is.

    Args:
        seen: whether it was asked anything yet.
        fails: whether the latest that it was asked failed.
        error_rate: 0 to 1, of its latest requests.
    """
    if circuit == "open":
        return "down"
    if not seen:
        return "unknown"
    if circuit == "half_open" or fails or (error_rate or 0.0) >= MANY_ERRORS:
        return "degraded"
    return "ok"


class UpstreamHealth:
    """See the rules above; ``now`` is monotonic wherever it is taken.

    Args:
        clock: the wall clock, for what people read.

    Attributes:
        keys: which of their keys rest.
    """

    def __init__(
        self,
        config: EngineConfig,
        events: EventBus,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.keys = KeyPool(config.key_rest_seconds)
        self._config = config
        self._events = events
        self._clock = clock
        self._sights: dict[UUID, _Sight] = {}

    def of(self, upstream: UpstreamRecord) -> Breaker:
        """The breaker of this upstream."""
        return self._of(upstream).breaker

    def succeeded(
        self, upstream: UpstreamRecord, breaker: Breaker, began: float, now: float
    ) -> None:
        """A request that ``breaker`` let through when it ``began`` was answered."""
        breaker.success(began, now)
        sight = self._same(upstream)
        if sight is not None:
            sight.last_ok_at, sight.heard = self._clock(), now
            if sight.last_failure_at is None and sight.published == _WELL:
                return  # it never failed: nothing can have changed
        self.publish_change(upstream, now)

    def failed(
        self, upstream: UpstreamRecord, breaker: Breaker, began: float, now: float, reason: str
    ) -> None:
        """A request that ``breaker`` let through when it ``began`` failed, and by the upstream's fault."""
        breaker.failure(began, now, reason)
        self._note_failure(upstream, reason, now)
        self.publish_change(upstream, now)

    def checked(self, upstream: UpstreamRecord, now: float, failure: str | None) -> None:
        """It was asked for something free; ``failure`` says what went wrong, None: it answered."""
        sight = self._of(upstream)
        sight.checked_at, sight.checked = self._clock(), now
        if failure is None:
            sight.last_ok_at, sight.heard = sight.checked_at, now
            sight.breaker.try_again()
        else:
            self._note_failure(upstream, failure, now)
        self.publish_change(upstream, now)

    def quiet_seconds(self, upstream: UpstreamRecord, now: float) -> float | None:
        """For how long nothing was seen of it; where its circuit is not closed, since its last check. None: never."""
        sight = self._same(upstream)
        if sight is None:
            return None
        seen = sight.heard if sight.breaker.state == "closed" else sight.checked
        return None if seen is None else now - seen

    def record(self, upstream: UpstreamRecord, now: float) -> UpstreamHealthRecord:
        """How it is."""
        sight = self._same(upstream)
        if sight is None:
            return UpstreamHealthRecord(upstream_id=upstream.id, upstream_name=upstream.name)
        breaker = sight.breaker.snapshot(now)
        return UpstreamHealthRecord(
            upstream_id=upstream.id,
            upstream_name=upstream.name,
            level=sight.level(now),
            circuit=breaker.state,
            error_rate=breaker.error_rate,
            recent_requests=breaker.requests,
            last_ok_at=sight.last_ok_at,
            last_failure_at=sight.last_failure_at,
            last_failure=sight.last_failure,
            checked_at=sight.checked_at,
            resting_keys=self.keys.resting(
                [UpstreamKey(id=key.id, version=key.updated_at) for key in upstream.keys], now
            ),
        )

    def key_refused(
        self, upstream: UpstreamRecord, key: UpstreamKey, error: ApiError, now: float
    ) -> None:
        """One of several keys was refused with ``error``: it rests, and everyone is told."""
        rested_before = self.keys.is_resting(key, now)
        seconds = self.keys.rest(key, error, now)
        if not rested_before:
            self._events.publish(
                KeyRested(
                    upstream_id=upstream.id,
                    upstream_name=upstream.name,
                    key_id=key.id,
                    key_label=key.label,
                    seconds=seconds,
                    reason=error.message,
                )
            )

    def publish_change(self, upstream: UpstreamRecord, now: float) -> None:
        """Tell everyone if circuit or level are others than at the last call; of one that was deleted, nothing."""
        sight = self._sights.get(upstream.id)
        if sight is None:
            return
        shown = sight.breaker.state, sight.level(now)
        if shown == sight.published:
            return
        sight.published = shown
        self._events.publish(
            UpstreamHealthChanged(
                upstream_id=upstream.id,
                upstream_name=upstream.name,
                state=shown[0],
                level=shown[1],
                reason=sight.breaker.reason or (sight.last_failure if sight.fails else ""),
            )
        )

    def keep(self, upstreams: Iterable[UUID]) -> None:
        """Forget every other upstream: they were deleted."""
        for gone in self._sights.keys() - set(upstreams):
            del self._sights[gone]

    def _of(self, upstream: UpstreamRecord) -> _Sight:
        sight = self._sights.get(upstream.id)
        if sight is None or not sight.is_of(upstream):
            published = sight.published if sight else ("closed", "unknown")
            sight = self._sights[upstream.id] = _Sight(upstream, self._new_breaker())
            sight.published = published
        return sight

    def _same(self, upstream: UpstreamRecord) -> _Sight | None:
        """What was seen of this very version; None where it was edited or deleted meanwhile."""
        sight = self._sights.get(upstream.id)
        return sight if sight is not None and sight.is_of(upstream) else None

    def _note_failure(self, upstream: UpstreamRecord, reason: str, now: float) -> None:
        if (sight := self._same(upstream)) is not None:
            sight.last_failure_at, sight.last_failure = self._clock(), reason
            sight.heard = now

    def _new_breaker(self) -> Breaker:
        return Breaker(
            self._config.cb_failure_threshold,
            self._config.cb_timeout_seconds,
            error_rate=self._config.cb_error_rate,
            window=self._config.cb_window_seconds,
            min_requests=self._config.cb_min_requests,
        )
