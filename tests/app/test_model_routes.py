"""Quick routes are aliases: what is chosen holds for every name that is said, and goes away without a trace."""

from typing import Any
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.model_routes import CLAUDE_CODE, EVERYONE, ModelRoutes, Routes, routes_of
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.gateway.aliases import AliasTable
from pxbin_engine.records import AliasRecord
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled

FINER = {"*opus*": "gpt-5.2", "*sonnet*": "gpt-5.2", "*haiku*": "glm-4.6"}
SAID = ("claude-opus-4-8", "claude-sonnet-4-5-20250929", "claude-haiku-4-5", "claude-new", "gpt-5")


ALIAS: dict[str, Any] = {"id": UUID(int=1), "created_at": NOW, "updated_at": NOW}


class Stage:
    """An engine with three models, one of them switched off, and what was heard of its routes."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.routes = ModelRoutes(bridge_to(self.engine))
        self.heard: list[Routes] = []
        self.failures: list[str] = []
        self.routes.changed.connect(self.heard.append)
        self.routes.failed.connect(self.failures.append)

    async def fill(self) -> None:
        upstream = await self.engine.upstreams.create(
            name="Vendor", base_url="http://127.0.0.1:9", format="openai"
        )
        for name in ("gpt-5.2", "glm-4.6", "off"):
            await self.engine.models.create(
                name=name, upstream_id=upstream.id, is_active=name != "off"
            )
        self.engine.enter("running")
        await settled()

    async def choose(self, caller: str, model: str) -> None:
        self.routes.choose(caller, model)
        await settled()

    async def aliases(self) -> tuple[AliasRecord, ...]:
        return await self.engine.aliases.list()


@pytest.fixture
async def stage(qtbot: QtBot) -> Stage:
    result = Stage()
    await result.fill()
    return result


async def test_models_that_are_served_can_be_chosen(stage: Stage) -> None:
    assert stage.heard[-1] == Routes(
        models=("glm-4.6", "gpt-5.2"), chosen={CLAUDE_CODE: "", EVERYONE: ""}
    )


async def test_claude_codes_route_goes_before_its_finer_names_and_brings_them_back(
    stage: Stage,
) -> None:
    await stage.engine.aliases.set_client_map(CLAUDE_CODE, FINER)
    before = await stage.aliases()
    await stage.choose(CLAUDE_CODE, "glm-4.6")
    assert stage.heard[-1].chosen == {CLAUDE_CODE: "glm-4.6", EVERYONE: ""}
    table = AliasTable(await stage.aliases())
    for name in SAID:
        meant = table.of_caller([name], None, "Claude Code 2.1.330")
        assert meant is not None
        assert meant.model == "glm-4.6"
    assert table.of_caller(["claude-opus-4-8"], None, "Codex") is None
    await stage.choose(CLAUDE_CODE, "")
    assert await stage.aliases() == before
    assert stage.heard[-1].chosen[CLAUDE_CODE] == ""


async def test_the_default_model_is_chosen_changed_and_taken_away(stage: Stage) -> None:
    for model in ("glm-4.6", "gpt-5.2"):
        await stage.choose(EVERYONE, model)
        (alias,) = await stage.aliases()
        assert (alias.pattern, alias.model, alias.client) == ("*", model, "")
        assert stage.heard[-1].chosen[EVERYONE] == model
    for _ in range(2):
        await stage.choose(EVERYONE, "")
        assert await stage.aliases() == ()


async def test_an_alias_that_is_switched_off_is_none_and_is_switched_on_again(stage: Stage) -> None:
    await stage.engine.aliases.create(pattern="*", model="gpt-5.2", is_active=False)
    await settled()
    assert stage.heard[-1].chosen[EVERYONE] == ""
    await stage.choose(EVERYONE, "gpt-5.2")
    assert stage.heard[-1].chosen[EVERYONE] == "gpt-5.2"


def test_two_aliases_that_differ_are_no_quick_route() -> None:
    def alias(**fields: Any) -> AliasRecord:
        defaults: dict[str, Any] = {"client": CLAUDE_CODE, "model": "a"}
        return AliasRecord(**{**ALIAS, **defaults, **fields})

    both = [alias(pattern="claude-*"), alias(pattern="*", model="b")]
    assert routes_of((), both).chosen[CLAUDE_CODE] == ""
    assert routes_of((), [alias(pattern="*")]).chosen[CLAUDE_CODE] == ""


async def test_what_fails_is_told_and_the_menu_says_what_holds(stage: Stage) -> None:
    heard = len(stage.heard)
    stage.engine.failure = DatabaseUnavailable("The database is away.")
    await stage.choose(EVERYONE, "glm-4.6")
    assert stage.failures == ["The database is away."]
    assert len(stage.heard) == heard
    stage.engine.failure = None
    await stage.choose(EVERYONE, "no such model")
    assert "no such model" in stage.failures[-1]
    assert stage.heard[-1].chosen[EVERYONE] == ""


async def test_nothing_is_asked_of_an_engine_that_does_not_run(stage: Stage) -> None:
    stage.engine.state = "starting"
    calls = stage.engine.store_calls
    await stage.choose(EVERYONE, "glm-4.6")
    stage.routes.refresh()
    await settled()
    assert stage.engine.store_calls == calls
