"""The table of sessions, by mouse and by keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from pxbin_app.pages.costs.session_rows import SessionRow, rows_of
from pxbin_app.pages.costs.sessions import SessionBoard
from tests.support.fake_engine import NOW
from tests.support.memory_sessions import some_sessions

TREES = some_sessions(NOW)


class Heard:
    """The board, and what it asked for."""

    def __init__(self, qtbot: QtBot) -> None:
        self.board = SessionBoard()
        qtbot.addWidget(self.board)
        self.toggled: list[SessionRow] = []
        self.words: list[str] = []
        self.board.toggled.connect(self.toggled.append)
        self.board.requests_wanted.connect(self.words.append)
        self.board.resize(1044, 500)
        self.board.show()
        self.show()

    def show(self, *, opened: bool = False) -> None:
        sessions = [tree.session for tree in TREES]
        tree = TREES[0] if opened else None
        self.board.show_rows(rows_of(sessions, tree, live=(), beat=True, now=NOW), 3)


@pytest.fixture
def heard(qtbot: QtBot) -> Heard:
    return Heard(qtbot)


def test_a_click_or_space_opens_a_session(heard: Heard, qtbot: QtBot) -> None:
    table = heard.board.table
    place = table.visualRect(heard.board.model.index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [row.session.client for row in heard.toggled] == ["Codex"]
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert len(heard.toggled) == 2


def test_arrows_open_and_close_as_in_any_tree(heard: Heard, qtbot: QtBot) -> None:
    table = heard.board.table
    table.select_row(0)
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert heard.toggled == []
    qtbot.keyClick(table, Qt.Key.Key_Right)
    assert len(heard.toggled) == 1
    heard.show(opened=True)
    qtbot.keyClick(table, Qt.Key.Key_Right)
    assert len(heard.toggled) == 1
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert len(heard.toggled) == 2


def test_the_selected_row_stays_selected_where_others_come_and_go(heard: Heard) -> None:
    table = heard.board.table
    height = table.height()
    table.select_row(1)
    heard.show(opened=True)
    assert table.current_row == 5
    assert table.height() > height
    heard.show()
    assert table.current_row == 1


def test_enter_shows_its_requests(heard: Heard, qtbot: QtBot) -> None:
    heard.show(opened=True)
    table = heard.board.table
    for row in (0, 2):
        table.select_row(row)
        qtbot.keyClick(table, Qt.Key.Key_Return)
    session = f'session:"{TREES[0].session.session_id}"'
    assert heard.words == [session, f'{session} agent:"a125c423582c"']


def test_the_menu_shows_requests_and_copies_ids(heard: Heard) -> None:
    heard.show(opened=True)
    table = heard.board.table
    for row, expected in ((0, TREES[0].session.session_id), (2, "a125c423582c")):
        place = table.visualRect(heard.board.model.index(row, 0)).center()
        table.customContextMenuRequested.emit(place)
        menu = heard.board.findChildren(QMenu)[-1]
        requests, copy = menu.actions()
        copy.trigger()
        assert QGuiApplication.clipboard().text() == expected
        requests.trigger()
        menu.close()
    assert len(heard.words) == 2


def test_it_says_where_there_are_more(heard: Heard) -> None:
    sessions = [TREES[0].session]
    heard.board.show_rows(rows_of(sessions, None, live=(), beat=True, now=NOW), 250)
    assert heard.board.note.text().startswith("1 of 250 sessions are shown. ")
