"""Which source's word is a model's price; what models do with it: test_models."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest

from pxbin_engine.admin.price_sources import PriceSources
from pxbin_engine.errors import UpstreamError
from pxbin_engine.records import DiscoveredModel, ModelPrice, ModelRecord, TargetRecord
from tests.support.database import a_model, an_upstream

UP = an_upstream()
TARGET = TargetRecord(upstream_id=UP.id, upstream_model="there")
LISTED = ModelPrice(input=Decimal(1), source="upstream")
PUBLISHED = ModelPrice(input=Decimal(2), source="published")
OLD = {"input_cost_per_million": Decimal(9)}


class Upstreams:
    """One upstream, with a list of models or with a failure."""

    def __init__(self, *listed: DiscoveredModel, is_active: bool = True) -> None:
        self.listed: tuple[DiscoveredModel, ...] | Exception = listed
        self.record = an_upstream(id=UP.id, is_active=is_active)
        self.asked = 0

    async def list(self) -> tuple[object, ...]:
        return (self.record,)

    async def discover(self, _: UUID) -> tuple[DiscoveredModel, ...]:
        self.asked += 1
        if isinstance(self.listed, Exception):
            raise self.listed
        return self.listed


def sources(upstreams: Upstreams, **published: ModelPrice) -> PriceSources:
    async def price(name: str, _provider: str, base_url: str) -> ModelPrice | None:
        assert base_url in (UP.base_url, "")
        return published.get(name)

    return PriceSources(upstreams, price)  # type: ignore[arg-type]  # the two methods that are asked


def served(**fields: object) -> ModelRecord:
    return a_model(**{"name": "here", "targets": (TARGET,), "upstream_id": UP.id} | fields)


PRICED: dict[str, tuple[DiscoveredModel | None, dict[str, ModelPrice], ModelPrice | None]] = {
    "what the list says": (
        DiscoveredModel(id="there", price=LISTED), {"there": PUBLISHED}, LISTED,
    ),
    "published by its name there": (
        DiscoveredModel(id="there"), {"there": PUBLISHED, "here": LISTED}, PUBLISHED,
    ),
    "published by its own name": (None, {"here": PUBLISHED}, PUBLISHED),
    "unknown": (DiscoveredModel(id="here", price=LISTED), {}, None),
}  # fmt: skip


@pytest.mark.parametrize(("listed", "published", "wanted"), PRICED.values(), ids=list(PRICED))
async def test_the_first_source_that_knows_it_says_the_price(
    listed: DiscoveredModel | None, published: dict[str, ModelPrice], wanted: ModelPrice | None
) -> None:
    found = await sources(Upstreams(*([listed] if listed else [])), **published).changes([served()])
    assert [change.after for change in found.changes] == ([wanted] if wanted else [])
    assert found.not_found == int(wanted is None)


SILENT: dict[str, Callable[[Upstreams], None]] = {
    "does not answer": lambda upstreams: setattr(upstreams, "listed", UpstreamError("no")),
    "is switched off": lambda upstreams: setattr(
        upstreams, "record", an_upstream(id=UP.id, is_active=False)
    ),
}


@pytest.mark.parametrize("silence", SILENT.values(), ids=list(SILENT))
async def test_what_an_upstream_said_before_stays_while_it_says_nothing(
    silence: Callable[[Upstreams], None],
) -> None:
    upstreams = Upstreams()
    silence(upstreams)
    said = served(price_source="upstream", **OLD)
    published = served(name="other", price_source="published", **OLD)
    found = await sources(upstreams, there=PUBLISHED).changes([said, published])
    assert [change.model for change in found.changes] == ["other"]
    assert found.not_found == 0


async def test_nobody_is_asked_about_a_price_of_ones_own() -> None:
    upstreams = Upstreams()
    found = await sources(upstreams, there=PUBLISHED).changes([served(price_source="model", **OLD)])
    assert (found.changes, found.not_found, upstreams.asked) == ((), 0, 0)


async def test_a_bug_is_not_taken_for_silence() -> None:
    upstreams = Upstreams()
    upstreams.listed = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await sources(upstreams).changes([served()])


async def test_a_list_is_remembered() -> None:
    known = DiscoveredModel(id="there", owned_by="them")
    asked = sources(Upstreams(known))
    assert await asked.discover(UP.id) == (known,)
    assert asked.known(UP.id, "there") == known
    assert asked.known(UP.id, "elsewhere") == DiscoveredModel(id="elsewhere")
