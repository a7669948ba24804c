"""What is pasted, by client: one click copies it."""

from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from pxbin_app.pages.keys.usage import UsageView
from pxbin_app.snippets import Access, Snippet, of_clients

ACCESS = Access("pxb_0123", "http://127.0.0.1:8080", ["glm-4.6", "glm-4.5-air"])


def test_each_part_of_each_client_is_shown_and_copied_whole(qtbot: QtBot) -> None:
    snippets = of_clients(ACCESS)
    view = UsageView(snippets)
    qtbot.addWidget(view)
    view.show()
    for client, parts in snippets.items():
        view.tabs.set_value(client)
        view.tabs.chosen.emit(client)
        shown = [part for part in view.parts if part.isVisible()]
        assert len(shown) == len(parts)
        for part, snippet in zip(shown, parts, strict=True):
            part.copy.click()
            assert QGuiApplication.clipboard().text() == snippet.text
            assert snippet.place in part.text.accessibleName()
            lines = snippet.text.count("\n") + 1
            scrolls = part.text.verticalScrollBar().maximum() > 0
            assert scrolls == (lines > 12), (client, snippet.place)


def test_a_single_one_takes_no_more_room_than_it_needs(qtbot: QtBot) -> None:
    view = UsageView({"curl": (Snippet("In a terminal", "curl x"),)})
    qtbot.addWidget(view)
    view.show()
    assert view.sizeHint().height() < 120
