"""A panel over the window's content: it has the focus while it is open, and gives it back.

No dialog and no loop of its own: streams, and the page below, go on.
"""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from pxbin_app.widgets.tab_order import move_focus

_SHADE = QColor(0, 0, 0, 130)


class Overlay(QWidget):
    """Covers ``over`` with a shade and puts ``panel`` on it. Esc and a press on the shade close it.

    Args:
        width: of the panel, in pixels; it is narrower where there is less room.
        top: how far below the upper edge it begins; None: in the middle.
    """

    closed = Signal()

    def __init__(
        self, over: QWidget, name: str, *, width: int = 620, top: int | None = None
    ) -> None:
        super().__init__(over)
        self._over = over
        self._width, self._top = width, top
        self._before: QWidget | None = None
        self.setAccessibleName(name)
        self.panel = QFrame(self)
        self.panel.setProperty("kind", "card")
        self.panel.setAccessibleName(name)
        self.content = QVBoxLayout(self.panel)
        self.content.setContentsMargins(0, 0, 0, 0)
        self.content.setSpacing(0)
        self.hide()

    @property
    def is_open(self) -> bool:
        """Whether it covers the window now."""
        return not self.isHidden()

    def open(self) -> None:
        """Come into view and take the focus."""
        if not self.is_open:
            self._before = QApplication.focusWidget()
            self.setGeometry(self._over.rect())
            self.show()
        self.raise_()
        self.place()
        self.take_focus()

    def close_overlay(self) -> None:
        """Go, and give the focus back to where it was."""
        if not self.is_open:
            return
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._before = None
        self.closed.emit()

    def take_focus(self) -> None:
        """Put the focus where one begins; subclasses know better than the first control."""
        self.focusNextPrevChild(True)

    def place(self) -> None:
        """Put the panel where it belongs, as large as what is in it."""
        width = min(self._width, self.width() - 32)
        height = min(
            max(self.panel.sizeHint().height(), self._height_for(width)), self.height() - 32
        )
        top = (self.height() - height) // 2 if self._top is None else self._top
        self.panel.setGeometry((self.width() - width) // 2, max(16, top), width, height)

    def _height_for(self, width: int) -> int:
        return max(0, self.panel.heightForWidth(width))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round within the panel; what is under the shade cannot be reached."""
        return move_focus(self.panel, forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_overlay()
        event.accept()  # nothing below the shade hears it

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.close_overlay()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._over.installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._over.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the window as it changes its size."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
            self.place()
        return False

    def event(self, event: QEvent) -> bool:
        """What is in the panel grew or shrank."""
        if event.type() == QEvent.Type.LayoutRequest and self.is_open:
            self.place()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), _SHADE)
