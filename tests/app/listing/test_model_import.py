"""Which models an upstream has, and what an import makes of the ticked ones."""

from PySide6.QtWidgets import QApplication

from pxbin_app.listing.model_import import ModelImport, said_of
from pxbin_app.widgets.tick_list import TickItem
from pxbin_engine.records import DiscoveredModel, ImportReport, UpstreamRecord
from tests.app.listing.test_presenter import Form
from tests.support.fake_engine import FakeEngine, bridge_to, settled


async def an_upstream(engine: FakeEngine, name: str) -> UpstreamRecord:
    return await engine.upstreams.create(name=name, base_url=f"http://{name}", format="openai")


async def make(engine: FakeEngine, *names: str) -> tuple[ModelImport, list[tuple[str, str]]]:
    upstreams = [await an_upstream(engine, name) for name in names]
    said: list[tuple[str, str]] = []
    importing = ModelImport(
        bridge_to(engine), lambda text, tone: said.append((text, tone)), upstreams
    )
    return importing, said


async def test_what_is_there_already_is_marked(qapp: QApplication) -> None:
    engine = FakeEngine()
    importing, _ = await make(engine, "one", "two")
    mine, other = importing.upstreams
    await engine.models.create(name="mine", upstream_id=mine.id)
    await engine.models.create(name="theirs", upstream_id=other.id)
    engine.upstream_models = [
        DiscoveredModel(id="mine"),
        DiscoveredModel(id="theirs"),
        DiscoveredModel(id="new", context_window=131_072),
    ]
    importing.discover()
    await settled()
    assert importing.state == "loaded"
    assert importing.items == (
        TickItem(value="mine", note="imported", offered=False),
        TickItem(value="theirs", note="served by another upstream", offered=False),
        TickItem(value="new", note="131.1k context"),
    )


async def test_an_upstream_that_refuses_says_why_and_can_be_asked_again(qapp: QApplication) -> None:
    engine = FakeEngine()
    engine.upstream_failure = "one answered 401: no such key."
    importing, _ = await make(engine, "one")
    importing.discover()
    await settled()
    assert (importing.state, importing.error) == ("failed", "one answered 401: no such key.")
    engine.upstream_failure = ""
    importing.discover()
    await settled()
    assert (importing.state, importing.error) == ("loaded", "")


async def test_an_answer_of_the_upstream_chosen_before_is_dropped(qapp: QApplication) -> None:
    engine = FakeEngine()
    engine.upstream_models = [DiscoveredModel(id="m")]
    importing, _ = await make(engine, "one", "two")
    await engine.models.create(name="m", upstream_id=importing.upstreams[1].id)
    importing.discover()
    importing.choose(str(importing.upstreams[1].id))
    await settled()
    assert importing.items == (TickItem(value="m", note="imported", offered=False),)


async def test_an_import_makes_the_models_and_closes_the_form(qapp: QApplication) -> None:
    engine = FakeEngine()
    importing, said = await make(engine, "one")
    form = Form()
    importing.submit(["a", "b"], form)
    await settled()
    assert [model.name for model in await engine.models.list()] == ["a", "b"]
    assert form.told == [True, "accepted", False]
    assert said == [("2 models imported from one", "ok")]


def test_skipped_models_are_told() -> None:
    report = ImportReport(upstream="one", models_created=1, models_skipped=2)
    assert said_of(report) == "1 model imported from one, 2 were there already"
