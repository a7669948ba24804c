"""Lines of a form whose order counts: each can be moved, by its buttons or by Ctrl+Up and Ctrl+Down, and removed."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pxbin_app.widgets.buttons import IconButton
from pxbin_app.widgets.styling import row


class OrderedLine(QWidget):
    """What a subclass puts in it (``parts``), then the buttons that move and remove it."""

    move_requested = Signal(int)
    """-1: earlier, 1: later."""
    remove_requested = Signal()

    def __init__(self, parts: Sequence[QWidget], stretched: QWidget, *, remove: str) -> None:
        super().__init__()
        self.up = IconButton("arrow-up", "Move up (Ctrl+Up)", on_click=self._mover(-1))
        self.down = IconButton("arrow-down", "Move down (Ctrl+Down)", on_click=self._mover(1))
        self.remove = IconButton("x", remove, on_click=self.remove_requested.emit)
        self.stops = [*_stops(parts), self.up, self.down, self.remove]
        """Where the tabulator key goes, in order."""
        layout = row(*parts, self.up, self.down, self.remove, spacing=4)
        layout.setStretchFactor(stretched, 1)
        self.setLayout(layout)
        for sequence, button in (("Ctrl+Up", self.up), ("Ctrl+Down", self.down)):
            shortcut = QShortcut(QKeySequence(sequence), self, button.click)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def set_place(self, place: int, count: int) -> None:
        """It is the ``place``-th of ``count`` now (0: the first)."""
        self.up.setEnabled(place > 0)
        self.down.setEnabled(place < count - 1)

    def _mover(self, by: int) -> Callable[[], None]:
        return lambda: self.move_requested.emit(by)


Line = TypeVar("Line", bound=OrderedLine)


class OrderedLines(QWidget, Generic[Line]):
    """The lines. ``moved`` tells a line and its new place; who removes one is whoever hears ``remove_requested``."""

    moved = Signal(object, int)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)

    def add_line(self, line: Line) -> None:
        """Put a line at the end."""
        line.move_requested.connect(lambda by: self.move_line(line, by))
        self.lines.append(line)
        self._layout.addWidget(line)
        self._arrange()

    def move_line(self, line: Line, by: int) -> None:
        """Put a line earlier (-1) or later (1), where there is room."""
        place = self.lines.index(line) + by
        if 0 <= place < len(self.lines):
            self.lines.remove(line)
            self.lines.insert(place, line)
            self._arrange()
            self.moved.emit(line, place)

    def remove_line(self, line: Line) -> None:
        """Take a line away."""
        self.lines.remove(line)
        self._layout.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._arrange()

    def clear(self) -> None:
        """Take all lines away."""
        for line in tuple(self.lines):
            self.remove_line(line)

    def _arrange(self) -> None:
        for place, line in enumerate(self.lines):
            self._layout.removeWidget(line)
            self._layout.insertWidget(place, line)
            line.set_place(place, len(self.lines))
        for before, after in pairwise(stop for line in self.lines for stop in line.stops):
            self.setTabOrder(before, after)


def _stops(parts: Sequence[QWidget]) -> list[QWidget]:
    return [part for part in parts if part.focusPolicy() != Qt.FocusPolicy.NoFocus]
