"""Small courses and bars without axes, painted directly: they must not wait for the chart library."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from pxbin_app.theme import Tone, colors


class Sparkline(QWidget):
    """The course of a value, scaled from zero to its largest."""

    def __init__(self, *, series: int = 0) -> None:
        super().__init__()
        self._series = series
        self._values: tuple[float, ...] = ()
        self.setFixedHeight(24)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_values(self, values: Sequence[float]) -> None:
        """Draw these, oldest first; fewer than two draw nothing."""
        if tuple(values) != self._values:
            self._values = tuple(values)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._values) < 2:
            return
        color = QColor(colors().series[self._series])
        line = course(self._values, QRectF(self.rect()).adjusted(0, 1.5, 0, -1))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(color)
        fill.setAlphaF(0.16)
        bottom = float(self.height())
        area = QPolygonF([QPointF(line[0].x(), bottom), *line, QPointF(line[-1].x(), bottom)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(area)
        painter.setPen(QPen(color, 1.4))
        painter.drawPolyline(QPolygonF(line))


def course(values: Sequence[float], box: QRectF) -> list[QPointF]:
    """The points of a line through ``values`` in ``box``, zero at its bottom, the largest at its top."""
    top = max(values) or 1.0
    step = box.width() / (len(values) - 1)
    return [
        QPointF(box.left() + step * place, box.bottom() - box.height() * max(value, 0.0) / top)
        for place, value in enumerate(values)
    ]


class Meter(QWidget):
    """How much of a whole is used, as a bar; give it an accessible name with the same in words."""

    def __init__(self) -> None:
        super().__init__()
        self._share = self._held = 0.0
        self._mark: float | None = None
        self._tone: Tone = "info"
        self.setFixedHeight(8)
        self.setMinimumWidth(64)

    def set_share(
        self,
        share: float,
        said: str,
        *,
        held: float = 0.0,
        mark: float | None = None,
        tone: Tone = "info",
    ) -> None:
        """Fill ``share`` (0..1, more shows as full and in the error colour); ``said`` is the same in words.

        Args:
            held: what is reserved beyond it, drawn paler.
            mark: where a line stands across the bar, as a threshold.
            tone: the colour of what is filled.
        """
        self._share, self._held, self._mark, self._tone = share, held, mark, tone
        self.setAccessibleName(said)
        self.setToolTip(said)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        scheme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        bar = box.adjusted(0, 1, 0, -1)
        painter.setBrush(QColor(scheme.surface2))
        painter.drawRoundedRect(bar, 3, 3)
        color = QColor(scheme.err if self._share > 1 else scheme.tone(self._tone)[0])
        pale = QColor(color)
        pale.setAlphaF(0.35)
        for share, brush in ((self._share + self._held, pale), (self._share, color)):
            if share > 0:
                painter.setBrush(brush)
                painter.drawRoundedRect(_filled(bar, share), 3, 3)
        if self._mark is not None and 0 < self._mark < 1:
            x = round(box.width() * self._mark)
            painter.fillRect(QRectF(x - 1, 0, 2, box.height()), QColor(scheme.text2))


def _filled(bar: QRectF, share: float) -> QRectF:
    """The left part of the bar; a trace is seen too."""
    return QRectF(bar.left(), bar.top(), max(6.0, bar.width() * min(share, 1.0)), bar.height())
