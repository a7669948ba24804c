"""The days of the log: partitions of ``requests`` and ``recordings`` are made ahead, and dropped when they are too old."""

from datetime import date, datetime, timedelta

from pxbin_engine.storage.database import Database
from pxbin_engine.storage.day_partitions import DayPartitions
from pxbin_engine.storage.totals import Totals

_HISTOGRAMS_KEPT = timedelta(days=90)
SESSIONS_KEPT = timedelta(days=400)
"""After the rows of a session are gone. Clients make sessions up, so unlike hours there is no end of them."""


class Partitions:
    """What the log needs once at start and then every hour."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._requests = DayPartitions(database, "requests")
        self._recordings = DayPartitions(database, "recordings")

    async def maintain(
        self, *, now: datetime, keep_days: int, keep_bodies_days: int | None = None
    ) -> None:
        """Make the days up to a week ahead, and drop the log before ``keep_days`` days ago; totals are kept.

        Args:
            keep_bodies_days: of the recordings; they never outlive their rows.
        """
        await self.make(now=now)
        await Totals(self._database).maintain(now=now)
        await self.prune(before=now - timedelta(days=keep_days))
        if keep_bodies_days is not None and keep_bodies_days < keep_days:
            await self.prune_recordings(before=now - timedelta(days=keep_bodies_days))

    async def make(self, *, now: datetime) -> tuple[date, ...]:
        """Make the partitions from today on that are missing; returns their days."""
        await self._recordings.make(now=now)
        return await self._requests.make(now=now)

    async def prune(self, *, before: datetime) -> tuple[date, ...]:
        """Drop the days that ended at ``before`` or earlier, and their recordings; returns them."""
        async with self._database.transaction() as connection:
            old = await self._requests.drop(connection, before=before)
            for table in ("latency_hourly", "latency_daily"):
                await connection.execute(
                    f"delete from {table} where bucket < $1",  # noqa: S608  # constants
                    before - _HISTOGRAMS_KEPT,
                )
            await connection.execute(_OLD_SESSIONS, before - SESSIONS_KEPT)
        await self.prune_recordings(before=before)
        return old

    async def prune_recordings(self, *, before: datetime) -> tuple[date, ...]:
        """Drop the recordings of the days that ended at ``before`` or earlier; returns these days."""
        async with self._database.transaction() as connection:
            return await self._recordings.drop(connection, before=before)

    async def days(self) -> tuple[date, ...]:
        """The days of rows that have a partition."""
        return await self._requests.days()


# A session goes as a whole, with its agents.
_OLD_SESSIONS = """
    delete from session_usage
    where session_id in (select session_id from session_usage where level = 'session' and last_at < $1)
"""
