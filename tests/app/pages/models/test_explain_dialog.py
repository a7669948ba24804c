"""The dialog that explains a route."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.explain_dialog import ExplainDialog, TargetView
from pxbin_engine.records import Explanation
from tests.app.pages.models.test_explain_presenter import ANSWER, Asking, target
from tests.support.fake_engine import settled

Open = Callable[..., ExplainDialog]


@pytest.fixture
async def asking(qtbot: QtBot) -> Asking:
    result = Asking()
    await result.engine.keys.create("llm", "laptop")
    return result


@pytest.fixture
def show(qtbot: QtBot, asking: Asking) -> Open:
    held: list[QWidget] = []

    def build(model: str = "") -> ExplainDialog:
        parent = QWidget()
        qtbot.addWidget(parent)
        held.append(parent)
        dialog = ExplainDialog(parent, asking.presenter, model)
        dialog.open()
        return dialog

    return build


async def test_what_is_typed_is_explained(qtbot: QtBot, asking: Asking, show: Open) -> None:
    dialog = show()
    await settled()
    assert dialog.verdict.text.startswith("Type the name")
    qtbot.keyClicks(dialog.model, "opus")
    await asking.answered()
    assert dialog.verdict.text == "It goes to Z.ai as glm-4.6."
    assert dialog.answer.lines == ["ready: Z.ai"]
    dialog.model.clear()
    await asking.answered()
    assert dialog.answer.lines == []


async def test_key_client_and_format_are_asked_with_it(
    qtbot: QtBot, asking: Asking, show: Open
) -> None:
    dialog = show("opus")
    await settled()
    await asking.answered()
    assert [dialog.key.itemText(place) for place in range(2)] == ["Any key", "laptop"]
    dialog.key.setCurrentIndex(1)
    dialog.key.chosen.emit(dialog.key.value)
    qtbot.keyClicks(dialog.client, "Codex")
    dialog.format.set_value("openai-responses")
    dialog.format.chosen.emit("openai-responses")
    await asking.answered()
    [key] = asking.presenter.keys
    assert asking.engine.explained[-1] == {
        "model": "opus",
        "key_id": key.id,
        "client": "Codex",
        "format": "openai-responses",
    }


async def test_steps_and_targets_are_told_in_order_with_their_states(
    asking: Asking, show: Open
) -> None:
    asking.engine.explanation = Explanation(
        asked_model="opus",
        model="glm-4.6",
        steps=("The alias *opus* of Claude Code means glm-4.6.", "Two targets share its sessions."),
        targets=(target("Z.ai", "resting"), target("Ollama")),
    )
    dialog = show("opus")
    await settled()
    await asking.answered()
    assert dialog.answer.lines == [
        "The alias *opus* of Claude Code means glm-4.6.",
        "Two targets share its sessions.",
        "resting: Z.ai",
        "ready: Ollama",
    ]
    names = [view.accessibleName() for view in dialog.findChildren(TargetView)]
    assert names == ["Z.ai, glm-4.6: resting. ", "Ollama, glm-4.6: ready. "]
    body = dialog.answer._body
    asking.presenter.changed.emit()
    assert dialog.answer._body is body  # the same answer moves nothing


async def test_a_refusal_is_said_first(asking: Asking, show: Open) -> None:
    asking.engine.explanation = Explanation(
        asked_model="opus", model="glm-4.6", refusal="The key has expired.", targets=ANSWER.targets
    )
    dialog = show("opus")
    await settled()
    await asking.answered()
    assert dialog.verdict.text == "The key has expired."


async def test_closing_ends_the_asking(qtbot: QtBot, asking: Asking, show: Open) -> None:
    dialog = show("opus")
    await settled()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    calls = asking.engine.store_calls
    await asking.engine.keys.create("llm", "desk")
    await settled()
    assert asking.engine.store_calls == calls + 1  # the insert alone
