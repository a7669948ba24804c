"""The palette is used by the keyboard alone, and gives the focus back."""

from collections.abc import Iterator
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.palette.entries import Entry
from pxbin_app.palette.overlay import Palette
from pxbin_app.palette.presenter import PalettePresenter, ranked
from pxbin_app.widgets.fields import TextField

KEY = Qt.Key


class FewThings(PalettePresenter):
    """Finds out of a few things, without an engine."""

    def __init__(self) -> None:
        self.done: list[str] = []
        super().__init__(None, None)  # type: ignore[arg-type]  # neither is asked

    def start(self) -> None:
        names = [f"Thing {number}" for number in range(20)]
        self._standing = [
            Entry(kind="Page", title=name, icon_name="cube", run=partial(self.done.append, name))
            for name in names
        ]
        self.find("")

    def find(self, typed: str) -> None:
        self.results = tuple(ranked(typed, self._standing))
        self.changed.emit()


@pytest.fixture
def things(qtbot: QtBot) -> FewThings:
    return FewThings()


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    result = QWidget()
    result.resize(900, 600)
    layout = QVBoxLayout(result)
    result.below = TextField("below")  # type: ignore[attr-defined]
    layout.addWidget(result.below)  # type: ignore[attr-defined]
    qtbot.addWidget(result)
    with qtbot.waitActive(result):
        result.show()
    result.below.setFocus()  # type: ignore[attr-defined]
    return result


@pytest.fixture
def palette(window: QWidget, things: FewThings) -> Palette:
    result = Palette(window, things)
    result.open()
    return result


def test_it_is_typed_into_and_enter_does_the_first(
    qtbot: QtBot, palette: Palette, things: FewThings
) -> None:
    assert QApplication.focusWidget() is palette.text
    qtbot.keyClicks(palette.text, "thing 7")
    assert palette.titles[0] == "Thing 7"
    qtbot.keyClick(palette.text, KEY.Key_Return)
    assert things.done == ["Thing 7"]
    assert not palette.is_open


def test_arrows_move_the_choice_and_go_round(
    qtbot: QtBot, palette: Palette, things: FewThings
) -> None:
    for key in (KEY.Key_Down, KEY.Key_Down, KEY.Key_Up):
        qtbot.keyClick(palette.text, key)
    assert palette.list.currentIndex().row() == 1
    for _ in range(2):
        qtbot.keyClick(palette.text, KEY.Key_Up)
    assert palette.list.currentIndex().row() == 19
    qtbot.keyClick(palette.text, KEY.Key_PageUp)
    assert palette.list.currentIndex().row() == 8
    qtbot.keyClick(palette.text, KEY.Key_Enter)
    assert things.done == ["Thing 8"]


def test_escape_gives_the_focus_back(qtbot: QtBot, window: QWidget, palette: Palette) -> None:
    qtbot.keyClick(palette.text, KEY.Key_Escape)
    assert not palette.is_open
    assert QApplication.focusWidget() is window.below  # type: ignore[attr-defined]


def test_tab_stays_inside(qtbot: QtBot, window: QWidget, palette: Palette) -> None:
    for _ in range(3):
        qtbot.keyClick(palette.text, KEY.Key_Tab)
        assert QApplication.focusWidget() is palette.text


def test_enter_with_nothing_found_does_nothing(
    qtbot: QtBot, palette: Palette, things: FewThings
) -> None:
    qtbot.keyClicks(palette.text, "zzz")
    for key in (KEY.Key_Down, KEY.Key_Return):
        qtbot.keyClick(palette.text, key)
    assert (things.done, palette.is_open) == ([], True)


def test_it_begins_anew_each_time(qtbot: QtBot, palette: Palette) -> None:
    qtbot.keyClicks(palette.text, "19")
    palette.close_overlay()
    palette.open()
    assert palette.text.text() == ""
    assert len(palette.titles) == 20


def test_a_click_does_it_too(qtbot: QtBot, palette: Palette, things: FewThings) -> None:
    place = palette.list.visualRect(palette.list.model().index(2, 0)).center()
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert things.done == ["Thing 2"]


def test_a_screen_reader_hears_what_is_found(palette: Palette) -> None:
    interface = QAccessible.queryAccessibleInterface(palette.list)
    assert interface.child(3).text(QAccessible.Text.Name) == "Thing 3, Page"


def test_why_records_are_missing_is_said_below_the_list(
    palette: Palette, things: FewThings
) -> None:
    assert palette.problem.isHidden()
    things._fail("The database is away.")
    assert palette.problem.isVisible()
    assert palette.problem.full_text.endswith("are found. The database is away.")
    assert palette.panel.rect().contains(palette.problem.geometry())
    things.problem = ""
    things.changed.emit()
    assert palette.problem.isHidden()
