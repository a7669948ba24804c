"""The Dashboard reads when it is seen, again while requests come in, and never when it is hidden."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.pages.dashboard.presenter import LIVE_ROWS, DashboardPresenter
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import DatabaseStateChanged, RequestFinished, UpstreamHealthChanged
from pxbin_engine.records import RequestRecord
from tests.support.control_plane import ControlPlane
from tests.support.database import NOW as DATABASE_NOW
from tests.support.database import a_request, an_upstream
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled
from tests.support.traffic import MemoryLog, MemoryStats, a_days_requests, started


class Stand:
    """A presenter on a fake engine, and what it told."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.engine = FakeEngine()
        self.log = MemoryLog(a_days_requests(60))
        self.engine.requests = self.log
        self.engine.stats = self.stats = MemoryStats(self.log)
        self.bridge = bridge_to(self.engine)
        self.presenter = DashboardPresenter(self.bridge, self.parent)
        self.views: list[str] = []
        self.presenter.view.connect(lambda view, _: self.views.append(view))

    @property
    def overviews(self) -> list[str]:
        """The periods that were read."""
        return [one.split()[1] for one in self.stats.asked if one.startswith("overview")]

    def finish(self, record: RequestRecord) -> None:
        self.log.records.append(record)
        self.engine.events.publish(RequestFinished(record))
        self.bridge._flush()

    def start(self, record: RequestRecord) -> None:
        self.engine.events.publish(started(record))
        self.bridge._flush()


@pytest.fixture
async def unshown(qtbot: QtBot) -> AsyncIterator[Stand]:
    stand = Stand()
    yield stand
    if stand.presenter._turn.isActive():
        stand.presenter.stop()
    await settled()


@pytest.fixture
async def stand(unshown: Stand) -> Stand:
    unshown.presenter.start()
    await settled()
    return unshown


def now(**values: Any) -> RequestRecord:
    return a_request(at=NOW + timedelta(seconds=1), **values)


async def test_everything_is_read_once(stand: Stand) -> None:
    reading = stand.presenter.reading
    assert reading is not None
    assert reading.overview.total_requests == 60
    assert len(reading.steps) == 25
    assert stand.presenter.requests.rowCount() == LIVE_ROWS
    assert stand.views == ["loading", "content"]
    assert stand.overviews == ["24h"]


async def test_another_period_is_read_in_days(stand: Stand) -> None:
    stand.presenter.set_period("30d")
    await settled()
    assert stand.overviews == ["24h", "30d"]
    assert any(one.startswith("timeseries 30d 1d") for one in stand.stats.asked)


async def test_of_two_periods_the_newer_choice_is_shown(stand: Stand) -> None:
    stand.presenter.set_period("7d")
    stand.presenter.set_period("30d")
    await settled()
    assert stand.presenter.reading is not None
    assert stand.presenter.reading.period == "30d"


async def test_requests_show_at_once_and_figures_once_soon(stand: Stand) -> None:
    record = now(model="m")
    stand.start(record)
    assert stand.presenter.requests.row(0) == started(record)
    assert stand.presenter.in_flight == 1
    stand.finish(record)
    for _ in range(20):
        stand.finish(now())
    assert stand.presenter.requests.rowCount() == LIVE_ROWS
    await settled()
    assert stand.overviews == ["24h"]
    stand.presenter._soon.timeout.emit()
    await settled()
    assert stand.overviews == ["24h", "24h"]
    assert stand.presenter.reading is not None
    assert stand.presenter.reading.overview.total_requests == 81


async def test_what_came_while_it_waited_is_read_once_more(stand: Stand) -> None:
    stand.finish(now())
    assert not stand.presenter._again
    stand.finish(now())
    stand.presenter._soon.stop()
    stand.presenter._soon.timeout.emit()
    assert stand.presenter._soon.isActive()
    stand.presenter._soon.stop()
    stand.presenter._soon.timeout.emit()
    assert not stand.presenter._soon.isActive()


async def test_hidden_it_hears_and_asks_nothing(stand: Stand) -> None:
    stand.presenter.stop()
    asked = len(stand.stats.asked)
    stand.finish(now())
    await stand.engine.keys.create("llm", "laptop")
    stand.engine.enter("paused")
    await settled()
    assert len(stand.stats.asked) == asked
    presenter = stand.presenter
    assert not any(t.isActive() for t in (presenter._soon, presenter._turn, presenter._tick))


async def test_the_clocks_of_live_requests_go_on_only_while_there_are_any(stand: Stand) -> None:
    record = now()
    stand.start(record)
    assert stand.presenter._tick.isActive()
    stand.finish(record)
    assert not stand.presenter._tick.isActive()


async def test_first_steps_are_ticked_off_and_give_way_to_the_first_request(unshown: Stand) -> None:
    unshown.log.records.clear()
    unshown.presenter.start()
    await settled()
    assert unshown.views[-1] == "first_steps"
    upstream = await unshown.engine.upstreams.create(
        name="Z.ai", base_url="http://127.0.0.1:9/v1", format="openai"
    )
    await unshown.engine.models.create(name="glm-4.6", upstream_id=upstream.id)
    key = (await unshown.engine.keys.create("llm", "laptop")).record
    await settled()
    assert unshown.presenter.reading is not None
    setup = unshown.presenter.reading.setup
    assert (setup.upstreams, setup.models, setup.keys) == (1, ("glm-4.6",), 1)
    await unshown.engine.keys.revoke(key.id)
    await settled()
    assert unshown.presenter.reading.setup.keys == 0
    unshown.start(now())
    assert unshown.views[-1] == "content"


async def test_before_the_engine_runs_it_waits(unshown: Stand) -> None:
    unshown.engine.state = "starting"
    unshown.presenter.start()
    await settled()
    assert unshown.views == ["loading"]
    unshown.engine.enter("running")
    await settled()
    assert unshown.views[-1] == "content"


async def test_an_engine_that_failed_says_why(unshown: Stand) -> None:
    told: list[tuple[str, str]] = []
    unshown.presenter.view.connect(lambda *args: told.append(args))
    unshown.engine.state = "starting"
    unshown.presenter.start()
    unshown.engine.enter("failed", "The port is taken.")
    assert told[-1] == ("stopped", "The port is taken.")


async def test_a_failed_reading_keeps_what_is_known_of_this_period_only(stand: Stand) -> None:
    stand.log.failure = DatabaseUnavailable("The database does not answer.")
    stand.presenter.refresh()
    await settled()
    assert stand.views[-1] == "content"
    stand.presenter.set_period("7d")
    await settled()
    assert stand.views[-1] == "error"
    stand.log.failure = None
    stand.engine.events.publish(DatabaseStateChanged(available=True))
    await settled()
    assert stand.views[-1] == "content"


async def test_health_is_shown_at_once(stand: Stand) -> None:
    told: list[int] = []
    stand.presenter.read.connect(lambda: told.append(1))
    upstream = an_upstream()
    stand.engine.events.publish(
        UpstreamHealthChanged(
            upstream_id=upstream.id, upstream_name="main", state="open", reason="x"
        )
    )
    assert told == [1]


async def test_the_real_use_cases_answer_what_it_asks(
    unshown: Stand, control: ControlPlane
) -> None:
    upstream = await control.an_upstream("Z.ai")
    record = a_request(
        at=DATABASE_NOW, model="glm-4.6", upstream_id=upstream.id, upstream_name="Z.ai", output_tokens=9, cost=None,
        ttft_ms=800.0, latency_ms=2000.0,
    )  # fmt: skip
    await control.request_store.insert_batch([record])
    unshown.engine.requests, unshown.engine.stats = control.requests, control.stats
    unshown.presenter.start()
    async with asyncio.timeout(20):
        while unshown.presenter.reading is None:
            await asyncio.sleep(0.01)
    reading = unshown.presenter.reading
    assert (reading.overview.total_requests, reading.overview.unpriced_requests) == (1, 1)
    assert sum(step.requests for step in reading.steps) == 1
    assert [one.model for one in reading.models] == ["glm-4.6"]
    assert [one.upstream_name for one in reading.usage] == ["Z.ai"]
    assert reading.newest == (record,)
