"""The cards show what was read; charts are drawn when they are seen."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.pages.dashboard.board import Board
from pxbin_app.pages.dashboard.figures import Reading
from pxbin_app.request_rows import MODEL, RequestTableModel
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.cells import CellRole
from pxbin_engine.records import UpstreamHealthRecord
from tests.support.database import an_upstream
from tests.support.fake_engine import NOW
from tests.support.traffic import MemoryLog, MemoryStats, a_days_requests

RECORDS = a_days_requests(300)


async def a_reading(**values: object) -> Reading:
    stats = MemoryStats(MemoryLog(RECORDS), now=NOW)
    return Reading(
        overview=await stats.overview("24h"),
        latency=await stats.latency("24h"),
        steps=await stats.timeseries("24h", "1h"),
        models=await stats.by_model_over_time("24h", "1h"),
        usage=await stats.by_upstream("24h"),
        newest=tuple(RECORDS[-10:]),
        **values,  # type: ignore[arg-type]
    )


@pytest.fixture
def board(qtbot: QtBot) -> Board:
    board = Board(RequestTableModel(10, clock=lambda: NOW))
    qtbot.addWidget(board)
    board.resize(1044, 730)
    board.show()
    return board


async def test_figures_and_charts_are_filled(board: Board) -> None:
    board.show_reading(await a_reading(), {})
    assert board.figures["requests"].accessibleName().startswith("Requests: 300")
    assert "no known price" in board.figures["spend"].toolTip()
    assert board.spend.series[0].name == "claude-sonnet-4-5"
    assert {one.name for one in board.courses.requests.series} == {"went well", "errors"}


async def test_a_model_has_one_colour_in_chart_and_table(board: Board) -> None:
    board._requests.reset(RECORDS[-10:])
    board.show_reading(await a_reading(), {})
    places = {one.name: place for place, one in enumerate(board.spend.series)}
    for row in range(10):
        index = board._requests.index(row, MODEL)
        assert index.data(CellRole.SERIES) == places.get(index.data(), 4)


async def test_each_course_can_be_seen(board: Board) -> None:
    board.show_reading(await a_reading(), {})
    assert board.courses.requests.isVisible()
    board.courses.choice._buttons["latency"].click()
    assert board.courses.latency.isVisible()
    assert not board.courses.requests.isVisible()
    assert "whole answer" in {one.name for one in board.courses.latency.series}


async def test_upstreams_are_six_lines_and_the_rest_is_counted(board: Board) -> None:
    upstreams = tuple(an_upstream(name=f"upstream {number}") for number in range(8))
    sick = upstreams[0]
    health = UpstreamHealthRecord(
        upstream_id=sick.id,
        upstream_name=sick.name,
        level="down",
        circuit="open",
        last_failure="5 failures.",
    )
    board.show_reading(await a_reading(upstreams=upstreams), {sick.id: health})
    shown = [line._name for line in board.upstreams._lines if line._name.isVisible()]
    assert [name.full_text for name in shown] == [f"upstream {number}" for number in range(6)]
    assert "5 failures." in shown[0].accessibleName()
    assert board.upstreams._more.text().startswith("2 more · pxbin adds ")
    board.show_reading(await a_reading(upstreams=upstreams[:1]), {})
    assert sum(line._dot.isVisible() for line in board.upstreams._lines) == 1


def test_a_click_on_a_request_opens_that_one(board: Board, qtbot: QtBot) -> None:
    board._requests.reset(RECORDS[-3:])
    opened: list[object] = []
    board.request_opened.connect(opened.append)
    table = board.live.table
    point = table.visualRect(board._requests.index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert opened == [RECORDS[-2].id]
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened == [RECORDS[-2].id, RECORDS[-3].id]


def test_all_requests_can_be_asked_for(board: Board) -> None:
    opened: list[object] = []
    board.request_opened.connect(opened.append)
    board.live.findChild(Button).click()
    assert opened == [None]


def test_the_flow_is_said(board: Board) -> None:
    board.live.show_flow(2)
    assert board.live._flow.text() == "2 in flight"
