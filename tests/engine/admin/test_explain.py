"""Explain as a use case: who asks is looked up, and the routes are those in force."""

from uuid import uuid4

import pytest

from pxbin_engine.errors import InvalidInput, NotFound
from tests.support.control_plane import ControlPlane


async def test_a_key_is_looked_up_revoked_or_not(control: ControlPlane) -> None:
    await control.a_model("big")
    key = (await control.keys.create("llm", "laptop")).record
    assert (await control.explain(model=" big ", key_id=key.id)).refusal == ""
    await control.keys.revoke(key.id)
    explanation = await control.explain(model="big", key_id=key.id)
    assert explanation.refusal == "The key 'laptop' was revoked."
    assert [target.upstream_name for target in explanation.targets] == ["for big"]


async def test_aliases_and_clients_count(control: ControlPlane) -> None:
    await control.a_model("big")
    alias = await control.aliases.create(pattern="*opus*", model="big", client="Claude Code")
    explanation = await control.explain(model="claude-opus-5", client=" claude code 2.1 ")
    assert (explanation.model, explanation.alias) == ("big", alias)
    assert (await control.explain(model="claude-opus-5")).model is None


async def test_who_is_not_there_cannot_ask(control: ControlPlane) -> None:
    with pytest.raises(NotFound):
        await control.explain(model="big", key_id=uuid4())
    with pytest.raises(InvalidInput, match="model"):
        await control.explain(model=" ")
