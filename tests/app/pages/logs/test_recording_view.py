"""What a request said and heard, by tab, side and attempt; where it is not kept, why."""

import json
from uuid import UUID

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.messages import MessageTab
from pxbin_app.pages.logs.recorded import RecordedRequest
from pxbin_app.pages.logs.recording_view import RecordingView
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import AttemptRecord
from tests.support.database import a_request
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.recordings import a_recording
from tests.support.traffic import MemoryLog

RECORD = a_request(llm_key_id=UUID(int=7))
TRY = AttemptRecord(upstream_id=None, upstream_name="Z.ai", upstream_model="glm", status=429)
RECORDED = replace(a_request(attempts=(TRY, TRY)), recording="kept")


class Stand:
    """The view, and a log of two requests, one of them recorded."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.engine = FakeEngine()
        self.log = MemoryLog([RECORD, RECORDED])
        self.log.record(a_recording(RECORDED))
        self.engine.requests = self.log
        self.recorded = RecordedRequest(bridge_to(self.engine), self.parent)
        self.view = RecordingView(self.recorded)
        self.show = self.recorded.show


@pytest.fixture
async def stand(qtbot: QtBot) -> Stand:
    stand = Stand()
    qtbot.addWidget(stand.view)
    stand.view.resize(370, 500)
    stand.view.show()
    return stand


def choose(stand: Stand, tab: MessageTab) -> None:
    stand.view.show_tab(tab)


async def test_what_was_sent_is_shown_side_by_side_and_by_attempt(stand: Stand) -> None:
    view = stand.view
    stand.show(RECORDED)
    choose(stand, "request")
    await settled()
    assert json.loads(view.text.code.text)["model"] == "claude-sonnet-4-5"
    assert view.about.full_text.startswith("application/json · ")
    assert not view.attempts.isVisible()
    view.sides._buttons["upstream"].click()
    assert json.loads(view.text.code.text)["model"] == "glm-4.6"
    assert view.attempts.isVisible()
    assert view.attempts.value == "2"
    choose(stand, "response")
    assert view.text.code.text.startswith("data: {")
    view.attempts.setCurrentIndex(0)
    view.attempts.activated.emit(0)
    assert "High concurrency" in view.text.code.text
    assert view.about.full_text.startswith("429 · application/json")
    choose(stand, "headers")
    assert view.attempts.value == "1", "for the next tab, too"
    assert "authorization: Bearer ********" in view.text.code.text
    assert view.sides._buttons["upstream"].text() == "With the upstream"
    assert len(stand.log.recordings.asked) == 1


async def test_copying_as_a_command_leaves_the_text_where_it_is(stand: Stand) -> None:
    stand.show(RECORDED)
    choose(stand, "request")
    await settled()
    told: list[str] = []
    stand.recorded.view.connect(lambda view, _: told.append(view))
    stand.recorded.ask_for_command()
    await settled()
    assert told == []


async def test_a_body_is_copied_as_it_was_not_as_it_is_laid_out(stand: Stand) -> None:
    stand.show(RECORDED)
    choose(stand, "request")
    await settled()
    stand.view.copy.click()
    sent = stand.log.recordings.held[RECORDED.id].find("client_request")
    assert sent is not None
    assert QGuiApplication.clipboard().text() == sent.text


async def test_events_are_a_list_and_the_chosen_one_in_full(stand: Stand) -> None:
    stand.show(RECORDED)
    choose(stand, "events")
    await settled()
    events = stand.view.events
    index = events.model.index
    assert events.isVisible()
    assert [index(3, column).data() for column in range(2)] == ["0.955 s", "content_block_delta"]
    assert index(3, 2).data().startswith('{"type": "content_block_delta"')
    events.table.select_row(3)
    assert json.loads(events.chosen.code.text)["delta"]["text"] == "The "
    assert stand.view.open_search()
    assert events.chosen.bar.isVisible()


async def test_where_nothing_is_kept_it_can_be_turned_on(stand: Stand) -> None:
    stand.show(RECORD)
    choose(stand, "response")
    empty = stand.view.state.empty
    assert empty.isVisible()
    assert empty.text.startswith("Bodies are not kept.")
    assert (empty.button.text(), empty.other.text()) == ("Keep those that fail", "Keep all")
    assert not stand.view.open_search()
    empty.other.click()
    assert stand.engine.recording_mode == "all"
    assert not empty.button.isVisible()
    assert not empty.other.isVisible()


async def test_a_recording_that_cannot_be_read_is_tried_again(stand: Stand) -> None:
    stand.log.recordings.failure = DatabaseUnavailable("The database does not answer.")
    stand.show(RECORDED)
    choose(stand, "request")
    await settled()
    view = stand.view
    assert view.state.error.text == "The database does not answer."
    stand.log.recordings.failure = None
    view.state.error.button.click()
    await settled()
    assert view.state.state == "content"


async def test_a_message_that_never_was_is_a_sentence(stand: Stand) -> None:
    held = stand.log.recordings.held
    only = held[RECORDED.id].messages[:1]
    held[RECORDED.id] = replace(held[RECORDED.id], messages=only)
    stand.show(RECORDED)
    choose(stand, "response")
    await settled()
    assert stand.view.message_state.empty.text == "The client got no answer."
    assert not stand.view.open_search()
    choose(stand, "request")
    assert stand.view.open_search()
