"""``engine.prices`` as a test says it: a history, and how many requests have no cost."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.errors import PxbinError
from pxbin_engine.records import PriceRecord, RepricingRecord
from tests.support.fake_engine import NOW


class ScriptedPrices:
    """The use cases of prices that the window calls; ``failure`` is raised while it is set."""

    def __init__(self, *history: PriceRecord, priced: int = 0, unknown: int = 0) -> None:
        self.newest_first = history
        self.priced, self.unknown = priced, unknown
        self.asked: list[dict[str, Any]] = []
        self.failure: PxbinError | None = None

    async def history(self, model_id: UUID) -> tuple[PriceRecord, ...]:
        if self.failure is not None:
            raise self.failure
        return self.newest_first

    async def reprice(self, **asked: Any) -> RepricingRecord:
        self.asked.append(asked)
        would = RepricingRecord(
            started_at=NOW,
            by=asked["by"],
            requests_seen=self.priced + self.unknown,
            requests_priced=self.priced,
            requests_unknown=self.unknown,
            difference=self.priced * Decimal("0.5"),
        )
        return would if asked.get("dry_run") else replace(would, id=UUID(int=1), finished_at=NOW)
