"""A text with tinted parts: each where it stands, and no more than one reads."""

from pytestqt.qtbot import QtBot

from pxbin_app.theme import colors
from pxbin_app.widgets.compared_text import MOST_CHARACTERS, ComparedText


def shown(qtbot: QtBot, text: str, *parts: tuple[int, int]) -> tuple[ComparedText, list[str]]:
    view = ComparedText("Answer", "ok")
    qtbot.addWidget(view)
    view.show_text(text, parts)
    return view, [one.cursor.selectedText() for one in view.extraSelections()]


def test_parts_are_tinted_and_underlined(qtbot: QtBot) -> None:
    view, tinted = shown(qtbot, "one two three", (4, 7), (8, 13))
    assert tinted == ["two", "three"]
    selections = view.extraSelections()
    form = selections[0].format
    assert form.background().color().name() == colors().ok_background
    assert form.underlineColor().name() == colors().ok
    view.show_text("nothing tinted")
    assert view.extraSelections() == []


def test_letters_beyond_the_first_plane_move_nothing(qtbot: QtBot) -> None:
    assert shown(qtbot, "😀😀 two", (3, 6))[1] == ["two"]


def test_of_a_long_text_its_beginning_is_shown(qtbot: QtBot) -> None:
    view, tinted = shown(
        qtbot, "x" * (MOST_CHARACTERS + 500), (0, 3), (MOST_CHARACTERS + 9, MOST_CHARACTERS + 12)
    )
    assert view.toPlainText().endswith("… 500 more characters")
    assert tinted == ["xxx"]
