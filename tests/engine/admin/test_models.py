from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec.structs import replace

from pxbin_engine.admin.models import ModelAdmin
from pxbin_engine.errors import Conflict, InvalidInput, NotFound
from pxbin_engine.records import ModelPrice, TargetRecord, UpstreamFormat
from tests.support.control_plane import PUBLISHED, ControlPlane


async def test_a_model_is_served_by_one_upstream_under_its_own_name(control: ControlPlane) -> None:
    upstream_id = (await control.an_upstream()).id
    record = await control.models.create(name=" mine ", upstream_id=upstream_id)
    assert record.name == "mine"
    assert record.targets == (TargetRecord(upstream_id=upstream_id, upstream_model="mine"),)
    assert record.upstream_id == upstream_id
    assert await control.models.list() == (record,)
    assert await control.models.get(record.id) == record
    assert control.changes == ["models"]


async def test_a_name_may_mean_several_targets_the_lowest_priority_first(
    control: ControlPlane,
) -> None:
    first, second = (
        (await control.an_upstream("first")).id,
        (await control.an_upstream("second")).id,
    )
    record = await control.a_model(
        targets=[
            TargetRecord(upstream_id=second, upstream_model="b", priority=2),
            TargetRecord(upstream_id=first, upstream_model="a", priority=1),
        ]
    )
    assert [target.upstream_model for target in record.targets] == ["a", "b"]
    assert record.upstream_id == first


async def test_a_price_of_ones_own_is_kept_and_the_published_one_fills_the_gap(
    control: ControlPlane,
) -> None:
    own = await control.a_model("gpt-4o", input_cost_per_million=Decimal(7))
    assert (own.price_source, own.input_cost_per_million, own.output_cost_per_million) == (
        "model",
        7,
        None,
    )
    published = await control.a_model(
        "fast", upstream_model="o3", upstream_id=(await control.an_upstream()).id
    )
    assert published.price == PUBLISHED["o3"]
    unknown = await control.a_model("mine")
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
    control: ControlPlane, values: dict[str, Any], field: str
) -> None:
    upstream_id = (await control.an_upstream()).id
    with pytest.raises(InvalidInput) as refused:
        await control.models.create(**{"name": "m", "upstream_id": upstream_id} | values)
    assert refused.value.field == field
    assert await control.models.list() == ()
    assert control.changes == []


async def test_two_targets_alike_are_refused(control: ControlPlane) -> None:
    target = TargetRecord(upstream_id=(await control.an_upstream()).id, upstream_model="a")
    with pytest.raises(InvalidInput, match="the same"):
        await control.models.create(name="m", targets=[target, replace(target, priority=1)])


async def test_a_name_is_taken_once(control: ControlPlane) -> None:
    one, two = await control.a_model("one"), await control.a_model("two")
    with pytest.raises(Conflict):
        await control.a_model("one")
    with pytest.raises(Conflict):
        await control.models.update(two.id, name=one.name)


async def test_only_what_is_given_changes(control: ControlPlane) -> None:
    record = await control.a_model("o3", display_name="O3", context_window=1000)
    changed = await control.models.update(
        record.id, name="o3-new", is_active=False, context_window=None
    )
    assert (changed.name, changed.is_active, changed.context_window) == ("o3-new", False, None)
    assert (changed.display_name, changed.price, changed.targets) == (
        "O3",
        record.price,
        record.targets,
    )
    assert control.changes == ["models"]


async def test_the_first_target_can_be_changed_alone(control: ControlPlane) -> None:
    first, second, third = [(await control.an_upstream(name)).id for name in "abc"]
    record = await control.a_model(
        targets=[
            TargetRecord(upstream_id=first, upstream_model="m"),
            TargetRecord(upstream_id=second, upstream_model="m", priority=1),
        ]
    )
    record = await control.models.update(record.id, upstream_id=third)
    assert [target.upstream_id for target in record.targets] == [third, second]
    record = await control.models.update(record.id, upstream_model="n")
    assert [target.upstream_model for target in record.targets] == ["n", "m"]


async def test_an_item_that_was_read_can_be_sent_back(control: ControlPlane) -> None:
    record = await control.a_model()
    assert record.upstream_id is not None
    assert (
        await control.models.update(
            record.id, upstream_id=record.upstream_id, targets=record.targets
        )
        == record
    )
    with pytest.raises(InvalidInput, match="differ"):
        await control.models.update(record.id, upstream_id=uuid4(), targets=record.targets)


async def test_a_model_that_lost_its_upstream_gets_another(control: ControlPlane) -> None:
    upstream_id = (await control.an_upstream("gone")).id
    record = await control.a_model("m", upstream_id=upstream_id)
    await control.upstream_store.delete_many([upstream_id])
    assert (await control.models.get(record.id)).targets == ()
    with pytest.raises(InvalidInput):
        await control.models.update(record.id, upstream_model="n")
    record = await control.models.update(
        record.id, upstream_id=(await control.an_upstream("new")).id
    )
    assert [target.upstream_model for target in record.targets] == ["m"]


async def test_a_price_belongs_to_whoever_changed_it(control: ControlPlane) -> None:
    record = await control.a_model("o3")
    same = await control.models.update(
        record.id, input_cost_per_million=record.input_cost_per_million
    )
    assert same.price_source == "published"
    own = await control.models.update(record.id, input_cost_per_million=Decimal(9))
    assert (own.price_source, own.output_cost_per_million) == ("model", 8)
    none = await control.models.update(
        record.id,
        input_cost_per_million=None,
        output_cost_per_million=None,
        cache_read_cost_per_million=None,
    )
    assert none.price == ModelPrice()


async def test_a_sync_renews_published_prices_and_never_touches_ones_own(
    control: ControlPlane,
) -> None:
    own = await control.a_model("gpt-4o", input_cost_per_million=Decimal(7))
    old = await control.a_model("o3")
    unknown = await control.a_model("mine")
    control.published["o3"] = replace(PUBLISHED["o3"], input=Decimal(1))
    report = await control.models.sync_pricing()
    assert (report.models_updated, report.models_not_found, report.total_models) == (1, 1, 3)
    assert control.changes == ["models"]
    assert await control.models.get(own.id) == own
    assert await control.models.get(unknown.id) == unknown
    assert (await control.models.get(old.id)).input_cost_per_million == 1
    control.changes.clear()
    assert (await control.models.sync_pricing()).models_updated == 0
    assert control.changes == []


async def test_a_preview_changes_nothing_and_a_sync_what_was_chosen_of_it(
    control: ControlPlane,
) -> None:
    for name in ("gpt-4o", "o3"):
        await control.a_model(name)
        control.published[name] = replace(PUBLISHED[name], input=Decimal(1))
    before = await control.models.list()
    control.changes.clear()

    would = await control.models.preview_pricing()

    assert (would.models_updated, control.changes) == (2, [])
    assert await control.models.list() == before
    (of_o3,) = (change for change in would.changes if change.model == "o3")
    assert (of_o3.before, of_o3.after) == (PUBLISHED["o3"], control.published["o3"])
    done = await control.models.sync_pricing({of_o3.model_id, uuid4()})
    assert done.changes == (of_o3,)
    prices = {model.name: model.price for model in await control.models.list()}
    assert prices == {"o3": control.published["o3"], "gpt-4o": PUBLISHED["gpt-4o"]}
    assert (await control.models.preview_pricing()).models_updated == 1


@pytest.mark.parametrize("meanwhile", ["a price of one's own", "deleted"])
async def test_what_happens_to_a_model_while_sources_are_asked_is_not_undone(
    control: ControlPlane, meanwhile: str
) -> None:
    model = await control.a_model("o3")
    other = await control.a_model("zzz")

    async def published(name: str, _provider: str, _base_url: str) -> ModelPrice:
        if name == other.name:  # asked last
            if meanwhile == "deleted":
                await control.models.delete(model.id)
            else:
                await control.models.update(model.id, output_cost_per_million=Decimal(5))
        return ModelPrice(input=Decimal(77), source="published")

    asking = ModelAdmin(
        control.models._store, control.upstreams, control._changed, published_price=published
    )
    report = await asking.sync_pricing()
    assert [change.model for change in report.changes] == ["zzz"]
    (*left, renewed) = await control.models.list()
    assert renewed.input_cost_per_million == 77
    assert [one.output_cost_per_million for one in left] == ([] if meanwhile == "deleted" else [5])


async def test_an_import_skips_names_that_exist(control: ControlPlane) -> None:
    await control.a_model("gpt-4o")
    upstream_id = (await control.an_upstream("OpenAI")).id
    report = await control.models.import_models(upstream_id, ["gpt-4o", "o3", ("mine", "me"), "o3"])
    assert (report.upstream, report.models_created, report.models_skipped) == ("OpenAI", 2, 2)
    assert control.changes == ["models"]
    models = {model.name: model for model in await control.models.list()}
    assert models["o3"].price == PUBLISHED["o3"]
    assert (models["mine"].provider, models["mine"].upstream_id) == ("me", upstream_id)
    control.changes.clear()
    assert (await control.models.import_models(upstream_id, ["o3"])).models_created == 0
    assert control.changes == []


async def test_an_import_with_a_bad_name_imports_nothing(control: ControlPlane) -> None:
    with pytest.raises(InvalidInput):
        await control.models.import_models((await control.an_upstream()).id, ["o3", " "])
    with pytest.raises(NotFound):
        await control.models.import_models(uuid4(), ["o3"])
    assert await control.models.list() == ()


OPENAIS_LIST = {"data": [{"id": "m", "owned_by": "them", "max_model_len": 4096}]}
GOOGLES_LIST = {
    "models": [{"name": "models/m", "inputTokenLimit": 1048576, "outputTokenLimit": 65536}]
}


@pytest.mark.parametrize(
    ("spoken", "path", "listed", "known"),
    [
        ("openai", "/v1/models", OPENAIS_LIST, ("them", 4096, None)),
        ("openai-responses", "/v1/models", OPENAIS_LIST, ("them", 4096, None)),
        ("anthropic", "/v1/models", OPENAIS_LIST, ("them", 4096, None)),
        ("gemini", "/v1beta/models", GOOGLES_LIST, ("", 1048576, 65536)),
    ],
)
async def test_an_import_knows_what_was_discovered(
    control: ControlPlane,
    spoken: UpstreamFormat,
    path: str,
    listed: dict[str, Any],
    known: tuple[str, int, int | None],
) -> None:
    async def models(_: web.Request) -> web.Response:
        return web.json_response(listed)

    app = web.Application()
    app.router.add_get(path, models)
    async with TestServer(app) as server:
        base_url = f"http://127.0.0.1:{server.port}"
        upstream_id = (await control.an_upstream(base_url=base_url, format=spoken)).id
        (found,) = await control.models.discover(upstream_id)
    await control.models.import_models(upstream_id, [found.id])
    (record,) = await control.models.list()
    assert record.name == "m"
    assert (record.provider, record.context_window, record.max_output_tokens) == known


async def test_what_an_upstream_lists_is_its_price_and_a_sync_renews_it(
    control: ControlPlane,
) -> None:
    pricing = {"prompt": "0.000001", "completion": "0.000002"}

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "o3", "pricing": pricing}]})

    app = web.Application()
    app.router.add_get("/v1/models", models)
    async with TestServer(app) as server:
        base_url = f"http://127.0.0.1:{server.port}"
        upstream_id = (await control.an_upstream(base_url=base_url)).id
        await control.models.discover(upstream_id)
        await control.models.import_models(upstream_id, ["o3"])
        (listed,) = await control.models.list()
        assert (listed.price_source, listed.input_cost_per_million) == ("upstream", 1)
        pricing["prompt"] = "0.000003"
        assert (await control.models.sync_pricing()).models_updated == 1
        (renewed,) = await control.models.list()
        assert renewed.input_cost_per_million == 3
    # It does not answer any more: what it said stays, though there is a published price.
    assert (await control.models.sync_pricing()).models_updated == 0
    assert await control.models.list() == (renewed,)


async def test_models_are_deleted_one_by_one_and_together(control: ControlPlane) -> None:
    records = [await control.a_model(name) for name in ("a", "b", "c")]
    await control.models.delete(records[0].id)
    assert await control.models.delete_many([records[1].id, uuid4()]) == 1
    assert control.changes == ["models", "models"]
    assert [record.name for record in await control.models.list()] == ["c"]


async def test_an_unknown_id_is_not_found(control: ControlPlane) -> None:
    for call in (
        control.models.get(uuid4()),
        control.models.update(uuid4(), name="a"),
        control.models.delete(uuid4()),
        control.models.discover(uuid4()),
    ):
        with pytest.raises(NotFound):
            await call
