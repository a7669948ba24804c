from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

from pxbin_engine.errors import Conflict, InvalidInput, NotFound
from pxbin_engine.records import PriceTier, TargetRecord, UpstreamRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import a_model, an_upstream


@pytest.fixture
def models(database: Database) -> ModelStore:
    return ModelStore(database)


@pytest.fixture
async def upstreams(database: Database) -> tuple[UpstreamRecord, ...]:
    store = UpstreamStore(database)
    return tuple(
        [await store.insert(an_upstream(name=name, priority=9 - n)) for n, name in enumerate("ab")]
    )


def target(upstream: UpstreamRecord, model: str = "m", priority: int = 0) -> TargetRecord:
    return TargetRecord(upstream_id=upstream.id, upstream_model=model, priority=priority)


async def test_a_model_comes_back_as_it_was_put(
    models: ModelStore, upstreams: tuple[UpstreamRecord, ...]
) -> None:
    model = a_model(
        display_name="GPT-4o",
        provider="openai",
        upstream_id=upstreams[0].id,
        input_cost_per_million=Decimal("2.50"),
        output_cost_per_million=Decimal(10),
        cache_read_cost_per_million=Decimal("0.000000000001"),
        cache_write_5m_cost_per_million=Decimal(0),
        output_image_cost_per_million=Decimal(30),
        price_tiers=(PriceTier(above_prompt_tokens=200_000, input=Decimal("5.0")),),
        price_source="model",
        context_window=128_000,
        max_output_tokens=16_384,
        targets=(target(upstreams[0], priority=1), target(upstreams[1], "n", priority=2)),
    )
    put = await models.insert(model)
    assert put.price_id is not None
    model = replace(model, price_id=put.price_id, price_valid_from=model.created_at)
    assert put == model
    assert await models.get(model.id) == model
    assert await models.list() == (model,)
    assert await models.get(uuid4()) is None


async def test_targets_of_one_priority_go_by_their_upstreams(
    models: ModelStore, upstreams: tuple[UpstreamRecord, ...]
) -> None:
    low, high = upstreams
    model = await models.insert(
        a_model(targets=(target(low), target(high), target(low, "first", priority=-1)))
    )
    assert model.targets == (target(low, "first", priority=-1), target(high), target(low))
    assert model.upstream_id == low.id


async def test_update_replaces_the_targets(
    models: ModelStore, upstreams: tuple[UpstreamRecord, ...]
) -> None:
    model = await models.insert(
        a_model(targets=(target(upstreams[0]),), input_cost_per_million=Decimal(1))
    )
    updated = await models.update(
        msgspec.structs.replace(
            model, targets=(target(upstreams[1], "other"),), input_cost_per_million=None
        )
    )
    assert updated.targets == (target(upstreams[1], "other"),)
    assert updated.input_cost_per_million is None
    assert await models.get(model.id) == updated


async def test_what_cannot_be_is_refused_and_leaves_nothing(models: ModelStore) -> None:
    unknown = (TargetRecord(upstream_id=uuid4(), upstream_model="m"),)
    with pytest.raises(InvalidInput, match="no such upstream"):
        await models.insert(a_model(targets=unknown))
    assert await models.list() == ()

    await models.insert(a_model(name="one"))
    two = await models.insert(a_model(name="two"))
    with pytest.raises(Conflict, match="a model of this name exists already"):
        await models.insert(a_model(name="one"))
    with pytest.raises(Conflict, match="a model of this name exists already"):
        await models.update(msgspec.structs.replace(two, name="one"))
    with pytest.raises(NotFound):
        await models.update(a_model())
    with pytest.raises(InvalidInput):
        await models.insert(a_model(name="free money", input_cost_per_million=Decimal(-1)))


async def test_insert_new_skips_the_names_that_are_taken(
    models: ModelStore, upstreams: tuple[UpstreamRecord, ...]
) -> None:
    await models.insert(a_model(name="b", display_name="mine"))
    new = [a_model(name=name, targets=(target(upstreams[0], name),)) for name in "abc"]

    added = await models.insert_new(new)

    assert [model.name for model in added] == ["a", "c"]
    assert added[0].targets == (target(upstreams[0], "a"),)
    assert [(model.name, model.display_name) for model in await models.list()] == [
        ("a", ""),
        ("b", "mine"),
        ("c", ""),
    ]


async def test_delete_many_counts_what_was_there(models: ModelStore) -> None:
    one, two = [await models.insert(a_model(name=name)) for name in ("one", "two")]
    assert await models.delete_many([one.id, uuid4()]) == 1
    assert await models.list() == (two,)
