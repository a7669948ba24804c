"""The totals behind the statistics: counted anew from the log, to prove them or to mend them."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from msgspec import Struct

from pxbin_engine.records import TotalsDifference
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.totals import Totals


class RebuildReport(Struct, frozen=True, kw_only=True):
    """The UTC days that were counted anew, and every figure that had differed; now it is right."""

    days: tuple[date, ...]
    differences: tuple[TotalsDifference, ...] = ()


class TotalsAdmin:
    """The use cases of the totals."""

    def __init__(
        self,
        totals: Totals,
        partitions: Partitions,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._totals = totals
        self._partitions = partitions
        self._clock = clock

    async def rebuild(self, *, since: date | None = None) -> RebuildReport:
        """Count the days from ``since`` on anew that still have all of their rows, each in a transaction of its own.

        While a day is counted, new rows wait, in memory and on disk. Days whose rows were dropped keep their totals.
        """
        today = self._clock().astimezone(UTC).date()
        days = tuple(
            day
            for day in await self._partitions.days()
            if day <= today and (since is None or since <= day)
        )
        differences = [one for day in days for one in await self._totals.recount(day)]
        await self._totals.close_days(now=self._clock())
        return RebuildReport(days=days, differences=tuple(differences))
