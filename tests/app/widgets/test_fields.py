"""Fields: what is typed, chosen, hidden, and wrong."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.fields import (
    CheckBox,
    Field,
    SearchField,
    SecretField,
    Select,
    TextField,
)


def test_a_secret_is_hidden_until_it_is_asked_for(qtbot: QtBot) -> None:
    field = SecretField()
    qtbot.addWidget(field)
    field.setText("sk-secret")
    assert field.echoMode() == QLineEdit.EchoMode.Password
    field._reveal.trigger()
    assert field.echoMode() == QLineEdit.EchoMode.Normal
    field._reveal.trigger()
    assert field.echoMode() == QLineEdit.EchoMode.Password


@pytest.fixture
def search(qtbot: QtBot) -> tuple[SearchField, list[str]]:
    field = SearchField("Filter by model")
    qtbot.addWidget(field)
    told: list[str] = []
    field.searched.connect(told.append)
    return field, told


def test_a_search_is_told_when_the_typing_pauses(
    qtbot: QtBot, search: tuple[SearchField, list[str]]
) -> None:
    field, told = search
    qtbot.keyClicks(field, "glm")
    assert told == []
    qtbot.waitUntil(lambda: told == ["glm"])


def test_enter_searches_at_once_and_never_twice(
    qtbot: QtBot, search: tuple[SearchField, list[str]]
) -> None:
    field, told = search
    qtbot.keyClicks(field, "glm")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told == ["glm"]
    assert not field._pause.isActive()


def test_escape_empties_the_search(qtbot: QtBot, search: tuple[SearchField, list[str]]) -> None:
    field, told = search
    field.setText("glm")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), told) == ("", ["glm", ""])


def test_words_that_are_searched_for_already_are_shown_and_not_told(
    search: tuple[SearchField, list[str]],
) -> None:
    field, told = search
    field.show_words("glm")
    assert (field.text(), told) == ("glm", [])
    assert not field._pause.isActive()
    field.clear()
    field.returnPressed.emit()
    assert told == [""]


def test_new_options_keep_what_is_chosen(qtbot: QtBot) -> None:
    select = Select([("a", "A"), ("b", "B")], name="Upstream")
    qtbot.addWidget(select)
    select.set_value("b")
    select.set_options([("b", "B"), ("c", "C")])
    assert select.value == "b"
    select.set_options([("c", "C")])
    assert select.value == "c"
    select.set_options([])
    assert select.value == ""


def test_long_choices_take_no_room_but_where_they_are_listed(qtbot: QtBot) -> None:
    long = "a-vendor/with-a-very-long-name-of-a-model" * 3
    select = Select([("", "Any model"), (long, long)])
    qtbot.addWidget(select)
    assert select.sizeHint().width() > 500
    select.keep_short(10)
    assert select.sizeHint().width() < 160
    select.show()
    select.showPopup()
    assert select.view().minimumWidth() == 480
    select.hidePopup()


def test_a_choice_is_told_only_when_a_person_makes_it(qtbot: QtBot) -> None:
    select = Select([("a", "A"), ("b", "B")])
    qtbot.addWidget(select)
    chosen: list[str] = []
    select.chosen.connect(chosen.append)
    select.set_value("b")
    assert chosen == []
    qtbot.keyClick(select, Qt.Key.Key_Up)
    assert chosen == ["a"]


def test_the_wheel_changes_no_choice(qtbot: QtBot) -> None:
    select = Select([("a", "A"), ("b", "B")])
    qtbot.addWidget(select)
    select.show()
    wheel = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(select, wheel)
    assert select.value == "a"


def test_a_check_box_is_pressed_on_its_words_too(qtbot: QtBot) -> None:
    box = CheckBox("Active")
    qtbot.addWidget(box)
    box.show()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(box.width() - 3, 10))
    assert box.isChecked()
    assert box.grab().toImage() != CheckBox("Active").grab().toImage()


def test_an_error_takes_the_hints_place_and_gives_it_back(qtbot: QtBot) -> None:
    control = TextField()
    field = Field("Base URL", control, "With or without /v1.")
    qtbot.addWidget(field)
    assert (control.accessibleName(), control.accessibleDescription()) == (
        "Base URL",
        "With or without /v1.",
    )
    field.set_error("Begin with https://.")
    assert field.error == control.accessibleDescription() == "Begin with https://."
    assert control.property("invalid") is True
    field.set_hint("Another hint.")
    assert field.error == "Begin with https://."
    field.set_error("")
    assert field.error == ""
    assert field._below.text() == "Another hint."


def test_a_choice_that_is_not_offered_is_seen_but_not_chosen(qtbot: QtBot) -> None:
    select = Select([("a", "A"), ("b", "B")])
    qtbot.addWidget(select)
    select.set_offered("b", False)
    qtbot.keyClick(select, Qt.Key.Key_Down)
    assert select.value == "a"


def test_a_field_suggests_what_has_in_it_what_is_typed(qtbot: QtBot) -> None:
    field = TextField()
    qtbot.addWidget(field)
    field.suggest(["Claude Code", "Codex", "Gemini CLI"])
    completer = field.completer()
    completer.setCompletionPrefix("COD")
    assert completer.completionCount() == 2
    field.suggest(["one"])
    field.completer().setCompletionPrefix("o")
    assert field.completer().completionCount() == 1
