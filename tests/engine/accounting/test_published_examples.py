"""The vendors' own price pages: each example of tests/corpus/prices costs to the last digit what the page says.

From a model's name as it is served to the row's dollars by class, by what pxbin uses: the upstream's list or the published
prices, the history of prices at the row's time, and the arithmetic.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio

from pxbin_engine.accounting.published_prices import PublishedPrices
from pxbin_engine.accounting.repricing import repriced
from pxbin_engine.admin.model_list import decode_model_list
from pxbin_engine.admin.price_sources import PriceSources
from pxbin_engine.records import (
    DiscoveredModel,
    ModelPrice,
    PriceRecord,
    TargetRecord,
    UpstreamRecord,
)
from tests.support.database import a_request, an_upstream

CORPUS = Path(__file__).parents[2] / "corpus" / "prices"
VENDORS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(CORPUS.glob("*.json"))
}
EXAMPLES = {
    f"{vendor}: {example['model']}: {example['what']}": (corpus, example)
    for vendor, corpus in VENDORS.items()
    for example in corpus["examples"]
}


class VendorsList:
    """One upstream at the vendor's address, which lists what the page of that day lists."""

    def __init__(self, corpus: dict[str, Any], page: str) -> None:
        self.record = an_upstream(base_url=corpus["base_url"])
        self.answer = corpus.get("listed", {}).get(page, {"data": []})

    async def list(self) -> tuple[UpstreamRecord, ...]:
        return (self.record,)

    async def discover(self, _: UUID) -> tuple[DiscoveredModel, ...]:
        return decode_model_list(self.answer).models


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def published() -> AsyncIterator[PublishedPrices]:
    prices = PublishedPrices()
    yield prices
    await prices.close()


async def present_price(
    corpus: dict[str, Any], example: dict[str, Any], published: PublishedPrices
) -> ModelPrice | None:
    upstream = VendorsList(corpus, example["page"])
    sources = PriceSources(upstream, published)  # type: ignore[arg-type]  # the two methods that are asked
    await sources.discover(upstream.record.id)
    target = TargetRecord(upstream_id=upstream.record.id, upstream_model=example["model"])
    base_urls = {upstream.record.id: upstream.record.base_url}
    return await sources.price("as it is served", (target,), "", base_urls)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def recorded(price: ModelPrice, valid_from: str) -> PriceRecord:
    since = day(valid_from)
    return PriceRecord(
        id=uuid4(), model_id=uuid4(), valid_from=since, recorded_at=since, price=price
    )


def history(
    corpus: dict[str, Any], example: dict[str, Any], present: ModelPrice
) -> tuple[PriceRecord, ...]:
    """What the page said before, as a person records it, and the present price from when the page had it."""
    earlier = [one for one in corpus.get("earlier_prices", ()) if one["model"] == example["model"]]
    past = [
        recorded(msgspec.convert(one["price"] | {"source": "model"}, ModelPrice), one["valid_from"])
        for one in earlier
    ]
    since = earlier[-1]["superseded"] if earlier else corpus["pages"][example["page"]]["read"]
    return (*past, recorded(present, since))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("corpus", "example"), EXAMPLES.values(), ids=EXAMPLES.keys())
async def test_an_example_of_a_price_page_is_exact(
    corpus: dict[str, Any], example: dict[str, Any], published: PublishedPrices
) -> None:
    present = await present_price(corpus, example, published)
    assert present is not None
    assert present.source == ("upstream" if "listed" in corpus else "published")

    used = a_request(
        at=day(example["date"]),
        service_tier=example.get("service_tier", ""),
        **example["usage"],
    )
    row = repriced(used, history(corpus, example, present))

    found = {
        "input": row.cost_input,
        "output": row.cost_output,
        "cache_read": row.cost_cache_read,
        "cache_write": row.cost_cache_write,
        "total": row.cost,
    }
    assert found == {name: Decimal(dollars) for name, dollars in example["dollars"].items()}


def test_the_corpus_adds_up() -> None:
    for name, (corpus, example) in EXAMPLES.items():
        *classes, total = map(Decimal, example["dollars"].values())
        assert sum(classes) == total, name
        assert corpus["pages"][example["page"]]["url"].startswith("https://"), name
        assert ("published" in example) == (example["figure"] == "worked example"), name
        if "published" in example:  # a page rounds its own examples
            on_the_page = Decimal(example["published"])
            assert total.quantize(on_the_page, ROUND_HALF_UP) == on_the_page, name


def test_there_are_fifty_examples_and_ten_of_each_vendor() -> None:
    told = Counter(corpus["vendor"] for corpus, _ in EXAMPLES.values())
    assert set(told) == {"Anthropic", "OpenAI", "Google", "OpenRouter"}
    assert min(told.values()) >= 10
    assert told.total() >= 50
