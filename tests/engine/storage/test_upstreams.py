from typing import get_args
from uuid import uuid4

import msgspec
import pytest

from pxbin_engine.errors import Conflict, NotFound
from pxbin_engine.records import LearnedQuirk, TargetRecord, UpstreamFormat
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import NOW, a_model, an_upstream, an_upstream_key


@pytest.fixture
def upstreams(database: Database) -> UpstreamStore:
    return UpstreamStore(database)


async def test_an_upstream_comes_back_as_it_was_put(upstreams: UpstreamStore) -> None:
    upstream = an_upstream(
        format="anthropic", priority=3, is_active=False, preset="vllm",
        first_byte_timeout_seconds=2.5, idle_timeout_seconds=30.0,
    )  # fmt: skip
    assert await upstreams.insert(upstream) == upstream
    assert await upstreams.get(upstream.id) == upstream
    assert await upstreams.get(uuid4()) is None


async def test_every_format_that_a_record_can_have_is_taken(upstreams: UpstreamStore) -> None:
    for spoken in get_args(UpstreamFormat):
        await upstreams.insert(an_upstream(name=spoken, format=spoken))
    assert {upstream.format for upstream in await upstreams.list()} == {*get_args(UpstreamFormat)}


async def test_the_list_is_in_the_order_of_trying(upstreams: UpstreamStore) -> None:
    for name, priority in (("b", 1), ("c", 0), ("a", 1)):
        await upstreams.insert(an_upstream(name=name, priority=priority))
    assert [upstream.name for upstream in await upstreams.list()] == ["c", "a", "b"]


async def test_names_are_unique_and_unknown_ids_are_not_found(upstreams: UpstreamStore) -> None:
    one = await upstreams.insert(an_upstream(name="one"))
    two = await upstreams.insert(an_upstream(name="two"))
    with pytest.raises(Conflict, match="an upstream of this name exists already"):
        await upstreams.insert(an_upstream(name="one"))
    with pytest.raises(Conflict, match="an upstream of this name exists already"):
        await upstreams.update(msgspec.structs.replace(two, name="one"))
    with pytest.raises(NotFound):
        await upstreams.update(an_upstream(name="three"))
    assert await upstreams.get(one.id) == one


async def test_its_keys_are_read_with_it_and_an_update_leaves_them_alone(
    upstreams: UpstreamStore, database: Database
) -> None:
    upstream = await upstreams.insert(an_upstream())
    keys = UpstreamKeyStore(database)
    first = await keys.insert(upstream.id, an_upstream_key(secret_place="sealed"), b"\x00\x01")
    second = await keys.insert(upstream.id, an_upstream_key(label="spare", is_active=False))

    updated = await upstreams.update(
        msgspec.structs.replace(upstream, base_url="http://127.0.0.1:8/v1")
    )

    assert (updated.base_url, updated.secret_place) == ("http://127.0.0.1:8/v1", "sealed")
    assert updated.keys == (first, second)
    assert await upstreams.list() == (updated,)
    assert await upstreams.delete_many([upstream.id]) == (updated,), (
        "who deletes needs to know them"
    )
    assert await keys.sealed_secret(first.id) is None


async def test_delete_takes_the_targets_along_and_leaves_the_model(
    upstreams: UpstreamStore, database: Database
) -> None:
    models = ModelStore(database)
    gone, kept = [await upstreams.insert(an_upstream(name=name)) for name in ("gone", "kept")]
    targets = tuple(
        TargetRecord(upstream_id=upstream.id, upstream_model="m") for upstream in (gone, kept)
    )
    model = await models.insert(a_model(targets=targets))

    assert await upstreams.delete_many([gone.id, uuid4()]) == (gone,)

    left = await models.get(model.id)
    assert left is not None
    assert left.targets == (targets[1],)
    assert left.upstream_id == kept.id


def learned(quirk: str, value: object, *, model: str = "m") -> LearnedQuirk:
    return LearnedQuirk(
        upstream_model=model,
        quirk=quirk,
        value=value,
        description=f"{quirk} {value}",
        said="Unsupported parameter",
        learned_at=NOW,
    )


async def test_what_was_learned_is_kept_once_until_it_is_forgotten(
    upstreams: UpstreamStore,
) -> None:
    upstream = await upstreams.insert(an_upstream())
    field, limit = learned("dropped_fields", "top_k"), learned("max_output_tokens", 8192)

    assert await upstreams.learn(upstream.id, [field]) == (field,)
    assert await upstreams.learn(upstream.id, [field, limit]) == (limit,)

    kept = await upstreams.get(upstream.id)
    assert kept is not None
    assert kept.learned == (field, limit)
    assert await upstreams.list() == (kept,)
    assert (await upstreams.update(kept)).learned == (field, limit)
    assert await upstreams.forget(upstream.id) == 2
    assert await upstreams.get(upstream.id) == upstream


async def test_models_learn_apart_and_a_deleted_upstream_learns_nothing(
    upstreams: UpstreamStore,
) -> None:
    upstream = await upstreams.insert(an_upstream())
    both = [learned("text_only", True, model=model) for model in ("a", "b")]
    assert len(await upstreams.learn(upstream.id, both)) == 2
    await upstreams.delete_many([upstream.id])
    assert await upstreams.learn(upstream.id, both) == ()
    assert await upstreams.forget(upstream.id) == 0
