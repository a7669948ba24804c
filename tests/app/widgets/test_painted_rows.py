"""Rows that are painted once: after whatever happens, the table looks as if all had been painted anew."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QModelIndex, QRect
from PySide6.QtGui import QImage, QStandardItem, QStandardItemModel
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.cells import CellDelegate
from pxbin_app.widgets.table import Column, DataTable

COLUMNS = (Column(title="Name", stretch=True), Column(title="Cost", kind="number", sample="$0.00"))


def row(name: str) -> list[QStandardItem]:
    return [QStandardItem(name), QStandardItem(f"${len(name)}.00")]


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
    model.setData(model.index(number, 0), text)


CHANGES: dict[str, Callable[[DataTable, QStandardItemModel], object]] = {
    "nothing": lambda table, model: None,
    "rows on top": lambda table, model: [model.insertRow(0, row("new")) for _ in range(3)],
    "rows in between": lambda table, model: model.insertRow(4, row("new")),
    "rows go": lambda table, model: model.removeRows(1, 3),
    "a row goes and one comes": lambda table, model: (
        model.removeRow(0),
        model.insertRow(0, row("x")),
    ),
    "a row changes": lambda table, model: change(model, 2, "another"),
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
    assert looks(table) == painted_anew(table, qtbot)


def test_only_what_is_new_is_painted(
    table: DataTable, model: QStandardItemModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[int] = []
    plain = CellDelegate.paint

    def noting(self: CellDelegate, painter: object, option: object, index: QModelIndex) -> None:
        painted.append(index.row())
        plain(self, painter, option, index)  # type: ignore[arg-type]

    monkeypatch.setattr(CellDelegate, "paint", noting)
    model.insertRow(0, row("new"))
    table.viewport().repaint()
    assert set(painted) == {0}
    painted.clear()
    change(model, 3, "another")
    table.viewport().repaint(QRect(0, 0, 300, 260))
    assert set(painted) == {3}


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
