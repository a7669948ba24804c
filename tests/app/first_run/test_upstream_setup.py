"""Step 2: tested, added and imported; what goes wrong is said, and nothing is made twice."""

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from pxbin_app.first_run.upstream_setup import ALL_AT_ONCE, UpstreamSetup, Wanted
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import DiscoveredModel
from tests.support.fake_engine import FakeEngine, bridge_to, settled

WANTED = Wanted(
    name="Vendor",
    base_url="http://127.0.0.1:9/v1",
    format="openai",
    preset=None,
    api_key="sk-something",
)


class Stage:
    """An empty engine before an upstream with two models."""

    def __init__(self, *models: str) -> None:
        self.engine = FakeEngine()
        self.engine.upstream_models = [DiscoveredModel(id=name) for name in models]
        self.setup = UpstreamSetup(bridge_to(self.engine))
        self.done: list[None] = []
        self.setup.done.connect(lambda: self.done.append(None))

    async def submit(self, wanted: Wanted = WANTED) -> None:
        self.setup.submit(wanted)
        await settled()

    async def names(self) -> tuple[list[str], list[str]]:
        """Of the upstreams and of the models that there are."""
        upstreams = await self.engine.upstreams.list()
        models = await self.engine.models.list()
        return [one.name for one in upstreams], [one.name for one in models]


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage("glm-5", "glm-5-air")


async def test_what_works_is_added_and_its_models_are_offered(stage: Stage) -> None:
    said: list[str] = []
    stage.setup.changed.connect(lambda: said.append(stage.setup.busy))
    await stage.submit()
    assert stage.setup.phase == "models"
    assert stage.setup.ticked == ("glm-5", "glm-5-air")
    assert await stage.names() == (["Vendor"], [])
    assert list(stage.engine.secrets.held.values()) == ["sk-something"]
    assert [word for word in dict.fromkeys(said) if word] == ["Testing…", "Adding…"]
    stage.setup.take(("glm-5",))
    await settled()
    assert await stage.names() == (["Vendor"], ["glm-5"])
    assert (stage.setup.phase, stage.setup.models, stage.done) == ("there", ("glm-5",), [None])


async def test_what_fails_the_test_is_not_added_unless_one_insists(stage: Stage) -> None:
    stage.engine.upstream_failure = "It answered 401: no such key."
    await stage.submit()
    assert stage.setup.error == "It answered 401: no such key."
    assert (stage.setup.phase, stage.setup.untested) == ("form", True)
    assert await stage.names() == ([], [])
    stage.setup.submit_untested(WANTED)
    await settled()
    assert await stage.names() == (["Vendor"], [])
    assert stage.setup.phase == "models", "its models could not be listed: one is typed"
    assert stage.setup.items == ()
    stage.setup.take(("typed-by-hand",))
    await settled()
    assert await stage.names() == (["Vendor"], ["typed-by-hand"])


async def test_a_test_that_is_mended_adds_it_once(stage: Stage) -> None:
    stage.engine.upstream_failure = "No answer."
    await stage.submit()
    stage.engine.upstream_failure = ""
    await stage.submit()
    assert (stage.setup.error, stage.setup.untested) == ("", False)
    assert (await stage.names())[0] == ["Vendor"]


async def test_a_bad_input_is_said_at_its_field(stage: Stage) -> None:
    bad = Wanted(name="x", base_url="not an address", format="openai", preset=None)
    stage.setup.submit_untested(bad)
    await settled()
    assert stage.setup.field == "base_url"
    assert stage.setup.error


async def test_without_a_model_one_cannot_go_on(stage: Stage) -> None:
    await stage.submit()
    stage.setup.take(())
    assert stage.setup.error == "Choose at least one model."
    assert stage.done == []


async def test_of_many_models_two_are_ticked(qtbot: QtBot) -> None:
    names = [f"vendor/model-{number}" for number in range(ALL_AT_ONCE)]
    stage = Stage(*names, "vendor/big-sonnet", "vendor/tiny-haiku")
    await stage.submit()
    assert stage.setup.ticked == ("vendor/big-sonnet", "vendor/tiny-haiku")


async def test_who_comes_back_goes_on_where_it_was_left(stage: Stage) -> None:
    await stage.submit()
    again = UpstreamSetup(bridge_to(stage.engine))
    again.load()
    await settled()
    assert (again.phase, again.record) == ("models", stage.setup.record)
    again.take(("glm-5",))
    await settled()
    later = UpstreamSetup(bridge_to(stage.engine))
    later.load()
    await settled()
    assert (later.phase, later.models) == ("there", ("glm-5",))
    later.begin_another()
    assert (later.phase, later.record) == ("form", None)


async def test_a_model_that_is_off_is_none(stage: Stage) -> None:
    await stage.submit()
    stage.setup.take(("glm-5",))
    await settled()
    (model,) = await stage.engine.models.list()
    stage.engine.model_store.rows[model.id] = replace(model, is_active=False)
    again = UpstreamSetup(bridge_to(stage.engine))
    again.load()
    await settled()
    assert again.phase == "models"


async def test_the_database_away_is_said(stage: Stage) -> None:
    stage.engine.failure = DatabaseUnavailable("The database is away.")
    stage.setup.submit_untested(WANTED)
    await settled()
    assert (stage.setup.error, stage.setup.busy) == ("The database is away.", "")


def test_before_the_engine_runs_nothing_is_asked(qtbot: QtBot) -> None:
    stage = Stage()
    stage.engine.state = "starting"
    stage.setup.load()
    assert (stage.setup.presets, stage.setup.secret_description) == ((), "")
