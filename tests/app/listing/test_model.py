"""Rows as cells, and what a refresh keeps."""

from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester

from pxbin_app.listing.model import Cell, RowsModel
from pxbin_app.widgets.cells import CellRole
from pxbin_app.widgets.table import Column

COLUMNS = (Column(title="Name", kind="strong"), Column(title="Key"))


@dataclass(frozen=True)
class Thing:
    id: UUID
    name: str


ONE, TWO = Thing(UUID(int=1), "one"), Thing(UUID(int=2), "two")


def cells(thing: Thing) -> tuple[Cell, ...]:
    return Cell(text=thing.name), Cell(text="OS keyring", icon="lock-key", tone="text3", tip="tip")


def make(*things: Thing) -> RowsModel[Thing]:
    model = RowsModel(COLUMNS, cells, lambda thing: thing.id)
    model.set_rows(things)
    return model


def test_it_is_a_sound_item_model(qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(make(ONE, TWO))


def test_cells_answer_text_and_roles() -> None:
    model = make(ONE, TWO)
    key = model.index(1, 1)
    assert [model.rowCount(), model.columnCount()] == [2, 2]
    assert model.index(1, 0).data() == "two"
    assert key.data(CellRole.ICON) == "lock-key"
    assert key.data(CellRole.TONE) == "text3"
    assert key.data(Qt.ItemDataRole.ToolTipRole) == "tip"
    assert key.data(Qt.ItemDataRole.AccessibleTextRole) == "Key: OS keyring"
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Name"


def test_new_values_of_the_same_rows_reset_nothing() -> None:
    model = make(ONE, TWO)
    told: list[str] = []
    model.modelReset.connect(lambda: told.append("reset"))
    model.dataChanged.connect(lambda: told.append("changed"))
    model.set_rows([ONE, Thing(TWO.id, "renamed")])
    assert told == ["changed"]
    assert model.index(1, 0).data() == "renamed"


def test_other_rows_reset() -> None:
    model = make(ONE, TWO)
    told: list[str] = []
    model.modelReset.connect(lambda: told.append("reset"))
    model.set_rows([TWO])
    assert told == ["reset"]
    assert (model.place_of(TWO.id), model.place_of(ONE.id)) == (0, -1)
