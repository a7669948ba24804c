from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec.structs import replace

from pxbin_engine.admin.discovery import Discovery
from pxbin_engine.admin.models import ModelAdmin
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.errors import Conflict, InvalidInput, NotFound
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.records import ModelPrice, ModelRecord, TargetRecord, UpstreamRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import NOW, an_upstream

PUBLISHED = {
    "gpt-4o": ModelPrice(input=Decimal("2.5"), output=Decimal(10), source="published"),
    "o3": ModelPrice(
        input=Decimal(2), output=Decimal(8), cache_read=Decimal("0.5"), source="published"
    ),
}


class NoSecrets:
    """A secret store without any key in it."""

    async def get(self, _: UpstreamRecord) -> None:
        return None


class Control:
    """The use cases under test, and what is around them."""

    def __init__(self, database: Database, client: UpstreamClient) -> None:
        self.upstream_store = UpstreamStore(database)
        self.changes: list[str] = []
        self.prices = dict(PUBLISHED)
        upstreams = UpstreamAdmin(
            self.upstream_store,
            NoSecrets(),  # type: ignore[arg-type]  # nothing else is called
            Discovery(client),
            self._changed,
            is_own_address=lambda _: False,
        )
        self.admin = ModelAdmin(
            ModelStore(database),
            upstreams,
            self._changed,
            published_price=self._published_price,
            clock=lambda: NOW,
        )

    async def _changed(self, what: str) -> None:
        self.changes.append(what)

    async def _published_price(self, name: str, provider: str) -> ModelPrice | None:
        return self.prices.get(name)

    async def upstream(self, name: str = "main", **values: Any) -> UUID:
        return (await self.upstream_store.insert(an_upstream(name=name, **values))).id

    async def make(self, name: str = "gpt-4o", **values: Any) -> ModelRecord:
        if "upstream_id" not in values and "targets" not in values:
            values["upstream_id"] = await self.upstream(f"for {name}")
        record = await self.admin.create(name=name, **values)
        self.changes.clear()
        return record


@pytest.fixture
async def control(database: Database) -> AsyncIterator[Control]:
    client = UpstreamClient(connect_timeout=2)
    await client.start()
    yield Control(database, client)
    await client.close()


async def test_a_model_is_served_by_one_upstream_under_its_own_name(control: Control) -> None:
    upstream_id = await control.upstream()
    record = await control.admin.create(name=" mine ", upstream_id=upstream_id)
    assert record.name == "mine"
    assert record.targets == (TargetRecord(upstream_id=upstream_id, upstream_model="mine"),)
    assert record.upstream_id == upstream_id
    assert await control.admin.list() == (record,)
    assert await control.admin.get(record.id) == record
    assert control.changes == ["models"]


async def test_a_name_may_mean_several_targets_the_lowest_priority_first(control: Control) -> None:
    first, second = await control.upstream("first"), await control.upstream("second")
    record = await control.make(
        targets=[
            TargetRecord(upstream_id=second, upstream_model="b", priority=2),
            TargetRecord(upstream_id=first, upstream_model="a", priority=1),
        ]
    )
    assert [target.upstream_model for target in record.targets] == ["a", "b"]
    assert record.upstream_id == first


async def test_a_price_of_ones_own_is_kept_and_the_published_one_fills_the_gap(
    control: Control,
) -> None:
    own = await control.make("gpt-4o", input_cost_per_million=Decimal(7))
    assert (own.price_source, own.input_cost_per_million, own.output_cost_per_million) == (
        "model",
        7,
        None,
    )
    published = await control.make(
        "fast", upstream_model="o3", upstream_id=await control.upstream()
    )
    assert published.price == PUBLISHED["o3"]
    unknown = await control.make("mine")
    assert unknown.price == ModelPrice()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"upstream_id": None}, "upstream_id"),
        ({"upstream_id": uuid4()}, "upstream_id"),
        ({"upstream_model": "\n"}, "upstream_model"),
        ({"input_cost_per_million": Decimal(-1)}, "input_cost_per_million"),
        ({"output_cost_per_million": Decimal("NaN")}, "output_cost_per_million"),
        ({"cache_read_cost_per_million": Decimal("Infinity")}, "cache_read_cost_per_million"),
        ({"context_window": 0}, "context_window"),
        ({"max_output_tokens": 2**31}, "max_output_tokens"),
        ({"upstream_id": None, "targets": []}, "targets"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_name(
    control: Control, values: dict[str, Any], field: str
) -> None:
    upstream_id = await control.upstream()
    with pytest.raises(InvalidInput) as refused:
        await control.admin.create(**{"name": "m", "upstream_id": upstream_id} | values)
    assert refused.value.field == field
    assert await control.admin.list() == ()
    assert control.changes == []


async def test_two_targets_alike_are_refused(control: Control) -> None:
    target = TargetRecord(upstream_id=await control.upstream(), upstream_model="a")
    with pytest.raises(InvalidInput, match="the same"):
        await control.admin.create(name="m", targets=[target, replace(target, priority=1)])


async def test_a_name_is_taken_once(control: Control) -> None:
    one, two = await control.make("one"), await control.make("two")
    with pytest.raises(Conflict):
        await control.make("one")
    with pytest.raises(Conflict):
        await control.admin.update(two.id, name=one.name)


async def test_only_what_is_given_changes(control: Control) -> None:
    record = await control.make("o3", display_name="O3", context_window=1000)
    changed = await control.admin.update(
        record.id, name="o3-new", is_active=False, context_window=None
    )
    assert (changed.name, changed.is_active, changed.context_window) == ("o3-new", False, None)
    assert (changed.display_name, changed.price, changed.targets) == (
        "O3",
        record.price,
        record.targets,
    )
    assert control.changes == ["models"]


async def test_the_first_target_can_be_changed_alone(control: Control) -> None:
    first, second, third = [await control.upstream(name) for name in "abc"]
    record = await control.make(
        targets=[
            TargetRecord(upstream_id=first, upstream_model="m"),
            TargetRecord(upstream_id=second, upstream_model="m", priority=1),
        ]
    )
    record = await control.admin.update(record.id, upstream_id=third)
    assert [target.upstream_id for target in record.targets] == [third, second]
    record = await control.admin.update(record.id, upstream_model="n")
    assert [target.upstream_model for target in record.targets] == ["n", "m"]


async def test_an_item_that_was_read_can_be_sent_back(control: Control) -> None:
    record = await control.make()
    assert record.upstream_id is not None
    assert (
        await control.admin.update(
            record.id, upstream_id=record.upstream_id, targets=record.targets
        )
        == record
    )
    with pytest.raises(InvalidInput, match="differ"):
        await control.admin.update(record.id, upstream_id=uuid4(), targets=record.targets)


async def test_a_model_that_lost_its_upstream_gets_another(control: Control) -> None:
    upstream_id = await control.upstream("gone")
    record = await control.make("m", upstream_id=upstream_id)
    await control.upstream_store.delete_many([upstream_id])
    assert (await control.admin.get(record.id)).targets == ()
    with pytest.raises(InvalidInput):
        await control.admin.update(record.id, upstream_model="n")
    record = await control.admin.update(record.id, upstream_id=await control.upstream("new"))
    assert [target.upstream_model for target in record.targets] == ["m"]


async def test_a_price_belongs_to_whoever_changed_it(control: Control) -> None:
    record = await control.make("o3")
    same = await control.admin.update(
        record.id, input_cost_per_million=record.input_cost_per_million
    )
    assert same.price_source == "published"
    own = await control.admin.update(record.id, input_cost_per_million=Decimal(9))
    assert (own.price_source, own.output_cost_per_million) == ("model", 8)
    none = await control.admin.update(
        record.id,
        input_cost_per_million=None,
        output_cost_per_million=None,
        cache_read_cost_per_million=None,
    )
    assert none.price == ModelPrice()


async def test_a_sync_renews_published_prices_and_never_touches_ones_own(control: Control) -> None:
    own = await control.make("gpt-4o", input_cost_per_million=Decimal(7))
    old = await control.make("o3")
    unknown = await control.make("mine")
    control.prices["o3"] = replace(PUBLISHED["o3"], input=Decimal(1))
    report = await control.admin.sync_pricing()
    assert (report.models_updated, report.models_not_found, report.total_models) == (1, 1, 3)
    assert control.changes == ["models"]
    assert await control.admin.get(own.id) == own
    assert await control.admin.get(unknown.id) == unknown
    assert (await control.admin.get(old.id)).input_cost_per_million == 1
    control.changes.clear()
    assert (await control.admin.sync_pricing()).models_updated == 0
    assert control.changes == []


async def test_an_import_skips_names_that_exist(control: Control) -> None:
    await control.make("gpt-4o")
    upstream_id = await control.upstream("OpenAI")
    report = await control.admin.import_models(upstream_id, ["gpt-4o", "o3", ("mine", "me"), "o3"])
    assert (report.upstream, report.models_created, report.models_skipped) == ("OpenAI", 2, 2)
    assert control.changes == ["models"]
    models = {model.name: model for model in await control.admin.list()}
    assert models["o3"].price == PUBLISHED["o3"]
    assert (models["mine"].provider, models["mine"].upstream_id) == ("me", upstream_id)
    control.changes.clear()
    assert (await control.admin.import_models(upstream_id, ["o3"])).models_created == 0
    assert control.changes == []


async def test_an_import_with_a_bad_name_imports_nothing(control: Control) -> None:
    with pytest.raises(InvalidInput):
        await control.admin.import_models(await control.upstream(), ["o3", " "])
    with pytest.raises(NotFound):
        await control.admin.import_models(uuid4(), ["o3"])
    assert await control.admin.list() == ()


async def test_an_import_knows_what_was_discovered(control: Control) -> None:
    async def models(_: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "m", "owned_by": "them", "max_model_len": 4096}]})

    app = web.Application()
    app.router.add_get("/v1/models", models)
    async with TestServer(app) as server:
        upstream_id = await control.upstream(base_url=f"http://127.0.0.1:{server.port}")
        (found,) = await control.admin.discover(upstream_id)
    await control.admin.import_models(upstream_id, [found.id])
    (record,) = await control.admin.list()
    assert (record.provider, record.context_window) == ("them", 4096)


async def test_models_are_deleted_one_by_one_and_together(control: Control) -> None:
    records = [await control.make(name) for name in ("a", "b", "c")]
    await control.admin.delete(records[0].id)
    assert await control.admin.delete_many([records[1].id, uuid4()]) == 1
    assert control.changes == ["models", "models"]
    assert [record.name for record in await control.admin.list()] == ["c"]


async def test_an_unknown_id_is_not_found(control: Control) -> None:
    for call in (
        control.admin.get(uuid4()),
        control.admin.update(uuid4(), name="a"),
        control.admin.delete(uuid4()),
        control.admin.discover(uuid4()),
    ):
        with pytest.raises(NotFound):
            await call
