"""What is loaded, when, and what a failure leaves."""

import asyncio

from PySide6.QtWidgets import QApplication

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import NOT_RUNNING, ListPresenter
from pxbin_engine.errors import Conflict, DatabaseUnavailable, InvalidInput
from pxbin_engine.events import ConfigurationChanged, DatabaseStateChanged
from tests.support.fake_engine import FakeEngine, bridge_to, settled


class Names(ListPresenter[str]):
    """Lists the names that it is given."""

    follows = frozenset({"keys"})

    def __init__(self, bridge: EngineBridge) -> None:
        self.said: list[tuple[str, str]] = []
        super().__init__(bridge, lambda text, tone: self.said.append((text, tone)))
        self.names: tuple[str, ...] = ("one", "two")
        self.failure: Exception | None = None
        self.loads = 0
        self.gate: asyncio.Event | None = None

    async def _load(self) -> tuple[str, ...]:
        self.loads += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return self.names

    def _matches(self, row: str, sought: str) -> bool:
        return sought in row


class Form:
    """Records what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def set_busy(self, busy: bool) -> None:
        self.told.append(busy)

    def set_error(self, error: str) -> None:
        self.told.append(error)

    def set_field_error(self, name: str, error: str) -> None:
        self.told.append((name, error))

    def accept(self) -> None:
        self.told.append("accepted")


async def started(engine: FakeEngine) -> Names:
    names = Names(bridge_to(engine))
    names.start()
    await settled()
    return names


async def test_it_loads_when_its_page_is_shown(qapp: QApplication) -> None:
    names = await started(FakeEngine())
    assert (names.state, names.rows) == ("loaded", ("one", "two"))


async def test_before_the_engine_runs_it_waits_and_then_loads(qapp: QApplication) -> None:
    engine = FakeEngine(state="starting")
    names = await started(engine)
    assert (names.state, names.loads) == ("loading", 0)
    engine.enter("running")
    await settled()
    assert names.state == "loaded"


async def test_an_engine_that_failed_is_said_and_a_new_start_mends_it(qapp: QApplication) -> None:
    engine = FakeEngine(state="failed")
    names = await started(engine)
    assert (names.state, names.error, names.ready) == ("failed", NOT_RUNNING, False)
    engine.enter("starting")
    engine.enter("failed", "Port 8080 is taken.")
    assert names.error == "Port 8080 is taken."
    engine.enter("running")
    await settled()
    assert (names.state, names.error) == ("loaded", "")


async def test_it_follows_its_own_changes_only(qapp: QApplication) -> None:
    engine = FakeEngine()
    names = await started(engine)
    for what in ("models", "keys", "all"):
        engine.events.publish(ConfigurationChanged(what=what))  # type: ignore[arg-type]
        await settled()
    assert names.loads == 3


async def test_changes_while_it_loads_are_loaded_once_after_it(qapp: QApplication) -> None:
    engine = FakeEngine()
    names = await started(engine)
    names.gate = asyncio.Event()
    names.reload()
    await settled()
    for _ in range(5):
        engine.events.publish(ConfigurationChanged(what="keys"))
    names.names = ("three",)
    names.gate.set()
    await settled()
    assert (names.loads, names.rows) == (3, ("three",))


async def test_a_hidden_page_hears_nothing(qapp: QApplication) -> None:
    engine = FakeEngine()
    names = await started(engine)
    names.stop()
    engine.events.publish(ConfigurationChanged(what="keys"))
    engine.enter("running")
    await settled()
    assert names.loads == 1


async def test_a_failed_load_keeps_what_was_there_until_the_database_is_back(
    qapp: QApplication,
) -> None:
    engine = FakeEngine()
    names = await started(engine)
    names.failure = DatabaseUnavailable("The database is away.")
    names.reload()
    await settled()
    assert (names.state, names.rows, names.error) == (
        "loaded",
        ("one", "two"),
        "The database is away.",
    )
    names.failure = None
    engine.events.publish(DatabaseStateChanged(available=True))
    await settled()
    assert names.error == ""


async def test_a_first_load_that_fails_is_an_error(qapp: QApplication) -> None:
    names = Names(bridge_to(FakeEngine()))
    names.failure = DatabaseUnavailable("The database is away.")
    names.start()
    await settled()
    assert (names.state, names.error, names.ready) == ("failed", "The database is away.", True)


async def test_a_filter_leaves_what_it_finds(qapp: QApplication) -> None:
    names = await started(FakeEngine())
    names.set_filter(" TWO ")
    assert names.visible_rows == ("two",)
    assert names.rows == ("one", "two")


async def test_an_action_answers_its_form(qapp: QApplication) -> None:
    names = await started(FakeEngine())
    results: list[object] = []

    async def work(failure: Exception | None = None) -> int:
        if failure is not None:
            raise failure
        return 5

    for failure in (None, Conflict("Taken."), InvalidInput("name is bad.", field="name")):
        form = Form()
        names.act(work(failure), name="work", done=results.append, form=form)
        await settled()
        results.append(form.told)
    assert results == [
        5,
        [True, "accepted", False],
        [True, "Taken.", False],
        [True, ("name", "name is bad."), False],
    ]


async def test_without_a_form_a_failure_is_said_in_passing(qapp: QApplication) -> None:
    names = await started(FakeEngine())

    async def work() -> None:
        raise Conflict("Taken.")

    names.act(work(), name="work", done=lambda _: None)
    await settled()
    assert names.said == [("Taken.", "err")]
