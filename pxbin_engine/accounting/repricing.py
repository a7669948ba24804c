"""Re-pricing: rows of the log whose cost is unknown get one, by the price that held when they were made.

The rules:

1. Nothing but a re-price changes a row, and only its cost and the price it names. Tokens never change.
2. The price that held at the row's time counts. Where none was known by then, the first that was known later does.
3. A cost that is known never becomes unknown. A known one changes only where all rows are asked for (``every``).
4. A batch is one transaction: the rows, the totals, the budgets and the record of what changed. An interrupted re-price has
   changed whole batches; doing it again goes on with what is left, for what was priced is not looked at again.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.accounting.pricing import cost
from pxbin_engine.protocol.response import Usage
from pxbin_engine.records import (
    ModelRecord,
    PriceRecord,
    RepricingRecord,
    RequestRecord,
)
from pxbin_engine.storage.prices import PriceStore, RepricingStore

logger = logging.getLogger(__name__)

_BATCH = 500
_FIRST_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_TIME = datetime(9999, 1, 1, tzinfo=UTC)


class Repricer:
    """Prices rows of the past, batch by batch."""

    def __init__(
        self,
        prices: PriceStore,
        repricings: RepricingStore,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._prices, self._repricings, self._clock = prices, repricings, clock

    async def __call__(
        self, models: Sequence[ModelRecord], asked: RepricingRecord
    ) -> RepricingRecord:
        """Re-price the rows of ``models`` between ``asked``'s times; without an id of it, only say what that would do.

        Raises:
            StorageError: the database is away; what was changed until then is recorded.
        """
        done = asked
        histories = await self._histories(models)
        if asked.id is not None:
            await self._repricings.start(asked)
        after = (_FIRST_TIME, UUID(int=0))
        while True:
            done, after, more = await self._batch(done, after, histories)
            if not more:
                break
        done = replace(done, finished_at=self._clock())
        if done.id is not None and done.finished_at is not None:
            await self._repricings.finish(done.id, done.finished_at)
            logger.info(
                "requests.repriced by=%r requests=%d unknown=%d difference=%s",
                done.by,
                done.requests_priced,
                done.requests_unknown,
                done.difference,
            )
        return done

    async def _batch(
        self,
        done: RepricingRecord,
        after: tuple[datetime, UUID],
        histories: Mapping[str, Sequence[PriceRecord]],
    ) -> tuple[RepricingRecord, tuple[datetime, UUID], bool]:
        async with self._repricings.batch() as batch:
            rows = await batch.next(
                after,
                since=done.since or _FIRST_TIME,
                until=done.until or _LAST_TIME,
                models=list(histories),
                every=done.every,
                limit=_BATCH,
            )
            priced = [(row, repriced(row, histories[row.model])) for row in rows]
            changes = [(row, new) for row, new in priced if new.cost != row.cost]
            unknown = sum(new.cost is None for _, new in priced)
            if done.id is not None and rows:
                await batch.change(done.id, changes, seen=len(rows), unknown=unknown)
        difference = sum((new.cost or 0) - (row.cost or 0) for row, new in changes)
        done = replace(
            done,
            requests_seen=done.requests_seen + len(rows),
            requests_priced=done.requests_priced + len(changes),
            requests_unknown=done.requests_unknown + unknown,
            difference=done.difference + difference,
        )
        last = (rows[-1].timestamp, rows[-1].id) if rows else after
        return done, last, len(rows) == _BATCH

    async def _histories(self, models: Iterable[ModelRecord]) -> dict[str, tuple[PriceRecord, ...]]:
        names = {model.id: model.name for model in models}
        found: dict[str, tuple[PriceRecord, ...]] = dict.fromkeys(names.values(), ())
        for price in await self._prices.history(list(names)):
            found[names[price.model_id]] += (price,)
        return found


def repriced(row: RequestRecord, history: Sequence[PriceRecord]) -> RequestRecord:
    """The row with the cost that ``history`` (oldest first) gives it; as it is where that is unknown."""
    held = price_at(row.timestamp, history)
    if held is None:
        return row
    spent = cost(usage_of(row), held.price)
    if spent.total is None:
        return row
    return replace(
        row,
        cost=spent.total,
        cost_input=spent.input,
        cost_output=spent.output,
        cost_cache_read=spent.cache_read,
        cost_cache_write=spent.cache_write,
        price_source=held.price.source,
        price_id=held.id,
        price_valid_from=held.valid_from,
    )


def price_at(moment: datetime, history: Sequence[PriceRecord]) -> PriceRecord | None:
    """The price that held at ``moment``; where none was known, the first that was known later."""
    held = [price for price in history if price.valid_from <= moment]
    if held and held[-1].price.source != "unknown":
        return held[-1]
    later = history[len(held) :]
    return next((price for price in later if price.price.source != "unknown"), None)


def usage_of(row: RequestRecord) -> Usage:
    """What a row says was used."""
    return Usage(
        input_tokens=row.input_tokens,
        cache_read_tokens=row.cache_read_tokens,
        cache_write_5m_tokens=row.cache_write_5m_tokens,
        cache_write_1h_tokens=row.cache_write_1h_tokens,
        output_tokens=row.output_tokens,
        reasoning_tokens=row.reasoning_tokens,
        input_audio_tokens=row.input_audio_tokens,
        cache_read_audio_tokens=row.cache_read_audio_tokens,
        output_audio_tokens=row.output_audio_tokens,
        output_image_tokens=row.output_image_tokens,
        service_tier=row.service_tier,
        estimated=row.usage_estimated,
    )
