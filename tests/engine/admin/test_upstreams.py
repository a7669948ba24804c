from typing import Any
from uuid import uuid4

import pytest

from pxbin_engine.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    SecretStoreUnavailable,
)
from pxbin_engine.records import LearnedQuirk
from tests.support.control_plane import OWN_ADDRESS, ControlPlane
from tests.support.database import NOW


async def test_an_upstream_is_made_with_its_key(control: ControlPlane) -> None:
    record = await control.upstreams.create(
        name=" OpenAI ",
        base_url="https://api.openai.com/v1/",
        format="openai",
        api_key=" sk-1\n",
        priority=3,
    )
    assert (record.name, record.base_url, record.priority) == (
        "OpenAI",
        "https://api.openai.com/v1",
        3,
    )
    assert record.secret_place == "keyring"
    assert control.secrets.secrets == ["sk-1"]
    assert await control.upstreams.list() == (record,)
    assert control.changes == ["upstreams"]
    assert control.upstreams.secret_description == "in memory"


async def test_an_upstream_may_have_no_key(control: ControlPlane) -> None:
    record = await control.an_upstream(api_key="  ")
    assert record.secret_place == "none"
    assert control.secrets.held == {}


async def test_no_upstream_without_its_key_when_that_cannot_be_stored(
    control: ControlPlane,
) -> None:
    control.secrets.locked = True
    with pytest.raises(SecretStoreUnavailable):
        await control.an_upstream(api_key="sk-1")
    assert await control.upstreams.list() == ()


@pytest.mark.parametrize("pasted", ["sk-1\r\n", '"sk-1"', "'sk-1'", " `sk-1` ", "\tsk-1"])
async def test_what_comes_along_when_a_key_is_pasted_is_left_out(
    control: ControlPlane, pasted: str
) -> None:
    await control.an_upstream(api_key=pasted)
    assert control.secrets.secrets == ["sk-1"]


async def test_no_orphan_secret_when_the_name_is_taken(control: ControlPlane) -> None:
    await control.an_upstream(api_key="sk-1")
    with pytest.raises(Conflict):
        await control.an_upstream(api_key="sk-2")
    assert control.secrets.secrets == ["sk-1"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"base_url": "example.com"}, "base_url"),
        ({"base_url": OWN_ADDRESS + "/"}, "base_url"),
        ({"format": "soap"}, "format"),
        ({"priority": 2**31}, "priority"),
        ({"api_key": "sk-\nx"}, "api_key"),
        ({"api_key": "Bearer sk-1"}, "api_key"),
        ({"api_key": "s" * 8001}, "api_key"),
        ({"api_key": "schlüssel"}, "api_key"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_name_both_ways(
    control: ControlPlane, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await control.an_upstream(**values)
    assert refused.value.field == field
    assert await control.upstreams.list() == ()
    record = await control.an_upstream()
    with pytest.raises(InvalidInput) as refused:
        await control.upstreams.update(record.id, **values)
    assert refused.value.field == field
    assert await control.upstreams.list() == (record,)
    assert control.changes == []


async def test_only_what_is_given_changes(control: ControlPlane) -> None:
    record = await control.an_upstream(api_key="sk-1")
    changed = await control.upstreams.update(record.id, name="other", is_active=False)
    assert (changed.name, changed.is_active, changed.base_url) == ("other", False, record.base_url)
    assert changed.secret_place == "keyring"
    assert control.secrets.secrets == ["sk-1"]
    assert control.changes == ["upstreams"]
    assert await control.upstreams.get(record.id) == changed


@pytest.mark.parametrize("nothing", [None, "", "  "])
async def test_a_key_is_replaced_or_taken_away(control: ControlPlane, nothing: str | None) -> None:
    record = await control.an_upstream(api_key="sk-1")
    assert (await control.upstreams.update(record.id, api_key="sk-2")).secret_place == "keyring"
    assert control.secrets.secrets == ["sk-2"]
    assert (await control.upstreams.update(record.id, api_key=nothing)).secret_place == "none"
    assert control.secrets.held == {}


async def test_nothing_changes_when_the_new_key_cannot_be_stored(control: ControlPlane) -> None:
    record = await control.an_upstream()
    control.secrets.locked = True
    with pytest.raises(SecretStoreUnavailable):
        await control.upstreams.update(record.id, name="other", api_key="sk-2")
    assert await control.upstreams.get(record.id) == record
    assert control.changes == []


async def test_delete_takes_the_secret_along(control: ControlPlane) -> None:
    record = await control.an_upstream(api_key="sk-1")
    await control.upstreams.delete(record.id)
    assert await control.upstreams.list() == ()
    assert control.secrets.held == {}
    assert control.changes == ["upstreams"]


async def test_an_upstream_whose_secret_cannot_be_removed_is_deleted_and_that_is_said(
    control: ControlPlane,
) -> None:
    record = await control.an_upstream(api_key="sk-1")
    control.secrets.locked = True
    with pytest.raises(
        SecretStoreUnavailable, match="main was deleted, but its key is still stored"
    ):
        await control.upstreams.delete(record.id)
    assert await control.upstreams.list() == ()
    assert control.changes == ["upstreams"]


async def test_many_are_deleted_at_once(control: ControlPlane) -> None:
    records = [await control.an_upstream(name, api_key="sk") for name in ("a", "b", "c")]
    assert await control.upstreams.delete_many([records[0].id, records[1].id, uuid4()]) == 2
    assert [record.name for record in await control.upstreams.list()] == ["c"]
    assert list(control.secrets.held) == [records[2].keys[0].id]
    control.changes.clear()
    assert await control.upstreams.delete_many([uuid4()]) == 0
    assert control.changes == []


async def test_an_unknown_id_is_not_found(control: ControlPlane) -> None:
    unknown = uuid4()
    for call in (
        control.upstreams.get(unknown),
        control.upstreams.update(unknown, name="a"),
        control.upstreams.delete(unknown),
        control.upstreams.check(unknown),
        control.upstreams.discover(unknown),
    ):
        with pytest.raises(NotFound):
            await call


def learned(quirk: str, value: object) -> LearnedQuirk:
    return LearnedQuirk(
        upstream_model="m", quirk=quirk, value=value, description=f"{quirk} {value}", learned_at=NOW
    )


async def test_the_preset_that_was_chosen_is_remembered(control: ControlPlane) -> None:
    record = await control.an_upstream(preset="vllm")
    assert (await control.upstreams.get(record.id)).preset == "vllm"
    assert (await control.upstreams.update(record.id, name="x")).preset == "vllm"
    assert (await control.upstreams.update(record.id, preset=None)).preset is None
    with pytest.raises(InvalidInput, match="preset must be one of openai"):
        await control.upstreams.update(record.id, preset="nonsense")
    assert "vllm" in {preset.id for preset in control.upstreams.presets}


async def test_what_was_learned_is_told_once_and_can_be_forgotten(control: ControlPlane) -> None:
    record = await control.an_upstream()
    control.changes.clear()
    quirk = learned("text_only", True)
    assert await control.upstreams.learn(record.id, [quirk]) == (quirk,)
    assert await control.upstreams.learn(record.id, [quirk]) == ()
    assert control.changes == ["upstreams"]
    assert (await control.upstreams.get(record.id)).learned == (quirk,)

    assert (await control.upstreams.forget(record.id)).learned == ()
    assert (await control.upstreams.get(record.id)).learned == ()
    assert control.changes == ["upstreams"] * 2
    await control.upstreams.forget(record.id)
    assert control.changes == ["upstreams"] * 2
    with pytest.raises(NotFound):
        await control.upstreams.forget(uuid4())


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"name": "another name"}, 1),
        ({"api_key": "sk-2"}, 1),
        ({"base_url": "http://127.0.0.1:9/v2"}, 0),
        ({"format": "anthropic"}, 0),
        ({"preset": "vllm"}, 0),
    ],
)
async def test_another_server_has_taught_nothing(
    control: ControlPlane, change: dict[str, Any], left: int
) -> None:
    record = await control.an_upstream()
    await control.upstreams.learn(record.id, [learned("text_only", True)])
    updated = await control.upstreams.update(record.id, **change)
    assert len(updated.learned) == left
    assert await control.upstreams.get(record.id) == updated


async def test_limits_of_time_are_the_upstreams_own_or_the_configurations(
    control: ControlPlane,
) -> None:
    record = await control.an_upstream(first_byte_timeout_seconds=2.5)
    assert (record.first_byte_timeout_seconds, record.idle_timeout_seconds) == (2.5, None)
    changed = await control.upstreams.update(
        record.id, first_byte_timeout_seconds=None, idle_timeout_seconds=30
    )
    assert (changed.first_byte_timeout_seconds, changed.idle_timeout_seconds) == (None, 30)
    assert await control.upstreams.get(record.id) == changed


@pytest.mark.parametrize("seconds", [0, -1, 86_401, float("nan"), float("inf")])
@pytest.mark.parametrize("field", ["first_byte_timeout_seconds", "idle_timeout_seconds"])
async def test_a_limit_of_time_that_makes_no_sense_is_refused(
    control: ControlPlane, field: str, seconds: float
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await control.an_upstream(**{field: seconds})
    assert refused.value.field == field
    assert await control.upstreams.list() == ()
