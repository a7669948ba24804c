"""Rows that are painted once: after whatever happens, the table looks as if all had been painted anew."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QModelIndex, QRect
from PySide6.QtGui import QImage, QStandardItem, QStandardItemModel
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.cells import CellDelegate
from pxbin_app.widgets.painted_rows import MOST_AT_ONCE
from pxbin_app.widgets.table import Column, DataTable

COLUMNS = (
    Column(title="Name", stretch=True),
    Column(title="Client", sample="opencode"),
    Column(title="Cost", kind="number", sample="$0.00"),
)
PAINT = CellDelegate.paint


def row(name: str) -> list[QStandardItem]:
    return [QStandardItem(name), QStandardItem("curl"), QStandardItem(f"${len(name)}.00")]


@pytest.fixture
def model() -> QStandardItemModel:
    result = QStandardItemModel(0, len(COLUMNS))
    for number in range(12):
        result.appendRow(row("abcdefghijklmnop"[: number + 1]))
    return result


@pytest.fixture
def table(qtbot: QtBot, model: QStandardItemModel) -> DataTable:
    result = DataTable(COLUMNS, "It")
    qtbot.addWidget(result)
    result.setModel(model)
    result.resize(300, 260)
    result.show()
    result.viewport().repaint()
    QCoreApplication.processEvents()  # a number that asked for a wider column has it
    result.viewport().repaint()
    return result


def looks(table: DataTable) -> QImage:
    return table.viewport().grab().toImage()


def painted_anew(table: DataTable, qtbot: QtBot) -> QImage:
    other = DataTable(COLUMNS, "Other")
    qtbot.addWidget(other)
    other.setModel(table.model())
    other.resize(table.size())
    other.show()
    other.select_row(table.current_row)
    other.hovered_row = table.hovered_row
    other.verticalScrollBar().setValue(table.verticalScrollBar().value())
    return looks(other)


def change(model: QStandardItemModel, number: int, text: str) -> None:
    """One cell."""
    model.setData(model.index(number, 0), text)


def replace(model: QStandardItemModel, numbers: range, name: str) -> None:
    """Whole rows, told as one change each."""
    for number in numbers:
        model.blockSignals(True)
        for column, item in enumerate(row(name)):
            model.setItem(number, column, item)
        model.blockSignals(False)
        model.dataChanged.emit(model.index(number, 0), model.index(number, len(COLUMNS) - 1))


@pytest.fixture
def painted(table: DataTable, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The cells that were painted since the table was shown, by row and column."""
    cells: list[tuple[int, int]] = []

    def noting(self: CellDelegate, painter: object, option: object, index: QModelIndex) -> None:
        cells.append((index.row(), index.column()))
        PAINT(self, painter, option, index)  # type: ignore[arg-type]

    monkeypatch.setattr(CellDelegate, "paint", noting)
    return cells


def rows_of(cells: list[tuple[int, int]]) -> list[int]:
    return sorted({row for row, _ in cells})


def change_chosen(table: DataTable, model: QStandardItemModel) -> None:
    table.select_row(2)
    table.viewport().repaint()
    change(model, 2, "x")


def change_and_move(_table: DataTable, model: QStandardItemModel) -> None:
    replace(model, range(1, 8), "another")
    model.insertRow(0, row("new"))
    model.removeRow(4)


CHANGES: dict[str, Callable[[DataTable, QStandardItemModel], object]] = {
    "nothing": lambda table, model: None,
    "rows on top": lambda table, model: [model.insertRow(0, row("new")) for _ in range(3)],
    "rows in between": lambda table, model: model.insertRow(4, row("new")),
    "rows go": lambda table, model: model.removeRows(1, 3),
    "a row goes and one comes": lambda table, model: (
        model.removeRow(0),
        model.insertRow(0, row("x")),
    ),
    "a cell changes": lambda table, model: change(model, 2, "another"),
    "a cell of the chosen row changes": change_chosen,
    "a row changes": lambda table, model: replace(model, range(2, 3), "another"),
    "most rows change, and then move": change_and_move,
    "a row is chosen": lambda table, model: table.select_row(2),
    "the pointer is over a row": lambda table, model: table._hover(1),
    "another width": lambda table, model: table.resize(420, 260),
    "scrolled": lambda table, model: table.verticalScrollBar().setValue(70),
    "all is new": lambda table, model: (
        model.removeRows(0, model.rowCount()),
        [model.appendRow(row(f"other {number}")) for number in range(12)],
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_it_looks_as_if_painted_anew(
    qtbot: QtBot, table: DataTable, model: QStandardItemModel, what: str
) -> None:
    CHANGES[what](table, model)
    table.viewport().repaint()
    qtbot.waitUntil(lambda: not table._painted.due)
    assert looks(table) == painted_anew(table, qtbot)


def test_only_what_is_new_is_painted(
    table: DataTable, model: QStandardItemModel, painted: list[tuple[int, int]]
) -> None:
    model.insertRow(0, row("new"))
    table.viewport().repaint()
    assert rows_of(painted) == [0]
    painted.clear()
    replace(model, range(3, 4), "another")
    table.viewport().repaint(QRect(0, 0, 300, 260))
    assert rows_of(painted) == [3]


def test_of_a_row_of_which_one_cell_changed_that_cell_is_painted(
    table: DataTable, model: QStandardItemModel, painted: list[tuple[int, int]]
) -> None:
    change(model, 3, "another")
    table.viewport().repaint()
    assert painted == [(3, 0)]


def test_of_many_that_are_new_a_few_are_painted_at_a_time(
    qtbot: QtBot, table: DataTable, model: QStandardItemModel, painted: list[tuple[int, int]]
) -> None:
    for _ in range(2 * MOST_AT_ONCE):
        model.insertRow(0, row("new"))
    seen = len(table._rows_in(table.viewport().rect()))
    assert seen > MOST_AT_ONCE
    table.viewport().repaint()
    assert rows_of(painted) == list(range(MOST_AT_ONCE))
    qtbot.waitUntil(lambda: not table._painted.due)
    assert rows_of(painted) == list(range(min(seen, 2 * MOST_AT_ONCE)))
    assert len(painted) == len(set(painted))


def test_many_that_changed_show_what_they_were_until_their_turn(
    table: DataTable, model: QStandardItemModel
) -> None:
    last = MOST_AT_ONCE + 1
    before = table._painted._pictures[last][1].toImage()
    replace(model, range(last + 1), "another")
    table.viewport().repaint()
    assert table._painted._pictures[last][1].toImage() == before


def test_what_scrolls_into_view_is_painted_at_once(
    table: DataTable, model: QStandardItemModel
) -> None:
    for number in range(40):
        model.appendRow(row(f"older {number}"))
    table.viewport().repaint()
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    table.viewport().repaint()
    assert not table._painted.due


def test_pictures_of_what_cannot_be_seen_are_forgotten(
    table: DataTable, model: QStandardItemModel
) -> None:
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    table.viewport().repaint()
    first = table.rowAt(0)
    assert first > 0
    assert min(table._painted._pictures) == first


def test_a_table_without_rows_paints_nothing(table: DataTable, model: QStandardItemModel) -> None:
    model.removeRows(0, model.rowCount())
    image = looks(table)
    assert image.pixelColor(5, 5) == image.pixelColor(200, 200)
    assert not table._painted._pictures


def test_a_model_that_was_replaced_is_no_longer_followed(
    qtbot: QtBot, table: DataTable, model: QStandardItemModel
) -> None:
    other = QStandardItemModel(0, len(COLUMNS))
    for number in range(12):
        other.appendRow(row(f"other {number}"))
    table.setModel(other)
    table.viewport().repaint()
    model.removeRow(0)
    assert looks(table) == painted_anew(table, qtbot)
