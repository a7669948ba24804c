"""Aliases: what can be said, and what cannot."""

from uuid import uuid4

import pytest

from pxbin_engine.admin.aliases import CLAUDE_CODE, CLAUDE_CODE_PATTERNS
from pxbin_engine.errors import Conflict, InvalidInput, NotFound
from tests.support.control_plane import ControlPlane


async def test_an_alias_from_its_making_to_its_end(control: ControlPlane) -> None:
    await control.a_model("big")
    await control.a_model("small")
    alias = await control.aliases.create(pattern=" claude-* ", model="big")
    assert (alias.pattern, alias.model, alias.key_id, alias.client) == ("claude-*", "big", None, "")
    key = (await control.keys.create("llm", "laptop")).record
    control.changes.clear()
    changed = await control.aliases.update(
        alias.id, model="small", key_id=key.id, client=" Codex ", is_active=False
    )
    assert (changed.model, changed.key_id, changed.client) == ("small", key.id, "Codex")
    assert not changed.is_active
    assert await control.aliases.list() == (changed,)
    everyones = await control.aliases.update(alias.id, key_id=None, client=" ", pattern="x")
    assert (everyones.key_id, everyones.client, everyones.pattern) == (None, "", "x")
    await control.aliases.delete(alias.id)
    assert await control.aliases.list() == ()
    assert control.changes == ["aliases"] * 3


async def test_what_it_means_must_be_a_model(control: ControlPlane) -> None:
    await control.a_model("big")
    await control.aliases.create(pattern="opus", model="big")
    with pytest.raises(InvalidInput, match="'opus' is an alias itself") as caught:
        await control.aliases.create(pattern="best", model="opus")
    assert caught.value.field == "model"
    with pytest.raises(InvalidInput, match="no model 'other'"):
        await control.aliases.create(pattern="best", model="other")


async def test_one_whose_model_has_gone_can_still_be_switched_off(control: ControlPlane) -> None:
    model = await control.a_model("big")
    alias = await control.aliases.create(pattern="opus", model="big")
    await control.models.delete(model.id)
    off = await control.aliases.update(alias.id, is_active=False, model="big")
    assert not off.is_active


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("pattern", {"pattern": " "}),
        ("pattern", {"pattern": "a\nb"}),
        ("model", {"model": ""}),
        ("client", {"client": "x" * 201}),
    ],
)
async def test_bad_texts_are_refused(
    control: ControlPlane, field: str, values: dict[str, str]
) -> None:
    await control.a_model("big")
    with pytest.raises(InvalidInput) as caught:
        await control.aliases.create(**{"pattern": "opus", "model": "big"} | values)
    assert caught.value.field == field


async def test_what_is_there_already_and_what_is_not(control: ControlPlane) -> None:
    await control.a_model("big")
    await control.aliases.create(pattern="opus", model="big")
    with pytest.raises(Conflict):
        await control.aliases.create(pattern="opus", model="big")
    with pytest.raises(InvalidInput, match="no such key"):
        await control.aliases.create(pattern="opus", model="big", key_id=uuid4())
    for missing in (control.aliases.update(uuid4()), control.aliases.delete(uuid4())):
        with pytest.raises(NotFound):
            await missing


async def test_a_clients_names_are_set_at_once(control: ControlPlane) -> None:
    for name in ("big", "small"):
        await control.a_model(name)
    opus, haiku = CLAUDE_CODE_PATTERNS["opus"], CLAUDE_CODE_PATTERNS["haiku"]
    await control.aliases.create(pattern=opus, model="big")
    made = await control.aliases.set_client_map(CLAUDE_CODE, {opus: "big", haiku: "small"})
    assert {alias.pattern: alias.model for alias in made} == {opus: "big", haiku: "small"}
    assert control.changes[-1] == "aliases"
    left = await control.aliases.set_client_map(CLAUDE_CODE, {opus: None, haiku: "big"})
    assert {alias.pattern: alias.model for alias in left} == {haiku: "big"}
    assert len(await control.aliases.list()) == 2


async def test_of_a_map_that_cannot_be_set_nothing_is(control: ControlPlane) -> None:
    await control.a_model("big")
    await control.aliases.set_client_map(CLAUDE_CODE, {"a": "big"})
    with pytest.raises(InvalidInput, match="no model 'gone'"):
        await control.aliases.set_client_map(CLAUDE_CODE, {"a": None, "b": "gone"})
    with pytest.raises(InvalidInput, match="client"):
        await control.aliases.set_client_map(" ", {"a": "big"})
    assert [alias.pattern for alias in await control.aliases.list()] == ["a"]
