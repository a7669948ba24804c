"""What was spent is read in view, and again while requests come in."""

from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.look_back import local_zone
from pxbin_app.pages.costs.spend_presenter import SpendPresenter
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import DatabaseStateChanged, RequestFinished
from tests.support.database import a_request
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.traffic import MemoryLog, MemoryStats, a_days_requests


class Stand:
    """The presenter on a fake engine, and what it told."""

    def __init__(self, *, state: str = "running") -> None:
        self.engine = FakeEngine(state=state)
        self.log = MemoryLog(a_days_requests(40))
        self.stats = self.engine.stats = MemoryStats(self.log)
        self.bridge = bridge_to(self.engine)
        self.parent = QObject()
        self.presenter = SpendPresenter(self.bridge, self.parent)
        self.views: list[tuple[str, str]] = []
        self.presenter.view.connect(lambda *view: self.views.append(view))


@pytest.fixture
async def stand(qtbot: QtBot) -> AsyncIterator[Stand]:
    stand = Stand()
    yield stand
    if stand.presenter._turn.isActive():
        stand.presenter.stop()
    await settled()


async def test_a_week_is_read_by_days(stand: Stand) -> None:
    stand.presenter.start()
    await settled()
    spend = stand.presenter.spend
    assert spend is not None
    assert spend.overview.total_requests == 40
    assert sum(one.total_requests for one in spend.by_model) == 40
    for usage in (spend.by_key, spend.by_client, spend.by_upstream):
        assert sum(one.total_requests for one in usage) == 40
    whole = spend.overview.total_cost
    for steps in (spend.models_over_time, spend.keys_over_time, spend.clients_over_time):
        assert sum(one.cost for one in steps) == whole
    assert spend.forecast is not None
    assert [view for view, _ in stand.views] == ["loading", "content"]
    for part in ("model", "key", "client"):
        asked = [one for one in stand.stats.asked if one.startswith(f"by_{part}_over_time 7d 1d ")]
        assert len(asked) == 1
    assert f"forecast {local_zone()}" in stand.stats.asked


async def test_of_two_periods_the_later_is_shown(stand: Stand) -> None:
    stand.presenter.start()
    stand.presenter.set_period("24h")
    await settled()
    assert stand.presenter.spend is not None
    assert (stand.presenter.spend.period, stand.presenter.spend.interval) == ("24h", "1h")
    assert [view for view, _ in stand.views] == ["loading", "content"]


async def test_without_any_request_it_says_so(stand: Stand) -> None:
    stand.log.records.clear()
    stand.presenter.start()
    await settled()
    assert stand.views[-1] == ("empty", "No request in the last 7 days.")


async def test_what_fails_takes_no_figures_away(stand: Stand) -> None:
    stand.presenter.start()
    await settled()
    stand.log.failure = DatabaseUnavailable("The database does not answer.")
    stand.presenter.refresh()
    await settled()
    assert stand.views[-1][0] == "content"
    stand.presenter.set_period("30d")
    await settled()
    assert stand.views[-1] == ("error", "The database does not answer.")
    stand.log.failure = None
    stand.engine.events.publish(DatabaseStateChanged(available=True))
    await settled()
    assert stand.views[-1][0] == "content"


async def test_requests_bring_new_figures_soon(stand: Stand) -> None:
    stand.presenter.start()
    await settled()
    stand.engine.events.publish(RequestFinished(a_request()))
    stand.bridge._flush()
    assert stand.presenter._soon.isActive()


async def test_hidden_it_hears_and_asks_nothing(stand: Stand) -> None:
    stand.presenter.start()
    stand.presenter.stop()
    await settled()
    assert stand.presenter.spend is None, "what was still read is not shown"
    asked = len(stand.stats.asked)
    stand.engine.events.publish(RequestFinished(a_request()))
    stand.bridge._flush()
    stand.engine.enter("paused")
    await settled()
    assert len(stand.stats.asked) == asked
    assert not stand.presenter._soon.isActive()


async def test_an_engine_that_failed_says_why(qtbot: QtBot) -> None:
    stand = Stand(state="starting")
    stand.presenter.start()
    stand.engine.enter("failed", "The port is taken.")
    stand.presenter.stop()
    assert stand.views == [("loading", ""), ("stopped", "The port is taken.")]
