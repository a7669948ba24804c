"""Who serves a model, edited."""

from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.pages.models.targets_editor import TargetsEditor
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import TargetRecord, UpstreamRecord
from tests.support.fake_engine import NOW

UPSTREAMS = tuple(
    UpstreamRecord(
        id=UUID(int=number), name=name, base_url="http://x", format="openai", created_at=NOW, updated_at=NOW
    )
    for number, name in ((1, "Anthropic"), (2, "Z.ai"), (3, "Ollama"))
)  # fmt: skip


def target(number: int, priority: int = 0, weight: int = 1) -> TargetRecord:
    return TargetRecord(
        upstream_id=UUID(int=number), upstream_model=f"m{number}", priority=priority, weight=weight
    )


@pytest.fixture
def editor(qtbot: QtBot) -> TargetsEditor:
    editor = TargetsEditor(UPSTREAMS)
    qtbot.addWidget(editor)
    editor.show()
    return editor


def names(editor: TargetsEditor) -> list[tuple[str, int, int]]:
    targets = editor.targets(default_name="the-model")
    return [(one.upstream_model, one.priority, one.weight) for one in targets]


@pytest.mark.parametrize(
    "targets",
    [
        (target(1),),
        (target(1, 0), target(2, 1)),
        (target(1, 0, 2), target(2, 0, 1), target(3, 1)),
        (target(1, 0), target(2, 1, 3), target(3, 1, 7)),
    ],
)
def test_what_is_shown_is_given_back(
    editor: TargetsEditor, targets: tuple[TargetRecord, ...]
) -> None:
    editor.set_targets(targets)
    assert editor.targets(default_name="x") == targets


def test_priorities_with_gaps_keep_their_order(editor: TargetsEditor) -> None:
    editor.set_targets((target(2, 30), target(1, 10), target(3, 30)))
    assert names(editor) == [("m1", 0, 1), ("m2", 1, 1), ("m3", 1, 1)]


def test_without_any_there_is_a_line_whose_name_there_is_the_models(editor: TargetsEditor) -> None:
    editor.set_targets(())
    assert names(editor) == [("the-model", 0, 1)]
    editor.lines[0].name.setText("glm-4.6-fp8")
    assert names(editor) == [("glm-4.6-fp8", 0, 1)]
    assert not editor.lines[0].remove.isEnabled()


def test_shares_are_told_as_weights_are_typed(qtbot: QtBot, editor: TargetsEditor) -> None:
    editor.set_targets((target(1, 0, 2), target(2, 0, 1), target(3, 1)))
    first, second, third = editor.lines
    assert (first.share.text(), second.share.text()) == ("67%", "33%")
    assert not third.weight.isVisible()
    second.weight.clear()
    assert (first.share.text(), second.share.text()) == ("100%", "0%")
    qtbot.keyClicks(second.weight, "2")
    assert (first.share.text(), second.share.text()) == ("50%", "50%")
    third.turn.set_value("shared")
    third.turn.chosen.emit("shared")
    assert [line.share.text() for line in editor.lines] == ["40%", "40%", "20%"]


@pytest.mark.parametrize("text", ["", "0", "-1", "half"])
def test_a_weight_must_be_a_whole_number(editor: TargetsEditor, text: str) -> None:
    editor.set_targets((target(1), target(2)))
    editor.lines[0].weight.setText(text)
    with pytest.raises(InvalidInput) as refused:
        editor.targets(default_name="x")
    assert refused.value.field == "weight"


def test_the_order_is_changed_by_the_keyboard(qtbot: QtBot, editor: TargetsEditor) -> None:
    editor.set_targets((target(1, 0), target(2, 1), target(3, 2)))
    editor.activateWindow()
    qtbot.waitUntil(editor.isActiveWindow)
    field = editor.lines[2].name
    qtbot.waitUntil(field.isVisible)
    field.setFocus()
    for _ in range(2):
        qtbot.keyClick(field, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert names(editor) == [("m3", 0, 1), ("m1", 1, 1), ("m2", 2, 1)]
    assert not editor.lines[0].turn.isVisible()
    assert editor.lines[1].turn.value == "then"


def test_a_line_is_added_and_removed(editor: TargetsEditor) -> None:
    editor.set_targets((target(1),))
    editor.add.click()
    assert names(editor) == [("m1", 0, 1), ("the-model", 1, 1)]
    editor.lines[0].remove.click()
    assert names(editor) == [("the-model", 0, 1)]
