"""Step 1 of the first run as widgets: where pxbin listens, and when it starts."""

from PySide6.QtWidgets import QVBoxLayout

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.first_run.step_widget import StepWidget
from pxbin_app.login_switch import LoginSwitch
from pxbin_app.settings import Settings
from pxbin_app.widgets.buttons import CopyButton
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.fields import CheckBox
from pxbin_app.widgets.labels import Label, MonoLabel, Pill
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.styling import column, row


class AddressStep(StepWidget):
    """The step. What is ticked holds at once."""

    def __init__(self, bridge: EngineBridge, settings: Settings, login: LoginSwitch) -> None:
        super().__init__()
        self._bridge, self._settings, self._login = bridge, settings, login
        self.address = MonoLabel("", 13, "text", selectable=True)
        self.state = Pill()
        self.copy = CopyButton(self.address.text, "Copy base URL")
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

    def submit(self) -> bool:
        self._settings.save()
        return True

    def _address_card(self) -> Card:
        card = Card()
        card.body.setSpacing(8)
        card.add(row(self.address, self.copy, self.state, None))
        said = "Another port, or other machines: the page Settings, at any time."
        card.add(Label(said, "table", "text2", wrap=True))
        return card

    def _start_card(self) -> Card:
        card = Card()
        card.add(column(self.at_login, self.in_tray, self.serves, spacing=8))
        return card

    def _connect(self) -> None:
        self.at_login.clicked.connect(self._login.set)
        self.in_tray.clicked.connect(self._set_hidden)
        self.serves.clicked.connect(self._set_serves)
        self._login.failed.connect(self._show_failure)
        self._login.changed.connect(self._show_login)
        self._bridge.state.connect(lambda _event: self._show_address())

    def _set_hidden(self, hidden: bool) -> None:
        self._settings.start_hidden = hidden
        if self._login.on:
            self._login.set(True)  # how it starts stands in the system's entry

    def _set_serves(self, serves: bool) -> None:
        self._settings.start_proxy = serves

    def _show_login(self, on: bool) -> None:
        self.at_login.setChecked(on)
        self.in_tray.setEnabled(on)

    def _show_failure(self, reason: str) -> None:
        self.error.set_message(reason, "err")
        self.error.show()

    def _show_address(self) -> None:
        ready = self._bridge.ready
        self.address.setText(self._bridge.engine.base_url if ready else "")
        self.copy.setVisible(ready)
        self.state.set_state("ready" if ready else "starting", "ok" if ready else "info")
