"""The table: fixed rows, keyboard, numbers that are never cut, and no measuring of all rows."""

import time
from typing import Any

import pytest
from PySide6.QtCore import QAbstractTableModel, QPoint, Qt
from pytestqt.qtbot import QtBot

from pxbin_app.theme import METRICS, colors
from pxbin_app.widgets.cells import CellRole
from pxbin_app.widgets.table import Column, DataTable

COLUMNS = (
    Column(title="Model", kind="model", stretch=True),
    Column(title="Status", kind="pill", sample="000"),
    Column(title="Cost", kind="number", sample="$0.0000"),
)


class Rows(QAbstractTableModel):
    """Made-up rows; counts how often it is asked."""

    def __init__(self, rows: int, cost: str = "$0.0050") -> None:
        super().__init__()
        self.rows = rows
        self.cost = cost
        self.asked = 0

    def rowCount(self, parent: Any = None) -> int:
        return self.rows

    def columnCount(self, parent: Any = None) -> int:
        return len(COLUMNS)

    def data(self, index: Any, role: int = 0) -> Any:
        self.asked += 1
        if role == Qt.ItemDataRole.DisplayRole:
            return (f"model-{index.row()}", "200", self.cost)[index.column()]
        if role == CellRole.TONE and index.column() == 1:
            return "ok"
        return None


@pytest.fixture
def table(qtbot: QtBot) -> DataTable:
    result = DataTable(COLUMNS, "Requests")
    qtbot.addWidget(result)
    result.setModel(Rows(1000))
    result.resize(500, 320)
    result.show()
    return result


def test_rows_and_header_have_their_heights(table: DataTable) -> None:
    assert table.rowHeight(0) == table.rowHeight(999) == METRICS.row
    assert table.horizontalHeader().height() == METRICS.header_row


def test_arrows_select_and_enter_opens(qtbot: QtBot, table: DataTable) -> None:
    selected: list[int] = []
    opened: list[int] = []
    table.selected.connect(selected.append)
    table.activated_row.connect(opened.append)
    table.select_row(0)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert (selected, opened, table.current_row) == ([0, 1], [1], 1)
    table.select_row(-1)
    assert (selected[-1], table.current_row, table.selected_rows()) == (-1, -1, ())


def test_enter_without_a_row_opens_nothing(qtbot: QtBot, table: DataTable) -> None:
    opened: list[int] = []
    table.activated_row.connect(opened.append)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened == []


def test_several_rows_can_be_selected_where_a_page_wants_it(table: DataTable) -> None:
    table.set_multiple_selection(True)
    table.selectAll()
    assert len(table.selected_rows()) == 1000


def test_a_number_that_does_not_fit_widens_its_column(qtbot: QtBot, table: DataTable) -> None:
    before = table.columnWidth(2)
    table.setModel(Rows(5, cost="$1,234,567.8901"))
    table.grab()
    qtbot.waitUntil(lambda: table.columnWidth(2) > before)
    advance = table.fontMetrics().horizontalAdvance("$1,234,567.8901")
    assert table.columnWidth(2) >= advance + 16


def test_where_there_is_too_little_room_columns_that_can_be_spared_are_hidden(qtbot: QtBot) -> None:
    columns = (
        COLUMNS[0],
        Column(title="Status", kind="pill", sample="000", spared=1),
        Column(title="Cost", kind="number", sample="$0.0000", spared=2),
    )
    table = DataTable(columns, "Requests")
    qtbot.addWidget(table)
    table.setModel(Rows(10))
    table.show()
    hidden = {}
    for width in (400, 230, 150, 400):
        table.resize(width, 200)
        table.grab()
        hidden[width] = [table.isColumnHidden(place) for place in range(3)]
        assert table.columnWidth(0) >= 120
    assert hidden == {
        400: [False, False, False],
        230: [False, False, True],
        150: [False, True, True],
    }


def test_a_click_with_the_right_button_asks_for_a_menu(table: DataTable) -> None:
    asked: list[int] = []
    table.menu_requested.connect(lambda row, point: asked.append(row))
    table.customContextMenuRequested.emit(QPoint(20, METRICS.row + 3))
    table.customContextMenuRequested.emit(QPoint(20, 100_000))
    assert asked == [1]


def test_the_end_asks_for_more(qtbot: QtBot, table: DataTable) -> None:
    with qtbot.waitSignal(table.near_end):
        table.scrollToBottom()


def test_the_selected_row_has_a_tint_and_an_edge(table: DataTable) -> None:
    table.select_row(0)
    image = table.viewport().grab().toImage()
    assert image.pixelColor(0, 10).name() == colors().accent
    assert image.pixelColor(4, 3).name() == colors().selection
    assert image.pixelColor(4, METRICS.row + 3).name() == colors().surface


def test_a_hundred_thousand_rows_are_not_measured(qtbot: QtBot, table: DataTable) -> None:
    rows = Rows(100_000)
    start = time.perf_counter()
    table.setModel(rows)
    table.grab()
    assert time.perf_counter() - start < 1.0
    assert rows.asked < 2_000


def test_hovering_tints_a_row(qtbot: QtBot, table: DataTable) -> None:
    qtbot.mouseMove(table.viewport(), QPoint(20, 2 * METRICS.row + 5))
    qtbot.waitUntil(lambda: table.hovered_row == 2)
    table._hover(-1)
    assert table.hovered_row == -1


def test_exactly_the_rows_asked_for_are_selected(table: DataTable) -> None:
    table.set_multiple_selection(True)
    table.select_row(1)
    table.select_rows((0, 3))
    assert table.selected_rows() == (0, 3)
    table.select_rows(())
    assert table.selected_rows() == ()
