"""The Dashboard's cards: figures, charts, upstreams, and the newest requests."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from pxbin_app.pages.dashboard import figures
from pxbin_app.pages.dashboard.figures import Figure, Reading, UpstreamLine
from pxbin_app.request_rows import COLUMNS, RequestTableModel
from pxbin_app.theme import METRICS
from pxbin_app.widgets.buttons import Button, SegmentedControl
from pxbin_app.widgets.cards import Card, FigureCard
from pxbin_app.widgets.charts import LineChart, StackedBarChart
from pxbin_app.widgets.format import count, duration, tokens
from pxbin_app.widgets.labels import Dot, ElidingLabel, Label
from pxbin_app.widgets.styling import row
from pxbin_app.widgets.table import DataTable
from pxbin_engine.records import UpstreamHealthRecord

_CHARTS_HEIGHT = 192
_BELOW_HEIGHT = 190
_SIDE = 244
_COURSE = 400
_UPSTREAMS = 6
COURSES = [("requests", "Requests"), ("tokens", "Tokens"), ("latency", "Latency")]


class Board(QWidget):
    """All cards; ``show_reading`` fills them."""

    request_opened = Signal(object)
    """The id of the request that was clicked; None: all were asked for."""

    def __init__(self, requests: RequestTableModel) -> None:
        super().__init__()
        self.figures = {
            "spend": FigureCard("Spend", series=3),
            "requests": FigureCard("Requests", series=0),
            "tokens": FigureCard("Tokens", series=2),
            "first_token": FigureCard("Time to first token", series=1),
        }
        self.spend = StackedBarChart("Spend by model", lambda value: f"${value:.2f}")
        self.upstreams = UpstreamsCard()
        self.courses = CoursesCard()
        self.live = LiveCard(requests)
        self.live.request_opened.connect(self.request_opened)
        self._requests = requests
        self._lay_out()

    def _lay_out(self) -> None:
        cards = QHBoxLayout()
        cards.setSpacing(METRICS.gap)
        for card in self.figures.values():
            cards.addWidget(card)
        charts = QHBoxLayout()
        charts.setSpacing(METRICS.gap)
        self.spend.setFixedHeight(_CHARTS_HEIGHT)
        self.upstreams.setFixedSize(_SIDE, _CHARTS_HEIGHT)
        charts.addWidget(self.spend, 1)
        charts.addWidget(self.upstreams)
        below = QHBoxLayout()
        below.setSpacing(METRICS.gap)
        self.courses.setFixedWidth(_COURSE)
        self.live.setMinimumHeight(_BELOW_HEIGHT)
        below.addWidget(self.live, 1)
        below.addWidget(self.courses)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.gap)
        layout.addLayout(cards)
        layout.addLayout(charts)
        layout.addLayout(below, 1)

    def show_reading(self, reading: Reading, health: Mapping[UUID, UpstreamHealthRecord]) -> None:
        """Show what was read."""
        for name, figure in (
            ("spend", figures.spend(reading)),
            ("requests", figures.requests(reading)),
            ("tokens", figures.token_sum(reading)),
            ("first_token", figures.first_token(reading)),
        ):
            _show_figure(self.figures[name], figure)
        self.spend.set_data(figures.labels(reading), figures.spend_by_model(reading))
        self._requests.set_series([one.name for one in self.spend.series])
        self.upstreams.show_lines(
            figures.upstream_lines(reading, health), figures.overhead(reading)
        )
        self.courses.show_reading(reading)


def _show_figure(card: FigureCard, figure: Figure) -> None:
    card.set_figure(figure.figure, figure.note, tone=figure.tone)
    card.set_trend(figure.trend)
    card.setToolTip(figure.explained)
    card.setAccessibleDescription(figure.explained)


class UpstreamsCard(Card):
    """How the upstreams do: a line each."""

    def __init__(self) -> None:
        super().__init__("Upstreams")
        self.header.addWidget(Label("p50 · errors", "caption", "text3"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._lines = [_UpstreamRow(self._grid, place) for place in range(_UPSTREAMS)]
        self._more = Label("", "caption", "text3")
        self.add(self._grid)
        self.body.addStretch(1)
        self.add(self._more)

    def show_lines(self, lines: Sequence[UpstreamLine], foot: str) -> None:
        """Show the first few; the foot says how many more there are, and what pxbin adds."""
        for place, view in enumerate(self._lines):
            view.show_line(lines[place] if place < len(lines) else None)
        more = len(lines) - len(self._lines)
        self._more.setText(" · ".join(filter(None, (f"{more} more" if more > 0 else "", foot))))


class _UpstreamRow:
    """The widgets of one line in the card's grid."""

    def __init__(self, grid: QGridLayout, place: int) -> None:
        self._dot = Dot()
        self._name = ElidingLabel("", "table-strong")
        self._ttft = Label("", "table", "text2")
        self._errors = Label("", "table", "text2")
        for column, widget in enumerate((self._dot, self._name, self._ttft, self._errors)):
            grid.addWidget(widget, place, column)
            widget.hide()
        for label in (self._ttft, self._errors):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_line(self, line: UpstreamLine | None) -> None:
        for widget in (self._dot, self._name, self._ttft, self._errors):
            widget.setVisible(line is not None)
        if line is None:
            return
        self._dot.set_tone(line.tone)
        self._name.set_text(line.name)
        self._ttft.setText(line.ttft)
        self._errors.setText(line.errors)
        self._errors.set_color("err" if line.many_errors else "text2")
        self._name.setToolTip(f"{line.name}: {line.state}")
        self._name.setAccessibleName(
            f"{line.name}, {line.state}, first token {line.ttft}, errors {line.errors}"
        )


class CoursesCard(QWidget):
    """One of three charts over time; the others are not drawn until they are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.choice = SegmentedControl(COURSES, "Course")
        self.requests = StackedBarChart("Requests", lambda value: count(round(value)), ranked=False)
        self.tokens = StackedBarChart("Tokens", lambda value: tokens(round(value)), ranked=False)
        self.latency = LineChart(
            "Latency", lambda value: duration(value) if value else "0", ranked=False
        )
        self._stack = QStackedWidget()
        for chart in (self.requests, self.tokens, self.latency):
            self._stack.addWidget(chart)
        self.choice.chosen.connect(
            lambda name: self._stack.setCurrentIndex([value for value, _ in COURSES].index(name))
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(row(self.choice, None))
        layout.addWidget(self._stack, 1)

    def show_reading(self, reading: Reading) -> None:
        """Draw the one in view; the others keep what they will draw."""
        names = figures.labels(reading)
        self.requests.set_data(names, figures.request_series(reading))
        self.tokens.set_data(names, figures.token_series(reading))
        self.latency.set_data(names, figures.latency_series(reading))


class LiveCard(Card):
    """The newest requests as they happen; a click opens one in Logs."""

    request_opened = Signal(object)

    def __init__(self, requests: RequestTableModel) -> None:
        super().__init__("Live requests", padded=False)
        self._dot = Dot("neutral")
        self._flow = Label("", "table", "text2")
        self.header.insertWidget(1, self._dot)
        self.header.insertWidget(2, self._flow)
        self.header.addWidget(Button("All requests", "quiet", on_click=self._open_all))
        self.table = DataTable(COLUMNS, "Live requests")
        self.table.setModel(requests)
        self.table.clicked.connect(lambda index: self._open(index.row()))
        self.table.activated_row.connect(self._open)
        self._requests = requests
        self.add(self.table, 1)

    def _open(self, number: int) -> None:
        request = self._requests.row(number)
        if request is not None:
            self.request_opened.emit(request.id)

    def _open_all(self) -> None:
        self.request_opened.emit(None)

    def show_flow(self, in_flight: int) -> None:
        """Say how many requests run now."""
        self._dot.set_tone("ok" if in_flight else "neutral")
        self._flow.setText(f"{count(in_flight)} in flight")
