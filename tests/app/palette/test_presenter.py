"""What is found: everything that the window has, as far as the engine can say it, and it does what it says."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from pxbin_app.palette import entries, presenter
from pxbin_app.palette.entries import FILTERS, Doings, Entry
from pxbin_app.palette.matching import match
from pxbin_app.palette.presenter import MOST_RESULTS, PalettePresenter, ranked
from pxbin_engine.admin.log_query import parse
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import RequestRecord
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.traffic import MemoryLog

REQUEST = UUID("0192b3c4-0000-7000-8000-00000000abcd")


class Stage:
    """A presenter over an engine with one of each, and what was done."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.engine.requests = MemoryLog()
        self.done: list[tuple[Any, ...]] = []

        def doing(name: str) -> Any:
            return lambda *given: self.done.append((name, *given))

        doings = Doings(**{name: doing(name) for name in Doings.__dataclass_fields__})
        self.presenter = PalettePresenter(bridge_to(self.engine), doings)

    async def fill(self) -> None:
        self.upstream = await self.engine.upstreams.create(
            name="Vendor", base_url="http://127.0.0.1:9", format="openai"
        )
        self.model = await self.engine.models.create(name="glm-4.6", upstream_id=self.upstream.id)
        self.key = (await self.engine.keys.create("llm", "laptop")).record
        self.engine.requests.records.append(
            RequestRecord(
                id=REQUEST,
                timestamp=datetime(2026, 11, 23, 14, 32, tzinfo=UTC),
                method="POST",
                path="/v1/messages",
                model="opus",
                status_code=429,
                outcome="refused",
            )
        )

    async def open(self) -> None:
        self.presenter.start()
        await settled()

    def find(self, typed: str) -> list[str]:
        self.presenter.find(typed)
        return [result.entry.title for result in self.presenter.results]

    def do(self, typed: str) -> tuple[Any, ...]:
        """What the best result does."""
        self.presenter.find(typed)
        self.presenter.results[0].entry.run()
        return self.done[-1]


@pytest.fixture
async def stage(qtbot: QtBot) -> Stage:
    result = Stage()
    await result.fill()
    await result.open()
    return result


async def test_everything_is_found_and_does_what_it_says(stage: Stage) -> None:
    for typed, expected in (
        ("logs", ("show_page", "logs")),
        ("create key", ("begin_new", "keys")),
        ("new upstream", ("begin_new", "upstreams")),
        ("pause", ("toggle_pause",)),
        ("base url", ("copy_base_url",)),
        ("light", ("set_theme", "light")),
        ("help", ("show_help",)),
        ("quit", ("quit",)),
        ("glm", ("show_item", "models", stage.model.id)),
        ("vendor", ("show_item", "upstreams", stage.upstream.id)),
        ("127.0.0.1", ("show_item", "upstreams", stage.upstream.id)),
        ("laptop", ("show_item", "keys", stage.key.id)),
        (stage.key.key_prefix, ("show_item", "keys", stage.key.id)),
        ("abcd", ("show_item", "logs", REQUEST)),
        (str(REQUEST), ("show_item", "logs", REQUEST)),
        ("failed", ("filter_logs", "status:>=400")),
    ):
        assert stage.do(typed) == expected, typed


async def test_what_is_typed_can_be_a_filter_or_the_id_of_an_old_request(stage: Stage) -> None:
    assert stage.find("model:glm cost:>1") == ["Filter Logs: model:glm cost:>1"]
    assert stage.do("model:glm cost:>1") == ("filter_logs", "model:glm cost:>1")
    other = UUID(int=7)
    assert stage.find(str(other))[0] == f"Open the request {other}"
    assert stage.do(str(other)) == ("show_item", "logs", other)


async def test_before_anything_is_typed_one_sees_where_to_go(stage: Stage) -> None:
    titles = stage.find("")
    assert titles[:2] == ["Dashboard", "Logs"]
    assert "429 opus" in titles
    assert "glm-4.6" not in titles


async def test_it_offers_to_go_on_while_paused(stage: Stage) -> None:
    stage.engine.enter("paused")
    await stage.open()
    assert "Resume" in stage.find("")
    assert "Pause" not in stage.find("")


async def test_before_the_engine_runs_pages_and_actions_are_there(stage: Stage) -> None:
    stage.engine.state = "starting"
    stage.presenter.stop()
    await stage.open()
    assert "Copy base URL" not in stage.find("")
    assert stage.find("glm") == ["Filter Logs: glm"]
    assert "Logs" in stage.find("logs")


async def test_without_the_database_the_rest_is_found(stage: Stage) -> None:
    stage.presenter.stop()
    stage.engine.failure = DatabaseUnavailable("away")
    await stage.open()
    assert stage.find("laptop") == ["Filter Logs: laptop"]
    assert stage.find("costs")[0] == "Costs"


async def test_it_says_why_records_are_not_found_until_they_are(stage: Stage) -> None:
    told: list[str] = []
    stage.presenter.changed.connect(lambda: told.append(stage.presenter.problem))
    stage.engine.failure = DatabaseUnavailable("away")
    await stage.open()
    stage.engine.failure = None
    await stage.open()
    assert told == ["", "away", "", ""]
    assert "laptop" in stage.find("laptop")


async def test_a_failure_after_it_was_closed_is_not_told(stage: Stage) -> None:
    stage.engine.failure = DatabaseUnavailable("away")
    stage.presenter.start()
    stage.presenter.stop()
    await settled()
    assert stage.presenter.problem == ""


async def test_what_comes_after_it_was_closed_is_dropped(stage: Stage) -> None:
    stage.presenter.start()
    stage.presenter.stop()
    await settled()
    assert stage.presenter.results == ()


async def test_there_is_an_end_to_the_results(stage: Stage) -> None:
    for number in range(200):
        await stage.engine.keys.create("llm", f"key {number}")
    await stage.open()
    assert len(stage.find("key")) == MOST_RESULTS + 1, "and the filter that it could be"


@pytest.mark.parametrize("query", [query for _, query in FILTERS])
def test_the_filters_are_in_the_logs_language(query: str) -> None:
    assert not parse(query, now=datetime.now(UTC)).problems


def models_named(names: Iterable[str]) -> list[Entry]:
    return [
        Entry(kind="Model", title=name, icon_name="cube", run=print, detail=f"Vendor {place % 7}")
        for place, name in enumerate(names)
    ]


def test_details_are_made_for_those_alone_that_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    made: Counter[str] = Counter()

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: (made.update([name]), real(*given))[1]

    for name in ("Result", "places_of"):
        monkeypatch.setattr(presenter, name, counted(name, getattr(presenter, name)))
    monkeypatch.setattr(entries, "folded", counted("folded", entries.folded))
    models = models_named(f"claude-{number}" for number in range(2000))
    for typed in ("c", "cl", "cla"):
        ranked(typed, models)
    shown = 3 * MOST_RESULTS
    assert made == {"Result": shown, "places_of": shown, "folded": len(models)}


@given(typed=st.text("abc -", min_size=1, max_size=5).filter(str.strip))
def test_those_that_are_shown_are_the_best_of_all(typed: str) -> None:
    models = models_named("".join(name) for name in product("abC-", repeat=4))
    fits = [
        (-found.score, place)
        for place, model in enumerate(models)
        if (found := match(typed, model.title)) is not None
    ]
    expected = [models[place] for _, place in sorted(fits)][:MOST_RESULTS]
    found = ranked(typed, models)
    assert [one.entry for one in found] == expected
    assert all(one.places == match(typed, one.entry.title).places for one in found)  # type: ignore[union-attr]  # they fit
