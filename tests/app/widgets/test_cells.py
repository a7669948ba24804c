"""Cells as they are painted: each kind shows what its model answers."""

from typing import Any

import pytest
from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from pxbin_app.theme import METRICS, colors
from pxbin_app.widgets.cells import CellKind, CellRole
from pxbin_app.widgets.table import Column, DataTable

Answers = dict[int, Any]
DISPLAY = int(Qt.ItemDataRole.DisplayRole)


class One(QAbstractTableModel):
    """One cell with these answers."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.answers = answers

    def rowCount(self, parent: Any = None) -> int:
        return 1

    def columnCount(self, parent: Any = None) -> int:
        return 1

    def data(self, index: Any, role: int = 0) -> Any:
        return self.answers.get(int(role))


def painted(qtbot: QtBot, kind: CellKind, answers: Answers, width: int = 260) -> QImage:
    table = DataTable([Column(title="It", kind=kind, stretch=True)], "One")
    qtbot.addWidget(table)
    table.setModel(One(answers))
    table.resize(width, 100)
    table.show()
    return table.viewport().grab().toImage()


def names(image: QImage, left: int = 0, right: int | None = None) -> set[str]:
    columns = range(left, image.width() if right is None else right)
    return {image.pixelColor(x, y).name() for x in columns for y in range(METRICS.row - 1)}


def test_a_number_stands_at_the_right(qtbot: QtBot) -> None:
    image = painted(qtbot, "number", {DISPLAY: "42"})
    assert names(image, 0, 200) == {colors().surface}
    assert colors().text in names(image, 200)


def test_a_pill_has_the_tint_of_its_tone(qtbot: QtBot) -> None:
    image = painted(qtbot, "pill", {DISPLAY: "429", CellRole.TONE: "warn"})
    assert {colors().warn, colors().warn_background} <= names(image)


def test_a_pill_without_a_text_is_nothing(qtbot: QtBot) -> None:
    assert names(painted(qtbot, "pill", {DISPLAY: ""})) == {colors().surface}


def test_a_model_shows_its_series_and_what_it_was_routed_to(qtbot: QtBot) -> None:
    answers = {DISPLAY: "claude", CellRole.SERIES: 3}
    plain = painted(qtbot, "model", answers)
    routed = painted(qtbot, "model", {**answers, CellRole.SECOND: "glm-4.6"})
    assert colors().series[3] in names(plain, 0, 20)
    assert names(plain, 100) == {colors().surface}
    assert len(names(routed, 70)) > 1


def test_a_dot_has_its_sign_before_the_text(qtbot: QtBot) -> None:
    image = painted(qtbot, "dot", {DISPLAY: "Down", CellRole.TONE: "err"})
    assert colors().err in names(image, 0, 20)


@pytest.mark.parametrize("kind", ["text", "strong"])
def test_text_may_have_its_own_colour(qtbot: QtBot, kind: CellKind) -> None:
    image = painted(qtbot, kind, {DISPLAY: "HHHH", CellRole.TONE: "err"})
    assert colors().err in names(image)


def test_a_long_name_is_cut_inside_its_cell(qtbot: QtBot) -> None:
    image = painted(qtbot, "strong", {DISPLAY: "H" * 80}, width=120)
    assert names(image, image.width() - 7) == {colors().surface}


def test_an_icon_stands_before_the_text(qtbot: QtBot) -> None:
    text = {Qt.ItemDataRole.DisplayRole: "", CellRole.TONE: "err"}
    assert colors().err not in names(painted(qtbot, "text", text), 0, 24)
    with_icon = painted(qtbot, "text", text | {CellRole.ICON: "lock-fill"})
    assert colors().err in names(with_icon, 0, 24)
