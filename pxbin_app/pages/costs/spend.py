"""What was spent in a period: its sum, a chart over time, and who spent it, by model, key, client and upstream."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pxbin_app.listing.model import RowsModel
from pxbin_app.look_back import step_names
from pxbin_app.pages.costs.model import (
    SpendRow,
    cells,
    columns,
    of_clients,
    of_keys,
    of_models,
    of_upstreams,
)
from pxbin_app.pages.costs.spend_presenter import Spend
from pxbin_app.pages.costs.spend_words import PARTS, Part, forecast_text, series
from pxbin_app.theme import METRICS
from pxbin_app.widgets.buttons import SegmentedControl
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.charts import StackedBarChart
from pxbin_app.widgets.format import count, counted, dollars
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import row
from pxbin_app.widgets.table import DataTable

_CHART_HEIGHT = 212
_MOST_LINES = 8
"""A longer table scrolls within itself."""


class SpendBoard(QWidget):
    """All of it; ``show_spend`` fills it."""

    def __init__(self) -> None:
        super().__init__()
        self.sum = Label("", "figure")
        self.note = Label("", "table", "text2")
        self.unpriced = Label("", "table", "warn")
        for label in (self.note, self.unpriced):
            label.setContentsMargins(0, 5, 0, 0)  # all on one base line
        self.forecast = Label("", "table", "text2", wrap=True)
        self.chart = StackedBarChart("Spend over time", lambda value: f"${value:.2f}")
        self.chart.setFixedHeight(_CHART_HEIGHT)
        self.parts = SegmentedControl(PARTS, "Split the chart by")
        self.parts.chosen.connect(self._split)
        self.chart.header.addWidget(self.parts)
        self.models = SpendTable("By model", "Model")
        self.keys = SpendTable("By key", "Key")
        self.clients = SpendTable("By client", "Client")
        self.upstreams = SpendTable("By upstream", "Upstream")
        self._spend: Spend | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.gap)
        layout.addLayout(row(self.sum, self.note, self.unpriced, None))
        layout.addWidget(self.forecast)
        layout.addWidget(self.chart)
        layout.addLayout(_beside(self.models, self.keys))
        layout.addLayout(_beside(self.clients, self.upstreams))
        layout.addStretch(1)

    def show_spend(self, spend: Spend) -> None:
        """Show what was read."""
        self._spend = spend
        overview = spend.overview
        self.sum.setText(dollars(overview.total_cost))
        self.note.setText(f"for {counted(overview.total_requests, 'request', 'requests')}")
        missing = count(overview.unpriced_requests)
        self.unpriced.setText(f"{missing} of them without a known price")
        self.unpriced.setVisible(overview.unpriced_requests > 0)
        self.unpriced.setToolTip("The sum is without them. Set prices in Models.")
        self.forecast.setText(forecast_text(spend.forecast))
        self.forecast.setVisible(bool(self.forecast.text()))
        self._split(self.parts.value)
        self.models.show_rows(of_models(spend.by_model))
        self.keys.show_rows(of_keys(spend.by_key))
        self.clients.show_rows(of_clients(spend.by_client))
        self.upstreams.show_rows(of_upstreams(spend.by_upstream))

    def _split(self, part: str) -> None:
        """Draw the chart by model, by key or by client."""
        if self._spend is not None:
            names = step_names(self._spend.steps, self._spend.interval)
            self.chart.set_data(names, series(self._spend, cast("Part", part)))


def _beside(left: QWidget, right: QWidget) -> QHBoxLayout:
    both = QHBoxLayout()
    both.setSpacing(METRICS.gap)
    both.addWidget(left, 1)
    both.addWidget(right, 1)
    return both


class SpendTable(Card):
    """A table as high as its rows, up to a point."""

    def __init__(self, title: str, first: str) -> None:
        super().__init__(title, padded=False)
        shown = columns(first)
        self.model = RowsModel[SpendRow](shown, cells, lambda one: one.id)
        self.table = DataTable(shown, title)
        self.table.setModel(self.model)
        self.add(self.table)
        self.body.addStretch(1)

    def show_rows(self, rows: Sequence[SpendRow]) -> None:
        """Show these."""
        self.model.set_rows(rows)
        lines = min(max(1, len(rows)), _MOST_LINES)
        self.table.setFixedHeight(METRICS.header_row + lines * METRICS.row + 4)
