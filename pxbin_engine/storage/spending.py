"""What was spent since any moment of the last 32 days: of a month, by the clocks of any time zone."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from pxbin_engine.storage.database import Database


class Spending(Struct, frozen=True, kw_only=True):
    """Dollars since two moments; what has no known price is not in them."""

    counted_since: datetime | None = None
    """The first request that is counted, to five minutes; None where there is none in the last 32 days."""
    of_month: Decimal = Decimal(0)
    recent: Decimal = Decimal(0)


class SpendingStore:
    """Reads the totals of five minutes, see ``Totals.maintain`` for how long they are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(
        self, *, month_start: datetime, recent_start: datetime, now: datetime
    ) -> Spending:
        """What was spent from each of the two starts until ``now``; whole steps of five minutes."""
        row = await self._database.fetch_one(
            """
            select min(bucket) as counted_since,
                   coalesce(sum(cost) filter (where bucket >= $1), 0) as of_month,
                   coalesce(sum(cost) filter (where bucket >= $2), 0) as recent
            from usage_5m where dimension = 'total' and bucket <= $3
            """,
            month_start,
            recent_start,
            now,
        )
        return Spending(**row) if row else Spending()
