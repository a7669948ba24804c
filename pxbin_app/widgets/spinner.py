"""A small arc that turns while something is being asked for."""

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QWidget

from pxbin_app.theme import colors

_STEP_MS = 50
_STEP_DEGREES = 24
_SPAN_DEGREES = 270


class Spinner(QWidget):
    """Turns while it is seen and costs nothing else; ``name`` says to a screen reader what is waited for."""

    def __init__(self, name: str = "Working", *, size: int = 14) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFixedSize(size, size)
        self._angle = 0
        self._timer = QTimer(self, interval=_STEP_MS)
        self._timer.timeout.connect(self._turn)

    @property
    def turning(self) -> bool:
        """Whether it moves now."""
        return self._timer.isActive()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colors().accent), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        circle = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.drawArc(circle, -self._angle * 16, _SPAN_DEGREES * 16)

    def _turn(self) -> None:
        self._angle = (self._angle + _STEP_DEGREES) % 360
        self.update()
