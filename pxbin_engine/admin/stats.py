"""Statistics of the last 24 hours, 7 or 30 days: sums, series and percentiles."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pxbin_engine.admin.forecast import PACE_OVER, forecast
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import (
    ClientBucket,
    ClientUsage,
    KeyBucket,
    KeyUsage,
    LatencyStats,
    ModelBucket,
    ModelUsage,
    SpendForecast,
    StatsOverview,
    UpstreamUsage,
    UsageBucket,
)
from pxbin_engine.storage.spending import SpendingStore
from pxbin_engine.storage.stats import Period, StatsStore
from pxbin_engine.storage.steps import Interval, month_around


class StatsAdmin:
    """The use cases of statistics. Every method raises ``InvalidInput`` for an unknown period, interval or zone."""

    def __init__(
        self,
        store: StatsStore,
        spending: SpendingStore,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._spending = spending
        self._clock = clock

    async def overview(self, period: Period) -> StatsOverview:
        """The sums of all requests."""
        return await self._store.overview(a_period(period), now=self._clock())

    async def by_key(self, period: Period) -> tuple[KeyUsage, ...]:
        """What each key used, the most expensive first."""
        return await self._store.by_key(a_period(period), now=self._clock())

    async def by_model(self, period: Period) -> tuple[ModelUsage, ...]:
        """What each model was used for, the most expensive first."""
        return await self._store.by_model(a_period(period), now=self._clock())

    async def by_client(self, period: Period) -> tuple[ClientUsage, ...]:
        """What each client was used for, the most expensive first."""
        return await self._store.by_client(a_period(period), now=self._clock())

    async def by_upstream(self, period: Period) -> tuple[UpstreamUsage, ...]:
        """How each upstream did, the busiest first."""
        return await self._store.by_upstream(a_period(period), now=self._clock())

    async def timeseries(
        self,
        period: Period,
        interval: Interval,
        tz: str = "UTC",
    ) -> tuple[UsageBucket, ...]:
        """The period step by step, oldest first, gaps filled; days begin at midnight in ``tz`` (an IANA name)."""
        return await self._store.timeseries(
            a_period(period), _an_interval(interval), now=self._clock(), tz=_a_zone(tz)
        )

    async def by_model_over_time(
        self, period: Period, interval: Interval, tz: str = "UTC"
    ) -> tuple[ModelBucket, ...]:
        """Each model step by step, oldest first; only the steps in which it was used."""
        return await self._store.by_model_over_time(
            a_period(period), _an_interval(interval), now=self._clock(), tz=_a_zone(tz)
        )

    async def by_key_over_time(
        self, period: Period, interval: Interval, tz: str = "UTC"
    ) -> tuple[KeyBucket, ...]:
        """Each key step by step, oldest first; only the steps in which it was used."""
        return await self._store.by_key_over_time(
            a_period(period), _an_interval(interval), now=self._clock(), tz=_a_zone(tz)
        )

    async def by_client_over_time(
        self, period: Period, interval: Interval, tz: str = "UTC"
    ) -> tuple[ClientBucket, ...]:
        """Each client step by step, oldest first; only the steps in which it was used."""
        return await self._store.by_client_over_time(
            a_period(period), _an_interval(interval), now=self._clock(), tz=_a_zone(tz)
        )

    async def forecast(self, tz: str = "UTC") -> SpendForecast | None:
        """What this month, by the clocks of ``tz``, will have cost; None where less than a day is counted."""
        now = self._clock()
        month = month_around(now, _a_zone(tz))
        spending = await self._spending.since(
            month_start=month[0], recent_start=now - PACE_OVER, now=now
        )
        return forecast(spending, month, now=now)

    async def latency(self, period: Period) -> LatencyStats:
        """Percentiles of latency, overhead and time to the first token."""
        return await self._store.latency(a_period(period), now=self._clock())


def a_period(period: Period) -> Period:
    """``period``, where it is one. Raises ``InvalidInput``."""
    if period not in get_args(Period):
        raise InvalidInput("period must be 24h, 7d or 30d.", field="period")
    return period


def _an_interval(interval: Interval) -> Interval:
    if interval not in get_args(Interval):
        raise InvalidInput("interval must be 5m, 1h or 1d.", field="interval")
    return interval


def _a_zone(tz: str) -> str:
    try:
        return ZoneInfo(tz).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"tz: there is no time zone {tz!r}.", field="tz") from None
