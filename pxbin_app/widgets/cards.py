"""Cards: a surface with a title, and the one that shows a single big figure."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from pxbin_app.theme import METRICS
from pxbin_app.widgets.format import UNKNOWN
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.sparkline import Sparkline

_BETWEEN = 6
"""Pixels between a figure and its note, at least."""


class Card(QFrame):
    """A bordered surface: a title row when there is a title (``header`` takes more on its right), then ``body``."""

    def __init__(self, title: str = "", *, padded: bool = True) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        outer = QVBoxLayout(self)
        x, y = (METRICS.card_padding_x, METRICS.card_padding_y) if padded else (1, 1)
        outer.setContentsMargins(x, y, x, y)
        outer.setSpacing(8)
        self.header = QHBoxLayout()
        self.header.setSpacing(8)
        if not padded:
            self.header.setContentsMargins(METRICS.card_padding_x - 1, 8, 8, 0)
        self.body = QVBoxLayout()
        self.body.setSpacing(4)
        if title:
            self.setAccessibleName(title)
            self.header.addWidget(Label(title, "strong"))
            self.header.addStretch(1)
            outer.addLayout(self.header)
        outer.addLayout(self.body, 1)

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Put a widget or a layout at the end of the body."""
        if isinstance(item, QWidget):
            self.body.addWidget(item, stretch)
        else:
            self.body.addLayout(item, stretch)


class FigureCard(QFrame):
    """A label, one big figure, a note at its right where there is room for all of it, and a trend under them."""

    def __init__(self, label: str, *, series: int = 0, trend: bool = True) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._name = label
        layout = QVBoxLayout(self)
        layout.setContentsMargins(
            METRICS.card_padding_x, METRICS.card_padding_y, METRICS.card_padding_x, 12
        )
        layout.setSpacing(2)
        self._figure = Label(UNKNOWN, "figure")
        self._note = Label("", "table", "text2")
        figures = QHBoxLayout()
        figures.addWidget(self._figure)
        figures.addStretch(1)
        self._note.setContentsMargins(0, 0, 0, 4)  # both on one base line
        figures.addWidget(self._note, 0, Qt.AlignmentFlag.AlignBottom)
        layout.addWidget(Label(label, "table", "text2"))
        layout.addLayout(figures)
        self._trend = Sparkline(series=series)
        self._trend.setVisible(trend)
        layout.addSpacing(6)
        layout.addWidget(self._trend)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_figure(self, figure: str, note: str = "", *, tone: str = "text2") -> None:
        """Show a figure already formatted for people; ``tone`` colours the note (``err``, ``warn`` ...)."""
        self._figure.setText(figure)
        self._note.setText(note)
        self._note.set_color(tone)
        self.setAccessibleName(f"{self._name}: {figure} {note}".strip())
        self._fit_note()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_note()

    def _fit_note(self) -> None:
        """The figure never gives way, and half a number says something else than all of it."""
        margins = self.contentsMargins().left() + 2 * METRICS.card_padding_x
        needed = self._figure.sizeHint().width() + self._note.sizeHint().width()
        self._note.setVisible(needed + _BETWEEN <= self.width() - margins)

    def minimumSizeHint(self) -> QSize:
        wanted = self._figure.sizeHint().width() + 2 * METRICS.card_padding_x
        return QSize(wanted, super().minimumSizeHint().height())

    def set_trend(self, values: Sequence[float]) -> None:
        """Draw the course of the figure, oldest first."""
        self._trend.set_values(values)
