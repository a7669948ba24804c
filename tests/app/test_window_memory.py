"""The window as it was left, whatever stands in the file that says so."""

from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.listing.model import Cell, RowsModel
from pxbin_app.widgets.table import Column, DataTable
from pxbin_app.window_memory import WindowMemory

COLUMNS = (
    Column(title="Name", stretch=True),
    Column(title="Cost", kind="number", sample="$123.00"),
    Column(title="Format", sample="anthropic"),
)


class Store:
    """Settings in memory."""

    def __init__(self, **values: Any) -> None:
        self.values: dict[str, Any] = values

    def value(self, key: str) -> Any:
        return self.values.get(key)

    def setValue(self, key: str, value: Any) -> None:
        self.values[key] = value

    def remove(self, key: str) -> None:
        self.values.pop(key, None)


class TablePage(QWidget):
    """A page with a splitter and a table."""

    def __init__(self) -> None:
        super().__init__()
        self.table = DataTable(COLUMNS, "Things")
        self.table.setModel(RowsModel(COLUMNS, lambda _row: [Cell("")] * 3, id))
        self.splitter = QSplitter()
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(QWidget())
        QVBoxLayout(self).addWidget(self.splitter)
        self.resize(800, 300)


def drag(table: DataTable, section: int, by: int) -> None:
    """Draw a column's right edge with the mouse."""
    header = table.horizontalHeader()
    x = header.sectionViewportPosition(section) + header.sectionSize(section) - 1
    start, end = QPoint(x, 8), QPoint(x + by, 8)
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, at, button, buttons in (
        (QEvent.Type.MouseMove, start, none, none),
        (QEvent.Type.MouseButtonPress, start, left, left),
        (QEvent.Type.MouseMove, end, none, left),
        (QEvent.Type.MouseButtonRelease, end, left, none),
    ):
        viewport = header.viewport()
        QApplication.sendEvent(
            viewport,
            QMouseEvent(
                kind,
                QPointF(at),
                QPointF(viewport.mapToGlobal(at)),
                button,
                buttons,
                Qt.KeyboardModifier.NoModifier,
            ),
        )


@pytest.fixture
def store() -> Store:
    return Store()


def page_of(qtbot: QtBot, store: Store) -> TablePage:
    page = TablePage()
    qtbot.addWidget(page)
    WindowMemory(store).restore_page("things", page)
    page.show()
    return page


def test_columns_and_splitters_are_as_they_were_left(qtbot: QtBot, store: Store) -> None:
    first = page_of(qtbot, store)
    made = first.table.columnWidth(1)
    drag(first.table, 1, 37)
    assert first.table.drawn_widths == {"Cost": made + 37}
    first.splitter.setSizes([500, 200])
    sizes = first.splitter.sizes()
    WindowMemory(store).remember(first, {"things": first})
    second = page_of(qtbot, store)
    assert second.table.columnWidth(1) == made + 37
    assert second.splitter.sizes() == sizes
    untouched = second.table.columnWidth(2)
    second.table._on_needs_width(1, 400)
    second.table._on_needs_width(2, untouched + 50)
    assert second.table.columnWidth(1) == made + 37, "a person's width stays"
    assert second.table.columnWidth(2) == untouched + 50
    second.table.horizontalHeader().sectionHandleDoubleClicked.emit(1)
    assert second.table.columnWidth(1) == made
    assert second.table.drawn_widths == {}


def test_what_is_forgotten_is_as_it_was_at_first(qtbot: QtBot, store: Store) -> None:
    untouched = page_of(qtbot, Store())
    widths = [untouched.table.columnWidth(column) for column in (1, 2)]
    left = page_of(qtbot, store)
    drag(left.table, 1, 37)
    left.splitter.setSizes([500, 200])
    WindowMemory(store).remember(left, {"things": left})
    page = TablePage()
    qtbot.addWidget(page)
    memory = WindowMemory(store)
    memory.restore_page("things", page)
    page.show()
    memory.forget({"things": page})
    assert (store.values, page.table.drawn_widths) == ({}, {})
    assert [page.table.columnWidth(column) for column in (1, 2)] == widths
    memory.remember(page, {"things": page})
    again = page_of(qtbot, store)
    assert again.splitter.sizes() == untouched.splitter.sizes()


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '{"Cost": "wide", "Gone": 50}', None])
def test_what_cannot_be_read_changes_nothing(qtbot: QtBot, text: str | None) -> None:
    new = page_of(qtbot, Store())
    made = new.table.columnWidth(1)
    broken = Store(
        **{"things/columns of Things": text, "things/splitter0": "x", "window/geometry": 7}
    )
    page = page_of(qtbot, broken)
    memory = WindowMemory(broken)
    memory.restore_window(page)
    assert (page.table.columnWidth(1), memory.page) == (made, "")
