"""Shows the main window with every widget and takes pictures of it: ``python -m tests.support.gallery DIRECTORY``.

Run it on a real or virtual screen, at 1x and with QT_SCALE_FACTOR=2, and look at the pictures.
"""

import math
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from pxbin_app.main_window import MainWindow, PageDescriptor
from pxbin_app.settings import Settings
from pxbin_app.theme import current
from pxbin_app.widgets.buttons import Button, IconButton, SegmentedControl, TabStrip
from pxbin_app.widgets.cards import Card, FigureCard
from pxbin_app.widgets.cells import CellRole
from pxbin_app.widgets.charts import LineChart, StackedBarChart
from pxbin_app.widgets.code_view import CodeView
from pxbin_app.widgets.details import KeyValueList, Span, Waterfall
from pxbin_app.widgets.dialogs import ConfirmDialog, FormDialog
from pxbin_app.widgets.fields import CheckBox, SearchField, SecretField, Select, TextField
from pxbin_app.widgets.labels import Dot, Label, Pill
from pxbin_app.widgets.page import Page
from pxbin_app.widgets.series import Series
from pxbin_app.widgets.sparkline import Meter
from pxbin_app.widgets.states import EmptyState, ErrorState, Skeleton
from pxbin_app.widgets.status_box import RunState
from pxbin_app.widgets.styling import row
from pxbin_app.widgets.table import Column, DataTable

MODELS = ("claude-sonnet-4-5", "gpt-5.2-codex", "glm-4.6", "claude-haiku-4-5", "deepseek-v3.2")
COLUMNS = (
    Column(title="Time", sample="00:00:00"),
    Column(title="Status", kind="pill", sample="000"),
    Column(title="Client", sample="Claude Code"),
    Column(title="Model", kind="model", stretch=True),
    Column(title="In", kind="number", sample="000.0k"),
    Column(title="Out", kind="number", sample="00.0k"),
    Column(title="Cost", kind="number", sample="$0.0000"),
    Column(title="Latency", kind="number", sample="00.00 s"),
)
BODY = """{"model": "claude-sonnet-4-5", "max_tokens": 32000, "stream": true, "thinking": {"type": "enabled",
"budget_tokens": 16000}, "system": [{"type": "text", "text": "You are Claude Code, …", "cache_control":
{"type": "ephemeral"}}], "messages": [{"role": "user", "content": [{"type": "text", "text": "Fix the failing test"}]}]}"""


class Rows(QAbstractTableModel):
    """Forty rows that look like a day's work."""

    def rowCount(self, parent: Any = None) -> int:
        return 40

    def columnCount(self, parent: Any = None) -> int:
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section].title
        return None

    def data(self, index: Any, role: int = 0) -> Any:
        line, column = index.row(), index.column()
        model = line * 3 % 5
        failed = line % 7 == 5
        status = "429" if failed else ("live" if line in (0, 2) else "200")
        if line == 11:
            status = "500"
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                f"14:{32 - line // 3:02d}:{(57 - 9 * line) % 60:02d}",
                status,
                ("Claude Code", "Codex", "OpenAI SDK")[line % 3],
                MODELS[model],
                "—" if failed else f"{5 + line * 37 % 400 / 10:.1f}k",
                "—" if failed else str(190 + line * 61 % 700),
                "—" if failed else f"$0.{40 + line * 83 % 900:04d}",
                f"{(line * 17 % 110) / 10 + 0.2:.2f} s",
            )[column]
        if role == CellRole.TONE:
            if column == 1:
                return {"200": "ok", "429": "warn", "500": "err", "live": "info"}[status]
            return "text2" if column in (4, 7) else None
        if role == CellRole.SERIES:
            return model
        if role == CellRole.SECOND and column == 3:
            return "glm-4.6" if model == 3 else None
        return None


class DashboardPage(Page):
    """Figures, chart and table, as the dashboard has them."""

    def __init__(self) -> None:
        super().__init__("Dashboard")
        self.header.addStretch(1)
        periods = [("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days")]
        self.header.addWidget(SegmentedControl(periods, "Period"))
        self.header.addWidget(Button("Add upstream", "primary", icon_name="plus"))
        figures = QHBoxLayout()
        figures.setSpacing(12)
        for place, (label, figure, note) in enumerate(
            (
                ("Spend", "$6.89", "3 unpriced"),
                ("Requests", "1,284", "1.2% errors"),
                ("Tokens", "18.4M", "71% cached"),
                ("Time to first token", "0.83 s", "p95 2.4 s"),
            )
        ):
            card = FigureCard(label, series=place)
            card.set_figure(figure, note)
            card.set_trend([5 + 4 * math.sin(step / (2 + place)) + step / 6 for step in range(24)])
            figures.addWidget(card)
        self.add(figures)
        charts = QHBoxLayout()
        charts.setSpacing(12)
        chart = StackedBarChart("Spend by model", lambda value: f"${value:.2f}")
        shape = [0.03, 0.05, 0.3, 0.78, 0.64, 0.78, 0.4, 0.2, 0.1, 0.1, 0.09, 0.11]
        hours = [shape[hour // 2] for hour in range(24)]
        series = [
            Series(model, tuple(value * share for value in hours))
            for model, share in zip(MODELS, (0.5, 0.22, 0.13, 0.1, 0.05), strict=True)
        ]
        chart.set_data([f"{(15 + hour) % 24:02d}:00" for hour in range(24)], series)
        charts.addWidget(chart, 1)
        side = Card("Upstreams")
        side.header.addWidget(Label("p50 · errors", "caption", "text3"))
        side.setFixedWidth(232)
        for tone, name, numbers in (
            ("ok", "Anthropic", "0.81 s  0.2%"),
            ("ok", "OpenAI", "0.63 s  0%"),
            ("warn", "Z.ai", "1.94 s  4.1%"),
            ("err", "Down", "—  100%"),
            ("neutral", "Paused", "—"),
        ):
            side.add(
                row(Dot(tone), Label(name, "table-strong"), None, Label(numbers, "table", "text2"))
            )
        side.body.addStretch(1)
        charts.addWidget(side)
        holder = QWidget()
        holder.setLayout(charts)
        holder.layout().setContentsMargins(0, 0, 0, 0)
        holder.setFixedHeight(186)
        self.add(holder)
        card = Card("Live requests", padded=False)
        card.header.addWidget(SearchField("Filter by model"))
        card.header.addWidget(IconButton("funnel", "Filter"))
        self.table = DataTable(COLUMNS, "Live requests")
        self.table.setModel(Rows())
        card.add(self.table, 1)
        self.add(card, 1)


class LogsPage(Page):
    """Table and detail pane, edge to edge."""

    def __init__(self) -> None:
        super().__init__("Logs", edge_to_edge=True)
        self.header.addWidget(row_widget(Dot("ok"), Label("Live · 2 in flight", "table", "text2")))
        self.header.addStretch(1)
        self.header.addWidget(Button("Pause", icon_name="pause"))
        self.header.addWidget(Button("Export", icon_name="download-simple"))
        self.toolbar.addWidget(SearchField("Filter by model"), 1)
        for text in ("Last 24 hours", "Any model", "Any key", "Errors only"):
            self.toolbar.addWidget(Button(text))
        self.toolbar.addStretch(1)
        self.toolbar.addWidget(Label("1,284 of 48,211", "table", "text3"))
        self.set_foot("↑↓ move   Enter open   Ctrl+F filter", "Rows are kept for 14 days")
        self.table = DataTable(COLUMNS, "Requests")
        self.table.setModel(Rows())
        layout = QHBoxLayout()
        layout.setSpacing(0)
        layout.addWidget(self.table, 1)
        layout.addWidget(detail_pane())
        self.add(layout, 1)

    def focus_filter(self) -> None:
        self.table.setFocus()


def row_widget(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    holder.setLayout(row(*widgets))
    return holder


def detail_pane() -> QFrame:
    pane = QFrame()
    pane.setProperty("kind", "panel")
    pane.setFixedWidth(394)
    layout = QVBoxLayout(pane)
    layout.setContentsMargins(14, 12, 14, 12)
    layout.setSpacing(10)
    head = row(Dot(series=2), Label("glm-4.6", "strong"), Pill("200", "ok"), None, spacing=6)
    for name, said in (("copy", "Copy as cURL"), ("x", "Close")):
        head.addWidget(IconButton(name, said))
    layout.addLayout(head)
    facts = KeyValueList()
    facts.set_rows(
        [
            ("Route", "Anthropic Messages → Chat Completions"),
            ("Upstream", "Z.ai · glm-4.6"),
            ("Tokens", "6,270 in (84% cached) · 656 out"),
            ("Cost", "$0.0050"),
        ]
    )
    layout.addWidget(facts)
    times = Waterfall()
    times.set_spans(
        [
            Span(label="Queue", start_ms=0, took_ms=4, series=2),
            Span(label="Translate", start_ms=4, took_ms=6, series=2),
            Span(label="Waiting (TTFT)", start_ms=10, took_ms=830, series=1),
            Span(label="Streaming", start_ms=840, took_ms=4370, series=0),
        ]
    )
    layout.addWidget(times)
    tabs = [
        ("request", "Request"),
        ("response", "Response"),
        ("losses", "Losses"),
        ("attempts", "Attempts"),
    ]
    layout.addWidget(TabStrip(tabs, "Details"))
    side = SegmentedControl(
        [("client", "As sent by client"), ("upstream", "As sent upstream")], "Side"
    )
    layout.addLayout(row(side, None))
    code = CodeView()
    code.set_text(BODY)
    layout.addWidget(code, 1)
    return pane


class PartsPage(Page):
    """Every control and state side by side."""

    def __init__(self) -> None:
        super().__init__("Parts")
        self.header.addStretch(1)
        buttons = Card("Buttons")
        disabled = Button("Disabled")
        disabled.setEnabled(False)
        self.focused = Button("Focused")
        buttons.add(
            row(
                Button("Primary", "primary", icon_name="plus"),
                Button("Plain"),
                self.focused,
                Button("Quiet", "quiet"),
                Button("Danger", "danger", icon_name="trash"),
                disabled,
                IconButton("arrow-clockwise", "Reload"),
                Pill("200", "ok"),
                Pill("429", "warn"),
                Pill("500", "err"),
                Pill("live", "info"),
                Pill("sealed"),
                None,
            )
        )
        meter = Meter()
        meter.set_share(0.69, "$6.89 of $10")
        secret = SecretField(placeholder="sk-…")
        secret.setText("sk-a-secret")
        choice = Select([("openai", "OpenAI"), ("anthropic", "Anthropic")], name="Format")
        buttons.add(
            row(TextField(placeholder="Name"), secret, choice, SearchField("Filter"), meter)
        )
        buttons.add(row(CheckBox("Active", checked=True), CheckBox("Paid test"), None))
        self.add(buttons)
        latency = LineChart("Latency", lambda value: f"{value:.1f} s")
        waves = [
            Series(name, tuple(height + math.sin(step / 9 + height) for step in range(300)))
            for name, height in (("p50", 1.2), ("p95", 2.4), ("p99", 3.8))
        ]
        latency.set_data([str(step) for step in range(300)], waves)
        self.add(latency)
        states = QHBoxLayout()
        states.setSpacing(12)
        for title, widget in (
            (
                "Empty",
                EmptyState(
                    "No upstream yet. Add the first to send requests.", "Add upstream", lambda: None
                ),
            ),
            ("Failed", ErrorState("The database does not answer.", "Try again", lambda: None)),
            ("Loading", Skeleton(6)),
        ):
            card = Card(title)
            card.add(widget, 1)
            states.addWidget(card)
        self.add(states, 1)


def form(parent: QWidget) -> FormDialog:
    dialog = FormDialog(parent, "Add upstream", primary="Add upstream")
    dialog.add_field("Name", TextField("Z.ai"), "As it is shown in Logs.")
    address = dialog.add_field("Base URL", TextField("api.z.ai"), "With or without /v1.")
    address.set_error("Begin with https:// (or http:// for a server on this machine).")
    dialog.add_field("Format", Select([("openai", "OpenAI"), ("anthropic", "Anthropic")]))
    dialog.add_field("API key", SecretField(), "Kept in the system keyring.")
    dialog.add(CheckBox("Active", checked=True))
    return dialog


def build_window(directory: Path) -> MainWindow:
    """The window with three pages; ``directory`` is where it remembers how it was left."""
    pages = (
        PageDescriptor(name="dashboard", title="Dashboard", icon_name="gauge", build=DashboardPage),
        PageDescriptor(name="logs", title="Logs", icon_name="list-dashes", build=LogsPage),
        PageDescriptor(
            name="parts", title="Parts", icon_name="cube", build=PartsPage, section="Configure"
        ),
    )
    window = MainWindow(pages, Settings(directory).store)
    window.set_state("running", address="127.0.0.1:8080", base_url="http://127.0.0.1:8080")
    return window


def main(directory: Path) -> int:
    """Take the pictures one after another, then end."""
    app = QApplication([])
    theme = current()
    theme.set_mode("dark")
    theme.apply(app)
    window = build_window(Path(tempfile.mkdtemp(prefix="pxbin-gallery-")))
    window.show()
    scale = f"{window.devicePixelRatio():.0f}x"
    steps = [
        (f"{name}-{mode}-{scale}", partial(action, window, mode))
        for mode in ("dark", "light")
        for name, action in SCENES.items()
    ]

    def step() -> None:
        name, action = steps.pop(0)
        for child in window.findChildren(ConfirmDialog) + window.findChildren(FormDialog):
            child.close()
        action()
        QTimer.singleShot(700, lambda: grab(name))

    def grab(name: str) -> None:
        screen = window.screen().grabWindow(0)
        screen.save(str(directory / f"{name}.png"))
        if steps:
            step()
        else:
            window.close_for_good()
            app.quit()

    QTimer.singleShot(300, step)
    return app.exec()


def show(page: str, window: MainWindow, mode: Any) -> None:
    current().set_mode(mode)
    window.move(0, 0)
    window.show_page(page)
    window.hide_banner("paused")
    state: RunState = "paused" if page == "parts" else "running"
    window.set_state(state, address="127.0.0.1:8080", base_url="http://127.0.0.1:8080")
    shown = window.current_page
    if isinstance(shown, DashboardPage | LogsPage):
        shown.table.select_row(3)
    if isinstance(shown, PartsPage):
        shown.focused.setFocus(Qt.FocusReason.TabFocusReason)
        said = "Paused: new requests are refused with 503."
        window.show_banner("paused", said, action="Resume", on_click=lambda: None)
        window.toast("Upstream Z.ai added", detail="12 models found")


def ask_to_delete(window: MainWindow, mode: Any) -> None:
    said = "Three models are served by it. Its key is removed from the keyring."
    ConfirmDialog(window, "Delete Z.ai?", said, confirm="Delete").open()


SCENES: dict[str, Callable[[MainWindow, Any], None]] = {
    "dashboard": partial(show, "dashboard"),
    "logs": partial(show, "logs"),
    "parts": partial(show, "parts"),
    "form": lambda window, mode: form(window).open(),
    "confirm": ask_to_delete,
}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
