"""What stands where content would: nothing yet, still loading, or an error with the action that mends it."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from pxbin_app.theme import METRICS, colors
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.labels import Label, Sign
from pxbin_app.widgets.styling import row

_LINE = 440
"""Pixels: no line of a sentence is longer than one reads with ease."""
SKELETON_AFTER_MS = 300
"""An answer that comes sooner shows no skeleton: a flash is worse than nothing."""


class _Notice(QWidget):
    """An icon, a sentence, and a button, in the middle."""

    def __init__(self, icon_name: str, color: str) -> None:
        super().__init__()
        self._on_click: Callable[[], None] | None = None
        self._on_other: Callable[[], None] | None = None
        self._sentence = Label("", "body", "text2", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setMaximumWidth(_LINE)
        line = row(None, self._sentence, None)
        line.setStretchFactor(self._sentence, 1_000)
        self.button = Button("", "plain", on_click=self._click)
        self.other = Button("", "plain", on_click=self._click_other)
        self.other.hide()
        self._sign = Sign(icon_name, color, 28)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(METRICS.page_margin, 16, METRICS.page_margin, 16)
        layout.setSpacing(12)
        layout.addStretch(2)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(line)
        layout.addLayout(row(None, self.button, self.other, None))
        layout.addStretch(3)

    @property
    def text(self) -> str:
        """The sentence shown."""
        return self._sentence.text()

    def show_notice(
        self,
        sentence: str,
        action: str,
        on_click: Callable[[], None] | None,
        *,
        other: str = "",
        on_other: Callable[[], None] | None = None,
    ) -> None:
        """Say a sentence; with an action, offer its button, and with another one the other."""
        self._on_click, self._on_other = on_click, on_other
        self._sentence.setText(sentence)
        self.button.setText(action)
        self.button.setVisible(on_click is not None)
        self.other.setText(other)
        self.other.setVisible(on_other is not None)
        self.setAccessibleName(sentence)

    def _click(self) -> None:
        if self._on_click is not None:
            self._on_click()

    def _click_other(self) -> None:
        if self._on_other is not None:
            self._on_other()


class EmptyState(_Notice):
    """Nothing here yet: one sentence and the one button that changes it."""

    def __init__(
        self,
        sentence: str = "",
        action: str = "",
        on_click: Callable[[], None] | None = None,
        *,
        icon_name: str = "tray",
    ) -> None:
        super().__init__(icon_name, "text3")
        self.show_notice(sentence, action, on_click)


class ErrorState(_Notice):
    """It failed: what happened, and the action that mends it."""

    def __init__(
        self,
        sentence: str = "",
        action: str = "Try again",
        on_click: Callable[[], None] | None = None,
    ) -> None:
        super().__init__("warning-circle", "err")
        self.show_notice(sentence, action, on_click)


class Skeleton(QWidget):
    """Quiet bars in the shape of rows that are coming."""

    def __init__(self, rows: int = 8) -> None:
        super().__init__()
        self._rows = rows
        self.setAccessibleName("Loading")

    def sizeHint(self) -> QSize:
        return QSize(240, self._rows * METRICS.row)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors().surface2))
        for place in range(self._rows):
            y = place * METRICS.row + 10
            for left, share in (
                (0.02, 0.10),
                (0.16, 0.24),
                (0.46, 0.30 - 0.04 * (place % 3)),
                (0.86, 0.12),
            ):
                bar = QRectF(self.width() * left, y, self.width() * share, 10)
                painter.drawRoundedRect(bar, 4, 4)


class StatefulView(QStackedWidget):
    """Content, or what stands in its place: ``show_content``, ``show_loading``, ``show_empty``, ``show_error``."""

    def __init__(self, content: QWidget, *, skeleton_rows: int = 8) -> None:
        super().__init__()
        self._content = content
        self._skeleton = Skeleton(skeleton_rows)
        self.empty = EmptyState()
        self.error = ErrorState()
        for widget in (content, self._skeleton, self.empty, self.error):
            self.addWidget(widget)
        self._late = QTimer(self, singleShot=True, interval=SKELETON_AFTER_MS)
        self._late.timeout.connect(lambda: self.setCurrentWidget(self._skeleton))

    @property
    def state(self) -> str:
        """``content``, ``loading``, ``empty`` or ``error``."""
        return ("content", "loading", "empty", "error")[self.currentIndex()]

    def show_content(self) -> None:
        """Show the content."""
        self._show(self._content)

    def show_loading(self) -> None:
        """Show the skeleton, if nothing else is shown within 300 ms."""
        if self.state != "loading" and not self._late.isActive():
            self._late.start()

    def show_empty(
        self,
        sentence: str,
        action: str = "",
        on_click: Callable[[], None] | None = None,
        *,
        other: str = "",
        on_other: Callable[[], None] | None = None,
    ) -> None:
        """Say that there is nothing, and offer what changes it, in up to two ways."""
        self.empty.show_notice(sentence, action, on_click, other=other, on_other=on_other)
        self._show(self.empty)

    def show_error(
        self, sentence: str, action: str = "Try again", on_click: Callable[[], None] | None = None
    ) -> None:
        """Say what failed, and offer what mends it."""
        self.error.show_notice(sentence, action, on_click)
        self._show(self.error)

    def _show(self, widget: QWidget) -> None:
        self._late.stop()
        self.setCurrentWidget(widget)
