"""Logs load, follow, filter and page; hidden they do nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.presenter import PAGE_ROWS, Counts, LogsPresenter
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import DatabaseStateChanged, RequestFinished
from pxbin_engine.records import RequestRecord
from tests.support.control_plane import ControlPlane
from tests.support.database import a_request
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled
from tests.support.traffic import MemoryLog, a_days_requests, started


class Stand:
    """A presenter on a fake engine, and what it told."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.engine = FakeEngine()
        self.log = MemoryLog(a_days_requests(450))
        self.engine.requests = self.log
        self.bridge = bridge_to(self.engine)
        self.presenter = LogsPresenter(self.bridge, self.parent, clock=lambda: NOW)
        # Where a test takes long, it would fire when Qt's events are processed and no loop runs.
        self.presenter._catch_up.setInterval(3_600_000)
        self.views: list[str] = []
        self.said: list[tuple[str, str]] = []
        self.presenter.view.connect(lambda view, _: self.views.append(view))
        self.presenter.said.connect(lambda text, tone: self.said.append((text, tone)))

    @property
    def rows(self) -> list[object]:
        model = self.presenter.model
        return [model.row(number) for number in range(model.rowCount())]

    @property
    def ids(self) -> list[UUID]:
        return [row.id for row in self.rows]  # type: ignore[attr-defined]  # every row has one

    def start(self, record: RequestRecord) -> None:
        self.engine.events.publish(started(record))

    def finish(self, record: RequestRecord, *, write: bool = True) -> None:
        if write:
            self.log.records.append(record)
        self.engine.events.publish(RequestFinished(record))

    def flush(self) -> None:
        """What the bridge does ten times a second."""
        self.bridge._flush()


@pytest.fixture
async def unshown(qtbot: QtBot) -> AsyncIterator[Stand]:
    """A page that was not shown yet; it is hidden at the end."""
    stand = Stand()
    yield stand
    if stand.presenter._in_view.working:
        stand.presenter.stop()
    await settled()


@pytest.fixture
async def stand(unshown: Stand) -> Stand:
    """A page that is shown."""
    unshown.presenter.start()
    await settled()
    return unshown


def now(**values: object) -> RequestRecord:
    """A request newer than all in the log."""
    return a_request(at=NOW + timedelta(seconds=1), **values)


async def test_the_newest_page_is_read(stand: Stand) -> None:
    assert stand.views == ["loading", "content"]
    assert len(stand.rows) == PAGE_ROWS
    assert stand.rows[0] == stand.log.records[-1]
    assert stand.presenter.counts == Counts(fitting=450, everything=450)


async def test_older_rows_come_page_by_page_until_there_are_no_more(stand: Stand) -> None:
    for _ in range(5):
        stand.presenter.load_older()
        stand.presenter.load_older()  # near the end is told often; one page is asked for
        await settled()
    assert stand.rows == list(reversed(stand.log.records))


async def test_a_request_is_live_and_then_has_its_row(stand: Stand) -> None:
    record = now(model="glm-4.6", output_tokens=5)
    stand.start(record)
    stand.flush()
    assert stand.rows[0] == started(record)
    assert stand.presenter.in_flight == 1
    stand.finish(record)
    stand.flush()
    assert stand.rows[0] == record
    assert stand.presenter.counts == Counts(fitting=451, everything=451)


async def test_a_request_in_flight_is_there_when_the_page_is_opened(unshown: Stand) -> None:
    stand = unshown
    record = now(model="running")
    stand.start(record)
    stand.presenter.start()
    await settled()
    assert stand.rows[0] == started(record)


async def test_what_finished_while_the_page_was_read_is_not_lost(unshown: Stand) -> None:
    stand = unshown
    record = now()
    stand.presenter.start()
    stand.finish(record, write=False)
    stand.flush()
    await settled()
    assert stand.rows[0] == record


async def test_what_was_written_just_after_the_page_was_read_is_caught_up(stand: Stand) -> None:
    late = now(model="late")
    stand.log.records.append(late)
    stand.presenter._catch_up.timeout.emit()
    await settled()
    assert stand.rows[0] == late
    assert stand.presenter.counts.fitting == 451


async def test_what_is_not_written_yet_still_counts(stand: Stand) -> None:
    stand.finish(now(), write=False)
    stand.flush()
    stand.presenter._catch_up.timeout.emit()
    await settled()
    assert stand.presenter.counts == Counts(fitting=451, everything=451)


async def test_paused_events_are_held_and_come_together(stand: Stand) -> None:
    stand.presenter.set_live(False)
    records = [now(model="a"), now(model="b")]
    for record in records:
        stand.start(record)
        stand.finish(record)
        stand.flush()
    assert len(stand.rows) == PAGE_ROWS
    assert stand.presenter.held == 2
    stand.presenter.set_live(True)
    assert stand.ids[:2] == sorted((record.id for record in records), reverse=True)
    assert stand.presenter.held == 0


async def test_hidden_it_hears_and_asks_nothing(stand: Stand) -> None:
    stand.presenter.stop()
    asked = len(stand.log.asked)
    stand.finish(now())
    stand.flush()
    stand.engine.enter("paused")
    stand.presenter.reload()
    await settled()
    assert len(stand.log.asked) == asked
    assert len(stand.rows) == PAGE_ROWS
    stand.presenter.start()
    await settled()
    assert stand.presenter.counts.fitting == 451


async def test_the_filter_is_the_databases_and_the_live_views(stand: Stand) -> None:
    stand.presenter.filter_by(words="model:glm status:>=200")
    await settled()
    where, _ = stand.log.asked[-2]
    assert [condition.word for condition in where.conditions] == ["model", "status"]
    assert where.since == NOW - timedelta(hours=24)
    before = len(stand.rows)
    stand.finish(now(model="gpt-5.2"))
    stand.finish(now(model="glm-4.6"))
    stand.flush()
    assert len(stand.rows) == before + 1
    assert stand.presenter.counts.everything == 452


async def test_a_live_row_that_ends_outside_the_filter_goes(stand: Stand) -> None:
    stand.presenter.filter_by(words="client:codex")
    await settled()
    before = len(stand.rows)
    record = now(client_name="Codex", model="m")
    stand.start(record)
    stand.flush()
    assert len(stand.rows) == before + 1
    stand.finish(now(id=record.id, client_name="Other"))
    stand.flush()
    assert len(stand.rows) == before


async def test_words_that_are_not_understood_are_told(stand: Stand) -> None:
    told: list[tuple[str, ...]] = []
    stand.presenter.problems.connect(told.append)
    stand.presenter.filter_by(words="cots:>1")
    stand.presenter.filter_by(words="")
    await settled()
    assert told[0] == ("“cots:” is no filter. Did you mean cost:?",)
    assert told[1] == ()


async def test_of_two_loads_the_newer_one_is_shown(stand: Stand) -> None:
    stand.presenter.filter_by(model="glm-4.6")
    stand.presenter.filter_by(model="deepseek-v3.2")
    await settled()
    assert {row.model for row in stand.rows} == {"deepseek-v3.2"}  # type: ignore[attr-defined]


async def test_choices_are_the_models_and_llm_keys(stand: Stand) -> None:
    upstream = await stand.engine.upstreams.create(
        name="Z.ai", base_url="http://127.0.0.1:9/v1", format="openai"
    )
    await stand.engine.models.create(name="glm-4.6", upstream_id=upstream.id)
    key = (await stand.engine.keys.create("llm", "laptop")).record
    await stand.engine.keys.create("management", "grafana")
    await settled()
    assert stand.presenter.offered.models == [("glm-4.6", "glm-4.6")]
    assert stand.presenter.offered.keys == [(str(key.id), "laptop")]
    stand.presenter.filter_by(key_id=str(key.id))
    stand.start(now(key_name="laptop"))
    stand.start(now(key_name="other"))
    await settled()
    assert [row.key_name for row in stand.rows] == ["laptop"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("records", "words", "view"), [(0, "", "unused"), (9, "nosuchmodel", "empty")]
)
async def test_nothing_to_show(unshown: Stand, records: int, words: str, view: str) -> None:
    stand = unshown
    stand.log.records = a_days_requests(records)
    stand.presenter.filter_by(words=words)
    stand.presenter.start()
    await settled()
    assert stand.views[-1] == view
    stand.presenter.filter_by(words="")
    stand.finish(now())
    stand.flush()
    await settled()
    assert stand.views[-1] == "content"


async def test_a_database_that_is_away_is_an_error_until_it_is_back(stand: Stand) -> None:
    stand.log.failure = DatabaseUnavailable("The database does not answer.")
    stand.presenter.reload()
    await settled()
    assert stand.views[-1] == "error"
    stand.log.failure = None
    stand.engine.events.publish(DatabaseStateChanged(available=True))
    await settled()
    assert stand.views[-1] == "content"


async def test_a_failing_older_page_is_said_and_keeps_the_rows(stand: Stand) -> None:
    stand.log.failure = DatabaseUnavailable("The database does not answer.")
    stand.presenter.load_older()
    await settled()
    assert stand.said == [("The database does not answer.", "err")]
    assert stand.views[-1] == "content"
    assert len(stand.rows) == PAGE_ROWS


async def test_before_the_engine_runs_it_waits(unshown: Stand) -> None:
    stand = unshown
    stand.engine.state = "starting"
    stand.presenter.start()
    await settled()
    assert stand.views == ["loading"]
    stand.engine.enter("running")
    await settled()
    assert stand.views[-1] == "content"


async def test_an_engine_that_failed_says_why(unshown: Stand) -> None:
    told: list[tuple[str, str]] = []
    unshown.presenter.view.connect(lambda *args: told.append(args))
    unshown.engine.state = "starting"
    unshown.presenter.start()
    unshown.engine.enter("failed", "The port is taken.")
    assert told[-1] == ("stopped", "The port is taken.")


async def test_an_export_is_written_and_told(stand: Stand, tmp_path: Path) -> None:
    stand.presenter.export_to(tmp_path / "rows.csv", "csv")
    async with asyncio.timeout(60):
        while not stand.said:
            await asyncio.sleep(0.01)
    assert stand.said == [("450 requests exported.", "ok")]
    assert len((tmp_path / "rows.csv").read_text("utf-8").splitlines()) == 451


async def test_an_export_that_fails_says_why(stand: Stand, tmp_path: Path) -> None:
    stand.presenter.export_to(tmp_path / "missing" / "rows.csv", "csv")
    async with asyncio.timeout(60):
        while not stand.said:
            await asyncio.sleep(0.01)
    ((text, tone),) = stand.said
    assert tone == "err"
    assert "cannot be written" in text


async def test_the_real_use_cases_answer_what_it_asks(
    unshown: Stand, control: ControlPlane
) -> None:
    records = [a_request(at=NOW - timedelta(seconds=n), model="glm-4.6") for n in range(450)]
    other = a_request(at=NOW, model="gpt-4o")
    await control.request_store.insert_batch([*records, other])
    unshown.engine.requests = control.requests
    unshown.presenter.filter_by(words="model:glm status:<300", model="glm-4.6")
    unshown.presenter.start()
    async with asyncio.timeout(30):
        while len(unshown.rows) < len(records):
            unshown.presenter.load_older()
            await asyncio.sleep(0.01)
    assert unshown.rows == records
    assert unshown.presenter.counts == Counts(fitting=450, everything=451)
    unshown.presenter.stop()
    reading = {task for task in asyncio.all_tasks() if task.get_name().startswith("logs.")}
    if reading:  # it must not outlive the database
        await asyncio.wait(reading)


async def test_how_far_text_was_looked_for_is_known(stand: Stand) -> None:
    stand.presenter.filter_by(words="timed", period="all")
    await settled()
    assert stand.presenter.searched_since == NOW - timedelta(hours=24)
    stand.presenter.filter_by(words="timed", period="7d")
    await settled()
    assert stand.presenter.searched_since is None, "as far as was chosen"


async def test_a_value_is_said_so_that_it_is_understood(stand: Stand) -> None:
    assert stand.presenter.term("key", "my laptop") == 'key:"my laptop"'
