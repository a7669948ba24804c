"""Whether pxbin starts at login, as a switch that several parts of the window show."""

from PySide6.QtCore import QObject, Signal

from pxbin_app.login_item import LoginItem, LoginItemError
from pxbin_app.settings import Settings


class LoginSwitch(QObject):
    """The switch. The system keeps it, so it is asked each time that somebody looks.

    Signals:
        changed: whether it is on.
        failed: why it could not be read or changed, as a sentence.
    """

    changed = Signal(bool)
    failed = Signal(str)

    def __init__(
        self, settings: Settings, parent: QObject | None = None, *, item: LoginItem | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._item = item or LoginItem()

    @property
    def on(self) -> bool:
        """Whether pxbin starts at login; False where nobody can tell."""
        try:
            return self._item.is_on()
        except LoginItemError:
            return False

    def refresh(self) -> None:
        """Look again, and tell."""
        self.changed.emit(self.on)

    def set(self, on: bool) -> None:
        """Start at login, or no more; hidden where the settings say so."""
        try:
            self._item.set(on, hidden=self._settings.start_hidden)
        except LoginItemError as error:
            self.failed.emit(error.message)
        self.refresh()
