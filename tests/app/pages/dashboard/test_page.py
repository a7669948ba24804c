"""The Dashboard as a page: its states, its paths to other pages, and how soon it is painted."""

import subprocess
import sys
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages import PageContext
from pxbin_app.pages.dashboard.page import DashboardPage
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import UpstreamHealthRecord
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.traffic import MemoryLog, MemoryStats, a_days_requests


class Stand:
    """The page, and where it led."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.log = MemoryLog(a_days_requests(60))
        self.engine.requests = self.log
        self.engine.stats = MemoryStats(self.log)
        self.led: list[str] = []
        self.opened: list[UUID] = []
        self.page = DashboardPage(
            PageContext(
                bridge=bridge_to(self.engine),
                notify=lambda _text, _tone: None,
                show_page=self.led.append,
                show_request=self.opened.append,
            )
        )


@pytest.fixture
async def unshown(qtbot: QtBot) -> AsyncIterator[Stand]:
    stand = Stand()
    qtbot.addWidget(stand.page)
    stand.page.resize(1084, 800)
    stand.page.show()
    yield stand
    stand.page.hidden()
    await settled()


async def test_the_board_is_shown(unshown: Stand) -> None:
    unshown.page.shown()
    await settled()
    assert unshown.page.board.isVisible()
    assert unshown.page.board.figures["requests"].accessibleName().startswith("Requests: 60")
    assert unshown.page.board.live._flow.text() == "0 in flight"


async def test_a_period_is_chosen(unshown: Stand) -> None:
    unshown.page.shown()
    unshown.page.periods._buttons["7d"].click()
    await settled()
    assert unshown.page._presenter.reading is not None
    assert unshown.page._presenter.reading.period == "7d"


async def test_first_steps_lead_to_their_pages(unshown: Stand) -> None:
    unshown.log.records.clear()
    unshown.page.shown()
    await settled()
    assert unshown.page.first_steps.isVisible()
    assert not unshown.page.periods.isVisible()
    unshown.page.first_steps.steps["upstreams"].primary.click()
    assert unshown.led == ["upstreams"]


async def test_requests_lead_to_the_log(unshown: Stand) -> None:
    unshown.page.shown()
    await settled()
    unshown.page.board.request_opened.emit(UUID(int=7))
    assert (unshown.led, unshown.opened) == ([], [UUID(int=7)])
    unshown.page.board.request_opened.emit(None)
    assert unshown.led == ["logs"]


async def test_how_the_upstreams_are_is_shown(unshown: Stand) -> None:
    sick = await unshown.engine.upstreams.create(name="Z.ai", base_url="http://z", format="openai")
    unshown.engine.health = (
        UpstreamHealthRecord(
            upstream_id=sick.id, upstream_name="Z.ai", level="degraded", error_rate=0.4
        ),
    )
    unshown.page.shown()
    await settled()
    name = unshown.page.board.upstreams._lines[0]._name
    assert "40% of its requests fail" in name.accessibleName()


async def test_an_error_offers_to_try_again(unshown: Stand) -> None:
    unshown.log.failure = DatabaseUnavailable("The database does not answer.")
    unshown.page.shown()
    await settled()
    assert unshown.page.state.error.text == "The database does not answer."
    unshown.log.failure = None
    unshown.page.state.error.button.click()
    await settled()
    assert unshown.page.board.isVisible()


async def test_a_failed_engine_is_said_without_a_second_button(unshown: Stand) -> None:
    unshown.engine.state = "starting"
    unshown.page.shown()
    unshown.engine.enter("failed", "The port is taken.")
    assert unshown.page.state.error.text == "The port is taken."
    assert not unshown.page.state.error.button.isVisible()


async def test_where_banners_take_the_room_the_board_is_scrolled(unshown: Stand) -> None:
    unshown.page.resize(764, 400)
    unshown.page.shown()
    await settled()
    board = unshown.page.board
    assert board.height() >= board.minimumSizeHint().height() > 400
    assert (
        board.live.mapTo(board, board.live.rect().topLeft()).y() > board.spend.geometry().bottom()
    )
    assert board.visibleRegion().boundingRect().height() < 400


def test_building_it_loads_no_chart_library() -> None:
    script = "import sys, pxbin_app.pages.dashboard.page; sys.exit('pyqtgraph' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
