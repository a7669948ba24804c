"""The replay's dialog by mouse and keyboard."""

import asyncio
from uuid import UUID

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.replay_dialog import ReplayDialog
from pxbin_app.pages.logs.replay_presenter import ReplayPresenter
from pxbin_engine.errors import InvalidInput
from tests.support.database import a_request
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.recordings import AGAIN, ORIGINAL, REPLAYED, ScriptedReplays

MODELS = [("claude-sonnet-4-5", "claude-sonnet-4-5"), ("glm-4.6", "glm-4.6")]
KEYS = [(str(UUID(int=7)), "laptop")]


class Stand:
    """The dialog over a window, and which row it led to."""

    def __init__(self, models: list[tuple[str, str]]) -> None:
        self.window = QWidget()
        self.engine = FakeEngine()
        self.replays = self.engine.replays = ScriptedReplays()
        self.opened: list[UUID] = []
        record = a_request(model="claude-sonnet-4-5")
        self.presenter = ReplayPresenter(bridge_to(self.engine), record, self.window)
        self.dialog = ReplayDialog(self.window, self.presenter, models, KEYS, self.opened.append)

    async def compare(self) -> None:
        """Send it, and wait for the comparison."""
        self.presenter.comparison = None
        self.dialog.send.click()
        async with asyncio.timeout(10):
            while self.presenter.comparison is None:
                await asyncio.sleep(0.005)

    def texts(self) -> list[str]:
        return [label.text() for label in self.dialog.findChildren(QLabel) if label.isVisible()]


@pytest.fixture
async def stand(qtbot: QtBot) -> Stand:
    stand = Stand(MODELS)
    qtbot.addWidget(stand.window)
    stand.window.show()
    stand.dialog.open()
    return stand


async def test_another_model_is_offered_first_and_its_own_key(stand: Stand) -> None:
    assert stand.dialog.model.value == "glm-4.6"
    assert stand.dialog.key.value == ""
    assert not stand.dialog.cancel.isVisible()
    assert not stand.dialog.original.isVisible()


async def test_without_a_model_nothing_can_be_sent(qtbot: QtBot) -> None:
    stand = Stand([])
    qtbot.addWidget(stand.window)
    assert not stand.dialog.send.isEnabled()


async def test_both_answers_stand_side_by_side(stand: Stand) -> None:
    await stand.compare()
    assert {"Anthropic", "Z.ai", "$0.0287", "$0.0050", "end turn", "tool use"} <= set(stand.texts())
    dialog = stand.dialog
    assert dialog.original.text.toPlainText() == ORIGINAL.text
    tinted = [one.cursor.selectedText() for one in dialog.replayed.text.extraSelections()]
    assert tinted[:2] == ["have", "after it; all tests pass"]
    assert dialog.replayed.text.toPlainText().endswith('pytest -q tests/test_router.py"})')
    assert dialog.original.y() == dialog.replayed.y()
    assert dialog.send.text() == "Send again"


async def test_its_row_can_be_opened(stand: Stand) -> None:
    assert not stand.dialog.open_row.isVisible()
    await stand.compare()
    stand.dialog.open_row.click()
    assert stand.opened == [REPLAYED]
    assert not stand.dialog.isVisible()


async def test_while_it_runs_it_can_be_cancelled_and_sent_again(stand: Stand) -> None:
    dialog = stand.dialog
    stand.replays.gate.clear()
    dialog.send.click()
    await settled()
    assert dialog.cancel.isVisible()
    assert not dialog.send.isEnabled()
    assert not dialog.model.isEnabled()
    dialog.cancel.click()
    await settled()
    assert stand.replays.cancelled == 1
    assert not dialog.cancel.isVisible()
    stand.replays.gate.set()
    await stand.compare()
    assert dialog.original.isVisible()


async def test_escape_cancels_what_runs(stand: Stand, qtbot: QtBot) -> None:
    stand.replays.gate.clear()
    stand.dialog.send.click()
    await settled()
    qtbot.keyClick(stand.dialog, Qt.Key.Key_Escape)
    await settled()
    assert stand.replays.cancelled == 1


async def test_what_cannot_be_used_is_said_where_it_stands(stand: Stand) -> None:
    dialog = stand.dialog
    for field, place in (("model", dialog._model_field), ("key_id", dialog._key_field)):
        stand.replays.failure = InvalidInput("It is switched off.", field=field)
        dialog.send.click()
        await settled()
        assert place.error == "It is switched off."
    stand.replays.failure = InvalidInput("Its body was cut.")
    dialog.send.click()
    await settled()
    assert dialog.error.text == "Its body was cut."
    assert dialog.error.isVisible()
    assert dialog._model_field.error == ""


async def test_an_answer_that_failed_says_why(stand: Stand) -> None:
    failed = replace(AGAIN, status=529, error="Overloaded.", text="", tool_calls=())
    stand.replays.replay = replace(stand.replays.replay, replayed=failed)
    await stand.compare()
    assert "Overloaded." in stand.texts()
    assert not stand.dialog.replayed.text.isVisible()
