"""Charts: stacked bars and lines over time, in cards with the legend beside the title.

pyqtgraph (and numpy with it) is imported when the first chart is about to be drawn, after the window has been painted:
its import takes longer than everything else at the start.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QCursor, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolTip, QWidget

from pxbin_app.theme import colors, text_font
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.labels import Dot, ElidingLabel
from pxbin_app.widgets.series import HAIRLINES, Series, axis_step, folded, spread_ticks, thinned

if TYPE_CHECKING:
    import pyqtgraph

BAR_WIDTH = 0.68
_LONGEST_NAME = 180


def _color(one: Series, place: int) -> str:
    return colors().err if one.failed else colors().series[place]


class _Legend(QWidget):
    """Names with the colours of their series."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._named: tuple[tuple[str, bool], ...] = ()

    def set_series(self, series: Sequence[Series]) -> None:
        named = tuple((one.name, one.failed) for one in series)
        if named == self._named:
            return
        self._named = named
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
            shiboken6.delete(item)  # nobody else would: a layout gives away what it gives back
        for place, (name, failed) in enumerate(named):
            if place:
                self._row.addSpacing(8)
            self._row.addWidget(Dot("err") if failed else Dot(series=place))
            label = ElidingLabel(name, "caption", "text2")
            label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
            label.setMaximumWidth(_LONGEST_NAME)
            self._row.addWidget(label)


class _Waiting(QWidget):
    """Stands where the plot will be; says when it was painted, and with it the window."""

    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.seen = False

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.seen:
            self.seen = True
            self.painted.emit()


class _Chart(Card):
    """What both kinds share: axes, hairlines, legend, tooltip, colours of the theme, and the late import."""

    def __init__(self, title: str, say: Callable[[float], str], *, ranked: bool = True) -> None:
        """``ranked``: the largest series first; else as they are given, at most five."""
        super().__init__(title)
        self._say = say
        self._ranked = ranked
        self._labels: tuple[str, ...] = ()
        self._series: tuple[Series, ...] = ()
        self._plot: pyqtgraph.PlotWidget | None = None
        self._legend = _Legend()
        self.header.addWidget(self._legend)
        self._waiting = _Waiting()
        self._waiting.painted.connect(self._draw, Qt.ConnectionType.QueuedConnection)
        self.body.addWidget(self._waiting, 1)
        self.setMinimumHeight(160)

    @property
    def series(self) -> tuple[Series, ...]:
        """What is drawn, in order; a place here is a place in the theme's series colours."""
        return self._series

    def set_data(self, labels: Sequence[str], series: Sequence[Series]) -> None:
        """Draw ``series`` over steps named ``labels``, which must be as many as each has values."""
        drawn = tuple(labels), folded(series) if self._ranked else tuple(series)
        if drawn == (self._labels, self._series):
            return
        self._labels, self._series = drawn
        self._legend.set_series(self._series)
        sums = ", ".join(f"{one.name} {self._say(one.total)}" for one in self._series)
        self.setAccessibleDescription(sums or "No data")
        self._draw_soon()

    def _draw_soon(self) -> None:
        """Once the window was painted, and in a turn of the loop of its own: several charts at once hold up streams."""
        if self._plot is not None or self._waiting.seen:
            QTimer.singleShot(0, self, self._draw)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw_soon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and getattr(self, "_plot", None) is not None:
            self._draw()

    def _draw(self) -> None:
        """Draw all again: a few milliseconds, and nothing where it is not seen."""
        if not self._labels or not self.isVisible():
            return
        plot = self._plot or self._made_plot()
        plot.clear()
        plot.setBackground(colors().surface)
        top = self._draw_scale(plot)
        self._draw_series(plot)
        plot.setRange(xRange=(-0.6, len(self._labels) - 0.4), yRange=(0, top), padding=0)

    def _made_plot(self) -> "pyqtgraph.PlotWidget":
        import pyqtgraph  # noqa: PLC0415  # late: see the module's docstring

        plot = pyqtgraph.PlotWidget(background=None)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.getPlotItem().layout.setContentsMargins(0, 6, 0, 0)  # half of the highest label
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setAccessibleName(self.accessibleName())
        plot.viewport().setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        plot.scene().sigMouseMoved.connect(self._on_mouse)
        plot.wheelEvent = lambda event: event.ignore()  # the page scrolls, the chart does not
        self.body.replaceWidget(self._waiting, plot)
        self._waiting.deleteLater()
        self._plot = plot
        return plot

    def _draw_scale(self, plot: "pyqtgraph.PlotWidget") -> float:
        import pyqtgraph  # noqa: PLC0415  # late: see the module's docstring

        step = axis_step(self._largest())
        heights = [step * place for place in range(HAIRLINES + 1)]
        for height in heights:
            line = pyqtgraph.InfiniteLine(
                height, angle=0, pen=pyqtgraph.mkPen(colors().border, width=1)
            )
            line.setZValue(-10)
            plot.addItem(line)
        self._dress_axis(plot.getAxis("left"), [(height, self._say(height)) for height in heights])
        self._dress_axis(plot.getAxis("bottom"), spread_ticks(self._labels))
        return heights[-1]

    def _dress_axis(self, axis: Any, ticks: Sequence[tuple[float, str]]) -> None:
        axis.setPen(None)
        axis.setTextPen(QColor(colors().text2))
        axis.setStyle(tickLength=0, tickAlpha=0, tickFont=text_font("caption"), tickTextOffset=6)
        axis.setTicks([list(ticks)])

    def _on_mouse(self, point: QPointF) -> None:
        if self._plot is None:
            return
        place = round(self._plot.getViewBox().mapSceneToView(point).x())
        if 0 <= place < len(self._labels):
            QToolTip.showText(QCursor.pos(), self._tooltip(place), self)

    def _tooltip(self, place: int) -> str:
        lines = [
            f"{one.name}  {self._say(one.values[place])}"
            for one in self._series
            if one.values[place]
        ]
        return "\n".join([self._labels[place], *(lines or ["nothing"])])

    def _largest(self) -> float:
        raise NotImplementedError

    def _draw_series(self, plot: "pyqtgraph.PlotWidget") -> None:
        raise NotImplementedError


class StackedBarChart(_Chart):
    """Series on top of one another, a bar for each step: spend by model over time."""

    def _largest(self) -> float:
        return max(map(sum, zip(*(one.values for one in self._series), strict=True)), default=0.0)

    def _draw_series(self, plot: "pyqtgraph.PlotWidget") -> None:
        import pyqtgraph  # noqa: PLC0415  # late: see the module's docstring

        bases = [0.0] * len(self._labels)
        for place, one in enumerate(self._series):
            bars = pyqtgraph.BarGraphItem(
                x=list(range(len(bases))),
                y0=list(bases),
                height=list(one.values),
                width=BAR_WIDTH,
                brush=_color(one, place),
                pen=None,
            )
            plot.addItem(bars)
            bases = [base + value for base, value in zip(bases, one.values, strict=True)]


class LineChart(_Chart):
    """A line for each series: latency over time. Long series are thinned to 500 points, peaks kept."""

    def set_data(self, labels: Sequence[str], series: Sequence[Series]) -> None:
        points = len(thinned([0.0] * len(labels)))
        stride = -(-len(labels) // points) if points else 1
        thin = [replace(one, values=thinned(one.values)) for one in series]
        super().set_data(labels[::stride], thin)

    def _largest(self) -> float:
        return max((max(one.values) for one in self._series), default=0.0)

    def _draw_series(self, plot: "pyqtgraph.PlotWidget") -> None:
        import pyqtgraph  # noqa: PLC0415  # late: see the module's docstring

        steps = list(range(len(self._labels)))
        for place, one in enumerate(self._series):
            pen = pyqtgraph.mkPen(_color(one, place), width=1)
            plot.addItem(pyqtgraph.PlotCurveItem(steps, list(one.values), pen=pen, antialias=True))
