"""Provider usage in memory, for the window's tests: what the real use cases of reconciling are over."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.records import (
    ProviderUsage,
    ServedUsage,
    UsageExportFormat,
    UsageImport,
)
from pxbin_engine.storage.provider_usage import ToldDay


class MemoryUsage:
    """As the tables ``provider_*`` and ``served_usage``; one import replaces another as a whole.

    Attributes:
        counted: what pxbin counted, by upstream.
        failure: raised by everything while it is set.
    """

    def __init__(self) -> None:
        self.counted: dict[UUID, list[ServedUsage]] = {}
        self.failure: Exception | None = None
        self._imports: list[tuple[UsageImport, tuple[date, ...], tuple[ProviderUsage, ...]]] = []

    async def replace(
        self,
        made: UsageImport,
        days: Collection[date],
        usage: Collection[ProviderUsage],
        *,
        formats: Collection[UsageExportFormat],
    ) -> int:
        self._reach()
        old = [one for one in self._imports if one[0].upstream_id == made.upstream_id and one[0].format in formats]  # fmt: skip
        self._imports = [one for one in self._imports if one not in old]
        self._imports.insert(0, (made, tuple(days), tuple(usage)))
        return len({day for one in old for day in one[1]} & set(days))

    async def list(self) -> tuple[UsageImport, ...]:
        self._reach()
        return tuple(made for made, _, _ in self._imports)

    async def get(self, import_id: UUID) -> UsageImport | None:
        return next((made for made in await self.list() if made.id == import_id), None)

    async def delete(self, import_id: UUID) -> bool:
        self._reach()
        before = len(self._imports)
        self._imports = [one for one in self._imports if one[0].id != import_id]
        return len(self._imports) < before

    async def told_days(self, upstream_id: UUID, first: date, last: date) -> tuple[ToldDay, ...]:
        self._reach()
        return tuple(
            ToldDay(day, made.format, made.imported_at.date())
            for made, days, _ in self._imports
            for day in days
            if made.upstream_id == upstream_id and first <= day <= last
        )

    async def told(self, upstream_id: UUID, first: date, last: date) -> tuple[ProviderUsage, ...]:
        return tuple(
            one
            for made, _, usage in self._imports
            for one in usage
            if made.upstream_id == upstream_id and first <= one.day <= last
        )

    async def served(self, upstream_id: UUID, first: date, last: date) -> tuple[ServedUsage, ...]:
        counted = self.counted.get(upstream_id, [])
        return tuple(one for one in counted if first <= one.day <= last)

    async def counted_since(self) -> date | None:
        return min((one.day for some in self.counted.values() for one in some), default=None)

    def _reach(self) -> None:
        if self.failure is not None:
            raise self.failure


def served(day: date, model: str, **values: Any) -> ServedUsage:
    """What pxbin counted of a model on a day."""
    return replace(ServedUsage(day=day, model=model, requests=1), **values)
