"""Style properties and rows."""

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from pxbin_app.theme import colors
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import column, hairline, row, set_style_property


def test_a_property_changes_the_style_at_once(qtbot: QtBot) -> None:
    button = QPushButton("Save")
    qtbot.addWidget(button)
    button.resize(100, 30)
    assert button.grab().toImage().pixelColor(50, 4).name() == colors().surface
    set_style_property(button, "kind", "primary")
    assert button.grab().toImage().pixelColor(50, 4).name() == colors().accent


def test_rows_and_columns_take_widgets_gaps_and_stretches(qtbot: QtBot) -> None:
    labels = [Label("a"), Label("b"), hairline()]
    for label in labels:
        qtbot.addWidget(label)
    assert row(labels[0], 4, None, labels[1]).count() == 4
    assert column(labels[2]).count() == 1
    assert labels[2].height() == 1
