"""What stands in the place of content."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.states import EmptyState, Skeleton, StatefulView


def view(qtbot: QtBot) -> StatefulView:
    result = StatefulView(Label("content"))
    qtbot.addWidget(result)
    result.show()
    return result


def test_a_quick_answer_shows_no_skeleton(qtbot: QtBot) -> None:
    shown = view(qtbot)
    shown.show_loading()
    assert shown.state == "content"
    shown.show_content()
    qtbot.wait(350)
    assert shown.state == "content"


def test_a_slow_answer_shows_one(qtbot: QtBot) -> None:
    shown = view(qtbot)
    shown.show_loading()
    qtbot.waitUntil(lambda: shown.state == "loading")
    shown.show_content()
    assert shown.state == "content"


def test_empty_and_error_say_a_sentence_and_offer_what_mends_it(qtbot: QtBot) -> None:
    shown = view(qtbot)
    done: list[str] = []
    shown.show_empty("No upstream yet.", "Add upstream", lambda: done.append("add"))
    assert (shown.state, shown.empty.text) == ("empty", "No upstream yet.")
    qtbot.mouseClick(shown.empty.button, Qt.MouseButton.LeftButton)
    shown.show_error("The database does not answer.", "Try again", lambda: done.append("again"))
    assert (shown.state, shown.error.text) == ("error", "The database does not answer.")
    qtbot.mouseClick(shown.error.button, Qt.MouseButton.LeftButton)
    assert done == ["add", "again"]


def test_a_second_way_out_is_a_second_button(qtbot: QtBot) -> None:
    shown = view(qtbot)
    done: list[str] = []
    shown.show_empty(
        "Not kept.", "Keep some", lambda: done.append("some"), other="Keep all", on_other=lambda: done.append("all")
    )  # fmt: skip
    qtbot.mouseClick(shown.empty.other, Qt.MouseButton.LeftButton)
    assert done == ["all"]
    shown.show_empty("Not kept.")
    assert shown.empty.button.isHidden()
    assert shown.empty.other.isHidden()


def test_a_sentence_takes_no_more_room_than_there_is_and_none_of_it_is_cut(qtbot: QtBot) -> None:
    state = EmptyState("Bodies are not kept, and this goes on for quite some while. " * 3)
    qtbot.addWidget(state)
    state.show()
    assert state.minimumSizeHint().width() < 330
    for width in (330, 800):
        state.resize(width, 500)
        state.grab()
        sentence = state._sentence
        assert sentence.width() == min(440, width - 40)
        assert sentence.height() >= sentence.heightForWidth(sentence.width())


def test_without_an_action_there_is_no_button(qtbot: QtBot) -> None:
    state = EmptyState("Nothing matches.")
    qtbot.addWidget(state)
    assert state.button.isHidden()


def test_a_skeleton_is_painted(qtbot: QtBot) -> None:
    skeleton = Skeleton(2)
    qtbot.addWidget(skeleton)
    skeleton.resize(300, 60)
    image = skeleton.grab().toImage()
    assert image.pixelColor(60, 15) != image.pixelColor(60, 2)
