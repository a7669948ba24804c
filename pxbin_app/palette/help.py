"""The keyboard map over the window: all keys, by where they hold."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pxbin_app.shortcuts import Shortcut, groups
from pxbin_app.widgets.buttons import IconButton
from pxbin_app.widgets.labels import Label, Pill
from pxbin_app.widgets.overlay import Overlay


class ShortcutHelp(Overlay):
    """The map. ``pages`` are the titles of the sidebar."""

    def __init__(self, over: QWidget, pages: tuple[str, ...]) -> None:
        super().__init__(over, "Keyboard shortcuts", width=760)
        head = QHBoxLayout()
        head.addWidget(Label("Keyboard shortcuts", "heading"))
        head.addStretch(1)
        self.close_button = IconButton("x", "Close", on_click=self.close_overlay)
        head.addWidget(self.close_button)
        columns = QHBoxLayout()
        columns.setSpacing(32)
        everywhere, to_pages, tables, logs, forms = groups(pages)
        columns.addLayout(_column(everywhere, tables), 1)
        columns.addLayout(_column(to_pages, logs, forms), 1)
        self.content.setContentsMargins(20, 14, 14, 20)
        self.content.setSpacing(12)
        self.content.addLayout(head)
        self.content.addLayout(columns)


Group = tuple[str, tuple[Shortcut, ...]]


def _column(*parts: Group) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(8)
    for title, shortcuts in parts:
        column.addWidget(Label(title, "strong"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, 150)
        grid.setColumnStretch(1, 1)
        for row, shortcut in enumerate(shortcuts):
            grid.addLayout(_caps(shortcut.keys), row, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(Label(shortcut.does, "table", "text2", wrap=True), row, 1)
        column.addLayout(grid)
        column.addSpacing(10)
    column.addStretch(1)
    return column


def _caps(keys: tuple[str, ...]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    for key in keys:
        row.addWidget(Pill(native(key)))
    row.addStretch(1)
    return row


def native(keys: str) -> str:
    """Keys as this system writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
