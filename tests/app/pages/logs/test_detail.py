"""The detail pane shows a record, a request in flight, what both said and heard, and copies."""

import json
from uuid import uuid4

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.command import NO_BODY_KEPT
from pxbin_app.pages.logs.detail import DetailPane
from pxbin_app.pages.logs.recorded import RecordedRequest
from pxbin_app.request_rows import Row
from pxbin_engine.records import AttemptRecord, LossRecord
from tests.support.database import a_request
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.recordings import a_recording
from tests.support.traffic import MemoryLog, started

RECORD = a_request(
    llm_key_id=uuid4(),
    model="glm-4.6",
    input_format="anthropic",
    output_format="openai",
    status_code=529,
    outcome="upstream_error",
    error_message="Overloaded.",
    losses=(LossRecord("tools[0].cache_control", "has no place"),),
    attempts=(
        AttemptRecord(upstream_id=uuid4(), upstream_name="Z.ai", upstream_model="glm", status=529, error="Overloaded.",
                      reason="First target."),
    ),
)  # fmt: skip
RECORDED = replace(
    a_request(
        model="glm-4.6",
        input_format="anthropic",
        path="/v1/messages",
        attempts=(
            AttemptRecord(upstream_id=None, upstream_name="Z.ai", upstream_model="glm", status=429),
            AttemptRecord(upstream_id=None, upstream_name="Z.ai", upstream_model="glm", status=200),
        ),
    ),
    recording="kept",
)


class Stand:
    """The pane, and what is recorded of its requests."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.engine = FakeEngine()
        self.log = MemoryLog([RECORD, RECORDED])
        self.log.record(a_recording(RECORDED))
        self.engine.requests = self.log
        self.recorded = RecordedRequest(bridge_to(self.engine), self.parent)
        self.pane = DetailPane(self.recorded)

    def show(self, row: Row) -> None:
        """As the page does when a request is chosen."""
        self.recorded.show(row)
        self.pane.show_request(row)


@pytest.fixture
async def stand(qtbot: QtBot) -> Stand:
    stand = Stand()
    qtbot.addWidget(stand.pane)
    stand.pane.resize(394, 640)
    stand.pane.show()
    return stand


@pytest.fixture
def pane(stand: Stand) -> DetailPane:
    return stand.pane


def texts(pane: DetailPane) -> list[str]:
    """All that can be read now."""
    return [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]


def choose(pane: DetailPane, tab: str) -> None:
    pane.tabs._buttons[tab].click()


def test_a_record_is_told_in_full(pane: DetailPane) -> None:
    pane.show_request(RECORD)
    assert {"glm-4.6", "529", "Overloaded.", "Anthropic Messages → Chat Completions"} <= set(
        texts(pane)
    )


def test_an_error_can_be_selected_and_is_gone_with_the_next_request(pane: DetailPane) -> None:
    pane.show_request(RECORD)
    assert pane._error.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    assert pane._error.isVisible()
    pane.show_request(a_request())
    assert not pane._error.isVisible()


def test_attempts_that_failed_and_losses_stand_above_all_else(pane: DetailPane) -> None:
    pane.show_request(RECORD)
    assert {"Attempts", "1. Z.ai · glm", "tools[0].cache_control", "has no place"} <= set(
        texts(pane)
    )
    pane.show_request(a_request(output_format="openai"))
    assert not {"Attempts", "Lost in translation"} & set(texts(pane))
    assert "Nothing was lost in translation." in texts(pane)


def test_raw_is_laid_out_only_where_it_is_looked_at(pane: DetailPane) -> None:
    pane.show_request(RECORD)
    assert pane.raw.code.text == ""
    choose(pane, "raw")
    assert json.loads(pane.raw.code.text)["model"] == "glm-4.6"
    pane.show_request(a_request(model="next"))
    assert json.loads(pane.raw.code.text)["model"] == "next"
    assert pane.open_search()
    assert pane.raw.bar.isVisible()


def test_a_request_in_flight_shows_what_is_known(pane: DetailPane) -> None:
    pane.show_request(RECORD)
    pane.show_request(started(a_request(model="m", upstream_name="Z.ai")))
    assert {"m", "live", "Z.ai"} <= set(texts(pane))
    assert not pane._times.isVisible()
    assert "Attempts" not in texts(pane)
    assert not pane.curl.isEnabled()
    assert not pane.replay.isEnabled()


def test_the_id_and_the_command_are_copied(stand: Stand, qtbot: QtBot) -> None:
    said: list[str] = []
    stand.pane.copied.connect(said.append)
    stand.show(RECORD)
    stand.pane.copy_id.click()
    assert QGuiApplication.clipboard().text() == str(RECORD.id)
    stand.pane.curl.click()
    assert "http://127.0.0.1:8080/v1/messages" in QGuiApplication.clipboard().text()
    assert said == ["Request id copied", f"Copied as cURL. {NO_BODY_KEPT}"]


def test_only_a_recorded_request_can_be_sent_again(stand: Stand, qtbot: QtBot) -> None:
    stand.show(RECORD)
    assert not stand.pane.replay.isEnabled()
    assert "its body was not kept" in stand.pane.replay.toolTip()
    stand.show(RECORDED)
    with qtbot.waitSignal(stand.pane.replay_wanted, timeout=1000):
        stand.pane.replay.click()


async def test_the_tab_stays_as_one_walks_through_the_rows(stand: Stand) -> None:
    stand.show(RECORDED)
    choose(stand.pane, "events")
    await settled()
    assert stand.pane.recording.events.isVisible()
    assert stand.pane.open_search()
    stand.show(RECORD)
    assert stand.pane.recording.state.empty.isVisible()
    assert not stand.pane.open_search()
    choose(stand.pane, "overview")
    stand.show(RECORDED)
    await settled()
    assert len(stand.log.recordings.asked) == 2, "for the text and for its events, and not again"
    assert not stand.pane.open_search()


def test_the_pane_asks_to_be_closed(pane: DetailPane, qtbot: QtBot) -> None:
    pane.show_request(RECORD)
    with qtbot.waitSignal(pane.closed, timeout=1000):
        pane.close_button.click()
