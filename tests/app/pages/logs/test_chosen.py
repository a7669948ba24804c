"""The chosen request is found by its line or its id, and known better once it has ended."""

from uuid import UUID

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.chosen import ChosenRequest
from pxbin_app.request_rows import RequestTableModel
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.traffic import MemoryLog, a_days_requests, started


class Stand:
    """Ten requests in the log, the newest five of them among the rows."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.engine = FakeEngine()
        self.log = MemoryLog(a_days_requests(10))
        self.engine.requests = self.log
        self.rows = RequestTableModel(100, self.parent)
        self.rows.reset(self.log.records[5:])
        self.chosen = ChosenRequest(bridge_to(self.engine), self.rows, self.parent)
        self.said: list[str] = []
        self.changes: list[object] = []
        self.chosen.said.connect(lambda text, _tone: self.said.append(text))
        self.chosen.changed.connect(lambda: self.changes.append(self.chosen.row))


@pytest.fixture
async def stand(qtbot: QtBot) -> Stand:
    return Stand()


async def test_a_line_is_chosen_and_none(stand: Stand) -> None:
    stand.chosen.choose(1)
    assert stand.chosen.row == stand.log.records[-2]
    stand.chosen.choose(-1)
    assert stand.changes == [stand.log.records[-2], None]


async def test_one_among_the_rows_is_found_at_once(stand: Stand) -> None:
    stand.chosen.look_for(stand.log.records[-3].id)
    stand.chosen.seek(in_log=False)
    assert stand.chosen.row == stand.log.records[-3]
    stand.chosen.choose(0)
    stand.chosen.seek()
    assert stand.chosen.row == stand.log.records[-1], "it is looked for no longer"


async def test_one_that_may_still_come_is_waited_for(stand: Stand) -> None:
    late = stand.log.records[2]
    stand.chosen.look_for(late.id)
    stand.chosen.seek(in_log=False)
    assert stand.chosen.row is None
    stand.rows.merge([late])
    stand.chosen.seek()
    assert stand.chosen.row == late


async def test_one_that_is_in_the_log_alone_is_asked_for(stand: Stand) -> None:
    oldest = stand.log.records[0]
    stand.chosen.look_for(oldest.id)
    stand.chosen.seek()
    await settled()
    assert stand.chosen.row == oldest
    stand.chosen.look_for(UUID(int=404))
    stand.chosen.seek()
    await settled()
    assert stand.chosen.row == oldest
    assert "no request" in stand.said[-1]


async def test_one_far_down_is_asked_for_because_its_row_is_not_whole(stand: Stand) -> None:
    stand.rows = RequestTableModel(100, stand.parent, whole_rows=2)
    stand.rows.reset(stand.log.records)
    stand.chosen._rows = stand.rows
    for number in (5, 7):
        stand.chosen.choose(number)
    await settled()
    assert stand.changes == [stand.log.records[2]], "the last that was chosen, and whole"
    stand.chosen.look_for(stand.log.records[0].id)
    stand.chosen.seek(in_log=False)
    await settled()
    assert stand.chosen.row == stand.log.records[0]


@pytest.mark.parametrize("leave", ["another", "hidden"])
async def test_an_answer_that_comes_too_late_changes_nothing(stand: Stand, leave: str) -> None:
    stand.chosen.look_for(stand.log.records[0].id)
    stand.chosen.seek()
    if leave == "another":
        stand.chosen.choose(0)
    else:
        stand.chosen.stop()
    before = stand.chosen.row
    await settled()
    assert stand.chosen.row is before


async def test_one_in_flight_is_known_better_later(stand: Stand) -> None:
    record = stand.log.records[4]
    stand.rows.reset([started(record)])
    stand.chosen.choose(0)
    stand.chosen.know_better()
    assert stand.changes == [started(record)]
    stand.rows.update([record])
    stand.chosen.know_better()
    stand.chosen.know_better()
    assert stand.changes == [started(record), record]
