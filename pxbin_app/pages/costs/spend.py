"""What was spent in a period: its sum, a chart over time, and who spent it, by model and by key."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pxbin_app.listing.model import RowsModel
from pxbin_app.look_back import spend_by_model, step_names
from pxbin_app.pages.costs.model import SpendRow, cells, columns, of_keys, of_models
from pxbin_app.pages.costs.spend_presenter import Spend
from pxbin_app.theme import METRICS
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.charts import StackedBarChart
from pxbin_app.widgets.format import count, counted, dollars
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import row
from pxbin_app.widgets.table import DataTable

_CHART_HEIGHT = 200
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
        self.chart = StackedBarChart("Spend by model over time", lambda value: f"${value:.2f}")
        self.chart.setFixedHeight(_CHART_HEIGHT)
        self.models = SpendTable("By model", "Model")
        self.keys = SpendTable("By key", "Key")
        tables = QHBoxLayout()
        tables.setSpacing(METRICS.gap)
        tables.addWidget(self.models, 1)
        tables.addWidget(self.keys, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.gap)
        layout.addLayout(row(self.sum, self.note, self.unpriced, None))
        layout.addWidget(self.chart)
        layout.addLayout(tables)
        layout.addStretch(1)

    def show_spend(self, spend: Spend) -> None:
        """Show what was read."""
        overview = spend.overview
        self.sum.setText(dollars(overview.total_cost))
        self.note.setText(f"for {counted(overview.total_requests, 'request', 'requests')}")
        missing = count(overview.unpriced_requests)
        self.unpriced.setText(f"{missing} of them without a known price")
        self.unpriced.setVisible(overview.unpriced_requests > 0)
        self.unpriced.setToolTip("The sum is without them. Set prices in Models.")
        self.chart.set_data(
            step_names(spend.steps, spend.interval),
            spend_by_model(spend.steps, spend.models_over_time),
        )
        self.models.show_rows(of_models(spend.by_model))
        self.keys.show_rows(of_keys(spend.by_key))


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
