"""An open engine has every use case that the routes and the window call, each on the engine's own parts."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from pxbin_engine import Engine
from pxbin_engine.config import load_config
from pxbin_engine.events import ConfigurationChanged
from pxbin_engine.server import admin_handlers
from pxbin_engine.use_cases import Parts, UseCases

BOOTSTRAP = "a-bootstrap-key-of-some-length"
OFFERED = get_type_hints(UseCases)


@pytest.fixture
async def engine(database_url: str, schema: str, tmp_path: Path) -> AsyncIterator[Engine]:
    """One that is open and does not serve."""
    values: dict[str, Any] = {"database_url": database_url, "database_schema": schema, "data_dir": tmp_path,
              "encryption_key": "an-encryption-key-for-tests", "management_bootstrap_key": BOOTSTRAP}  # fmt: skip
    engine = Engine(load_config({}, **values))
    await engine.open()
    yield engine
    await engine.close()


async def test_all_are_there_and_are_what_they_say(engine: Engine) -> None:
    assert {name: type(getattr(engine, name)) for name in OFFERED} == OFFERED


def test_the_routes_call_nothing_that_is_not_offered() -> None:
    called = get_type_hints(admin_handlers.UseCases)
    assert called == {name: OFFERED[name] for name in called}


async def test_they_act_on_one_configuration(engine: Engine, tmp_path: Path) -> None:
    heard: list[str] = []
    engine.events.subscribe(ConfigurationChanged, lambda event: heard.append(event.what))
    own = await engine.keys.bootstrap(BOOTSTRAP)
    upstream = await engine.upstreams.create(
        name="u", base_url="http://127.0.0.1:9/v1", format="openai", api_key="sk-1"
    )
    model = await engine.models.create(name="m", upstream_id=upstream.id)
    await engine.aliases.create(pattern="fast", model="m")
    assert heard == ["keys", "upstreams", "models", "aliases"]
    explanation = await engine.explain(model="fast")
    assert (explanation.model, explanation.targets[0].upstream_name) == ("m", "u")
    assert (await engine.keys.list())[0].id == own.record.id
    assert (await engine.models.get(model.id)).targets[0].upstream_id == upstream.id

    await engine.backups.create(backup := tmp_path / "before.pxbackup")
    await engine.aliases.delete((await engine.aliases.list())[0].id)
    heard.clear()
    await engine.backups.restore(backup)
    assert heard == ["all"]
    assert [alias.pattern for alias in await engine.aliases.list()] == ["fast"]


def test_parts_do_not_show_the_databases_password() -> None:
    names = dict.fromkeys(Parts.__dataclass_fields__)
    parts = Parts(**names | {"dsn": "postgresql://pxbin:secret@127.0.0.1/pxbin"})  # type: ignore[arg-type]
    assert "secret@" not in repr(parts)
