"""A result's row shows what fitted, and is painted whatever is in it."""

from functools import partial

import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QListView, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from pxbin_app.palette.entries import Entry
from pxbin_app.palette.presenter import Result
from pxbin_app.palette.rows import ROW, ResultDelegate, ResultModel, _pieces


def test_the_letters_that_fit_stand_apart() -> None:
    assert _pieces("opus-4", frozenset({0, 1, 5})) == [("op", True), ("us-", False), ("4", True)]
    assert _pieces("", frozenset()) == []


@pytest.mark.parametrize("width", [900, 240, 60])
def test_a_row_is_painted_in_any_room(qtbot: QtBot, width: int) -> None:
    entry = Entry(
        kind="Upstream",
        title="A name that is rather long",
        detail="https://a.very.long.host.example.com/v1",
        icon_name="cloud",
        keys="Ctrl+4",
        run=partial(print),
    )
    model, view = ResultModel(), QListView()
    qtbot.addWidget(view)
    model.set_results([Result(entry, frozenset({2, 3}))])
    view.setModel(model)
    image = QImage(width, ROW, QImage.Format.Format_ARGB32)
    image.fill(0)
    option = QStyleOptionViewItem()
    option.rect = image.rect()
    painter = QPainter(image)
    ResultDelegate(view).paint(painter, option, model.index(0))
    painter.end()
    assert any(image.pixel(x, y) for x in range(width) for y in range(0, ROW, 3))
