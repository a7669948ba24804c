"""Parts of a detail pane: facts as label and value, and the waterfall of where a request's time went."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from pxbin_app.theme import colors, text_font
from pxbin_app.widgets.format import duration
from pxbin_app.widgets.labels import Label


class KeyValueList(QWidget):
    """Facts: a label in text2, its value beside it; values can be selected and copied."""

    def __init__(self, label_width: int = 68) -> None:
        super().__init__()
        self._width = label_width
        self._rows: list[tuple[Label, Label]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(0)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)

    def set_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show these facts; one with an empty value is left out."""
        shown = [(label, value) for label, value in rows if value]
        for place, (label, value) in enumerate(shown):
            if place == len(self._rows):
                self._append()
            for part, text in zip(self._rows[place], (label, value), strict=True):
                part.setText(text)
                part.show()
            self._rows[place][1].setAccessibleName(f"{label}: {value}")
        for pair in self._rows[len(shown) :]:
            for part in pair:
                part.hide()

    def _append(self) -> None:
        label = Label("", "table", "text2")
        label.setFixedWidth(self._width)
        value = Label("", "table", wrap=True, selectable=True)
        place = len(self._rows)
        self._grid.addWidget(label, place, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, place, 1, Qt.AlignmentFlag.AlignTop)
        self._rows.append((label, value))


@dataclass(frozen=True, kw_only=True)
class Span:
    """One step of a request: when it began after the request's arrival and how long it took, in milliseconds."""

    label: str
    start_ms: float
    took_ms: float | None
    """None: not known or not reached."""
    series: int = 0


class Waterfall(QWidget):
    """The steps of a request under one another on a common time line."""

    _ROW = 20
    _BAR = 6

    def __init__(self) -> None:
        super().__init__()
        self._spans: tuple[Span, ...] = ()
        self.setFont(text_font("caption"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_spans(self, spans: Sequence[Span]) -> None:
        """Show these steps, in this order."""
        self._spans = tuple(spans)
        said = (f"{span.label} {duration(span.took_ms)}" for span in spans)
        self.setAccessibleName("Timing: " + ", ".join(said))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(280, self._ROW * len(self._spans))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        figures = [duration(span.took_ms) for span in self._spans]
        labels = max((metrics.horizontalAdvance(span.label) for span in self._spans), default=0)
        left = min(labels, self.width() // 3) + 12
        right = max((metrics.horizontalAdvance(figure) for figure in figures), default=0) + 12
        whole = max((span.start_ms + (span.took_ms or 0) for span in self._spans), default=0) or 1.0
        for place, (span, figure) in enumerate(zip(self._spans, figures, strict=True)):
            row = QRectF(0, place * self._ROW, self.width(), self._ROW)
            self._paint_row(painter, row, span, figure, (left, right, whole))

    def _paint_row(
        self, painter: QPainter, row: QRectF, span: Span, figure: str, scale: tuple[int, int, float]
    ) -> None:
        scheme = colors()
        left, right, whole = scale
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(scheme.text2))
        label = self.fontMetrics().elidedText(span.label, Qt.TextElideMode.ElideRight, left - 8)
        painter.drawText(row, int(middle | Qt.AlignmentFlag.AlignLeft), label)
        painter.setPen(QColor(scheme.text))
        painter.drawText(row, int(middle | Qt.AlignmentFlag.AlignRight), figure)
        track = QRectF(
            left, row.center().y() - self._BAR / 2, row.width() - left - right, self._BAR
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(scheme.surface2))
        painter.drawRoundedRect(track, 3, 3)
        if span.took_ms is not None:
            painter.setBrush(QColor(scheme.series[span.series % len(scheme.series)]))
            painter.drawRoundedRect(self._bar(track, span, whole), 3, 3)

    def _bar(self, track: QRectF, span: Span, whole: float) -> QRectF:
        """At least three pixels, inside the track: a step of a millisecond is seen too."""
        width = max(3.0, track.width() * (span.took_ms or 0) / whole)
        left = min(track.left() + track.width() * span.start_ms / whole, track.right() - width)
        return QRectF(left, track.top(), width, track.height())
