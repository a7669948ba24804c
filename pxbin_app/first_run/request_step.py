"""Step 4 of the first run as widgets: how to ask, and the request as it arrives."""

from PySide6.QtWidgets import QVBoxLayout

from pxbin_app.client_setup.presenter import ClientSetupPresenter
from pxbin_app.first_run.arrival import Arrival
from pxbin_app.first_run.step_widget import StepWidget
from pxbin_app.widgets.buttons import Button, CopyButton
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.format import count, dollars, seconds
from pxbin_app.widgets.labels import Label, MonoLabel, Pill
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.spinner import Spinner
from pxbin_app.widgets.styling import row
from pxbin_engine.records import RequestRecord

_WORDS = {
    "waiting": "Waiting for the first request…",
    "running": "A request is being answered…",
    "arrived": "It works. This is how every request looks from now on:",
    "failed": "A request arrived, and could not be answered:",
}


class RequestStep(StepWidget):
    """The step."""

    def __init__(self, arrival: Arrival, clients: ClientSetupPresenter) -> None:
        super().__init__()
        self._arrival, self._clients = arrival, clients
        self.command = MonoLabel("", 13, "text", selectable=True)
        self.copy = CopyButton(self.command.text, "Copy the command")
        self.ask = Label("", "body", wrap=True)
        self.send = Button("Send a test request", icon_name="paper-plane-tilt", on_click=self._send)
        self.spinner = Spinner("Waiting for a request")
        self.said = Label("", "strong")
        self.status = Pill()
        self.route = Label("", "body")
        self.figures = Label("", "table", "text2")
        self.problem = Banner("", "err")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._ways())
        layout.addWidget(self._seen())
        layout.addWidget(self.problem)
        layout.addStretch(1)
        arrival.changed.connect(self._show)
        clients.tested.connect(self._show)
        clients.changed.connect(self._show)
        self._show()

    @property
    def primary(self) -> str:
        return "Open the Dashboard" if self._arrival.outcome == "arrived" else "Finish without it"

    def shown(self) -> None:
        self._arrival.start()
        self._clients.start()
        self._show()

    def hidden(self) -> None:
        self._arrival.stop()
        self._clients.stop()

    def _ways(self) -> Card:
        card = Card()
        card.body.setSpacing(8)
        card.add(self.ask)
        card.add(row(self.command, self.copy, None, self.send))
        return card

    def _seen(self) -> Card:
        card = Card()
        card.body.setSpacing(8)
        card.add(row(self.spinner, self.said, None))
        card.add(row(self.status, self.route, None))
        card.add(self.figures)
        return card

    def _send(self) -> None:
        self._clients.test()

    def _show(self) -> None:
        arrival, clients = self._arrival, self._clients
        self.ask.setText(f"Start {clients.chosen.title} in a terminal and ask it something:")
        self.command.setText(clients.chosen.program)
        self.send.setEnabled(clients.can_test and not clients.testing)
        self.said.setText(_WORDS[arrival.outcome])
        self.spinner.setVisible(arrival.outcome in ("waiting", "running"))
        record = arrival.record if arrival.outcome in ("arrived", "failed") else None
        for part in (self.status, self.route, self.figures):
            part.setVisible(record is not None)
        if record is not None:
            self._show_record(record)
        self._show_problem(record)
        self.primary_changed.emit()

    def _show_record(self, record: RequestRecord) -> None:
        works = record.outcome == "ok"
        self.status.set_state(str(record.status_code), "ok" if works else "err")
        came = record.client_name or record.path
        self.route.setText(f"{came} asked for {record.model}")
        self.figures.setText(figures_of(record))

    def _show_problem(self, record: RequestRecord | None) -> None:
        tested = self._clients.result
        text = record.error_message or "" if record is not None and record.outcome != "ok" else ""
        if tested is not None and not tested.passed:
            text = f"{tested.problem} {tested.advice}"
        self.problem.set_message(text, "err")
        self.problem.setVisible(bool(text) and self._arrival.outcome != "arrived")


def figures_of(record: RequestRecord) -> str:
    """Tokens, cost and time in a line."""
    read = record.input_tokens + record.cache_read_tokens + record.cache_creation_tokens
    parts = (
        f"{count(read)} tokens in",
        f"{count(record.output_tokens)} out",
        dollars(record.cost) if record.cost is not None else "no price known",
        seconds(record.latency_ms),
    )
    return " · ".join(parts)
