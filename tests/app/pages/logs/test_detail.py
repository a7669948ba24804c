"""The detail pane shows a record, a request in flight, and copies."""

import json
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.detail import DetailPane
from pxbin_engine.records import AttemptRecord, LossRecord
from tests.support.database import a_request
from tests.support.traffic import started


@pytest.fixture
def pane(qtbot: QtBot) -> DetailPane:
    pane = DetailPane(lambda: "http://127.0.0.1:8080")
    qtbot.addWidget(pane)
    pane.resize(394, 640)
    pane.show()
    return pane


def texts(pane: DetailPane) -> list[str]:
    """All that can be read now."""
    return [label.text() for label in pane.findChildren(QLabel) if label.isVisible()]


def choose(pane: DetailPane, tab: str) -> None:
    pane.tabs._buttons[tab].click()


RECORD = a_request(
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


def test_attempts_and_losses_have_their_tabs_and_counts(pane: DetailPane) -> None:
    pane.show_request(RECORD)
    assert pane.tabs._buttons["attempts"].text() == "Attempts 1"
    choose(pane, "attempts")
    assert "1. Z.ai · glm" in texts(pane)
    choose(pane, "losses")
    assert {"tools[0].cache_control", "has no place"} <= set(texts(pane))
    pane.show_request(a_request(output_format="openai"))
    assert "Nothing was lost in translation." in texts(pane)
    assert pane.tabs._buttons["losses"].text() == "Losses"


def test_raw_is_laid_out_only_where_it_is_looked_at(pane: DetailPane) -> None:
    pane.show_request(RECORD)
    assert pane.raw.text == ""
    choose(pane, "raw")
    assert json.loads(pane.raw.text)["model"] == "glm-4.6"
    pane.show_request(a_request(model="next"))
    assert json.loads(pane.raw.text)["model"] == "next"


def test_a_request_in_flight_shows_what_is_known(pane: DetailPane) -> None:
    pane.show_request(RECORD)
    pane.show_request(started(a_request(model="m", upstream_name="Z.ai")))
    assert {"m", "live", "Z.ai"} <= set(texts(pane))
    assert not pane._times.isVisible()
    assert pane.tabs._buttons["attempts"].text() == "Attempts"
    choose(pane, "attempts")
    assert "The attempts are known when it has ended." in texts(pane)


def test_the_id_and_the_command_are_copied(pane: DetailPane, qtbot: QtBot) -> None:
    said: list[str] = []
    pane.copied.connect(said.append)
    pane.show_request(RECORD)
    pane.copy_id.click()
    assert QGuiApplication.clipboard().text() == str(RECORD.id)
    pane.copy_curl()
    assert "http://127.0.0.1:8080/v1/messages" in QGuiApplication.clipboard().text()
    assert "Bodies are not stored" in said[-1]


def test_the_pane_asks_to_be_closed(pane: DetailPane, qtbot: QtBot) -> None:
    pane.show_request(RECORD)
    with qtbot.waitSignal(pane.closed, timeout=1000):
        pane.close_button.click()
