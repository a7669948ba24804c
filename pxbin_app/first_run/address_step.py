"""Step 1 of the first run as widgets: where pxbin listens, and when it starts."""

from PySide6.QtWidgets import QVBoxLayout

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.first_run.step_widget import StepWidget
from pxbin_app.pages.settings.presenter import SettingsPresenter
from pxbin_app.widgets.buttons import Button, CopyButton
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.fields import CheckBox, Field, TextField
from pxbin_app.widgets.labels import MonoLabel, Pill
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.styling import column, row
from pxbin_engine.events import EngineStateChanged

_ADDRESS = "listen_addr"


class AddressStep(StepWidget):
    """The step. What is ticked holds at once."""

    def __init__(self, bridge: EngineBridge, presenter: SettingsPresenter) -> None:
        super().__init__()
        self._bridge, self._presenter = bridge, presenter
        self._settings, self._login = presenter.controls.settings, presenter.controls.login
        self.address = MonoLabel("", 13, "text", selectable=True)
        self.state = Pill()
        self.copy = CopyButton(self.address.text, "Copy base URL")
        self.port = TextField()
        self.port.setFixedWidth(96)
        self.port_field = Field("Port", self.port)
        self.use = Button("Use this port", on_click=presenter.apply)
        self.at_login = CheckBox("Start pxbin when I log in")
        self.in_tray = CheckBox("Start in the tray, without this window")
        self.serves = CheckBox("Serve requests as soon as pxbin has started")
        self.error = Banner("", "err")
        self.error.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._address_card())
        layout.addWidget(self._start_card())
        layout.addWidget(self.error)
        layout.addStretch(1)
        self._connect()

    def shown(self) -> None:
        self.at_login.setChecked(self._login.on)
        self.in_tray.setChecked(self._settings.start_hidden)
        self.in_tray.setEnabled(self._login.on)
        self.serves.setChecked(self._settings.start_proxy)
        self._show_address()
        self._presenter.refresh()
        self.port.setText(str(self._presenter.config.port))

    def hidden(self) -> None:
        self._presenter.discard()

    def submit(self) -> bool:
        self._settings.save()
        return True

    def show_failure(self, reason: str) -> None:
        """Say what went wrong: with the start, or with what is to start at login."""
        self.error.set_message(reason or "pxbin could not start.", "err")
        self.error.show()

    def _address_card(self) -> Card:
        card = Card()
        card.body.setSpacing(8)
        card.add(row(self.address, self.copy, self.state, None))
        card.add(self.port_field)
        card.add(row(self.use, None))
        return card

    def _start_card(self) -> Card:
        card = Card()
        card.add(column(self.at_login, self.in_tray, self.serves, spacing=8))
        return card

    def _connect(self) -> None:
        self.port.textEdited.connect(self._enter_port)
        self._presenter.changed.connect(self._show_port)
        self._presenter.busy.connect(lambda busy: self.use.setEnabled(not busy))
        self.at_login.clicked.connect(self._login.set)
        self.in_tray.clicked.connect(self._presenter.set_start_hidden)
        self.serves.clicked.connect(self._set_serves)
        self._login.failed.connect(self.show_failure)
        self._login.changed.connect(self._show_login)
        self._bridge.state.connect(self._on_state)

    def _enter_port(self, text: str) -> None:
        host = self._presenter.config.host
        written = f"[{host}]" if ":" in host else host
        self._presenter.enter(_ADDRESS, f"{written}:{text.strip()}")

    def _show_port(self) -> None:
        presenter = self._presenter
        locked = presenter.locked(_ADDRESS)
        self.port.setEnabled(not locked)
        self.port_field.set_hint(locked or "Where clients find pxbin on this machine.")
        error = "A port is a number up to 65535." if _ADDRESS in presenter.errors else ""
        self.port_field.set_error(error or presenter.problem)
        self.use.setVisible(bool(presenter.pending) and not error)

    def _set_serves(self, serves: bool) -> None:
        self._settings.start_proxy = serves

    def _show_login(self, on: bool) -> None:
        self.at_login.setChecked(on)
        self.in_tray.setEnabled(on)

    def _on_state(self, event: EngineStateChanged) -> None:
        self._show_address()
        if event.state == "failed":
            self.show_failure(event.detail)
        elif event.state == "running":
            self.error.hide()

    def _show_address(self) -> None:
        ready = self._bridge.ready
        self.address.setText(self._bridge.engine.base_url if ready else "")
        self.copy.setVisible(ready)
        if self._bridge.failed:
            self.state.set_state("not running", "err")
        else:
            self.state.set_state("ready" if ready else "starting", "ok" if ready else "info")
