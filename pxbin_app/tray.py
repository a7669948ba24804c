"""The tray icon; what its menu has is ``tray_menu``'s.

Rules:
1. ``available`` is True only while a host shows the icon: the window may be hidden to the tray only then. Qt says
   ``isVisible()`` also where nobody shows it.
2. On Linux a host may come later (a panel that starts after us, or crashed): the icon made before it stays absent, so
   it is hidden, deleted and made again.
3. The tray decides nothing: it shows what it was told and says what was pressed.
"""

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QSystemTrayIcon

from pxbin_app.tray_menu import TrayMenu
from pxbin_app.widgets.status_box import RunState
from pxbin_app.widgets.tray_glyphs import Badge, tray_icon

HOST_CHECK_MS = 3_000


class Tray(QObject):
    """The icon. Text and state are set by calls, presses are told by signals: the icon's here, the rest by ``menu``."""

    open_requested = Signal()
    """The icon, or a message that leads nowhere else, was pressed."""
    message_opened = Signal(str, object)
    """The page, and what of it or None, that were given with the newest message, which the person clicked."""
    available_changed = Signal(bool)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        is_available: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
    ) -> None:
        super().__init__(parent)
        self._is_available = is_available
        self._available = False
        self._state: RunState = "starting"
        self._badge: Badge | None = None
        self._message_about: tuple[str, UUID | None] = ("", None)
        self._icon: QSystemTrayIcon | None = None
        self.menu = TrayMenu()
        self._check_host()
        self._timer = QTimer(self, interval=HOST_CHECK_MS)
        self._timer.timeout.connect(self._check_host)
        self._timer.start()

    @property
    def available(self) -> bool:
        """Whether somebody shows the icon."""
        return self._available

    def set_state(self, state: RunState, address: str = "", base_url: str = "") -> None:
        """Show how the engine is, and where it listens."""
        self._state = state
        self.menu.set_state(state, address, base_url)
        self._dress()

    def set_today(self, line: str, budget: str = "", badge: Badge | None = None) -> None:
        """Show what today cost and how much was asked, a budget where one is to be told, and its sign on the icon."""
        self._badge = badge
        self.menu.set_today(line, budget)
        self._dress()

    def show_message(
        self, title: str, text: str, *, page: str = "", item: UUID | None = None
    ) -> bool:
        """Say something beside the icon; a click on it opens ``page``, at ``item``. False where nobody shows it."""
        if self._icon is None or not self._available:
            return False
        self._message_about = (page, item)
        self._icon.showMessage(title, text, tray_icon(self._state, self._shown_badge))
        return True

    def close(self) -> None:
        """Take the icon away and stop looking for a host."""
        self._timer.stop()
        self._remove_icon()

    def _check_host(self) -> None:
        available = self._is_available()
        if available == self._available:
            return
        self._available = available
        self._remove_icon()
        if available:
            self._make_icon()
        self.available_changed.emit(available)

    def _make_icon(self) -> None:
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self.menu)
        self._icon.activated.connect(self._on_activated)
        self._icon.messageClicked.connect(self._on_message)
        self._dress()
        self._icon.show()

    def _remove_icon(self) -> None:
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None

    def _dress(self) -> None:
        if self._icon is not None:
            state, *lines = self.menu.lines
            self._icon.setIcon(tray_icon(self._state, self._shown_badge))
            self._icon.setToolTip("\n".join([f"pxbin: {state}", *lines]))

    @property
    def _shown_badge(self) -> Badge | None:
        """Only over what runs: a pause, or a failure, is said first."""
        return self._badge if self._state == "running" else None

    def _on_message(self) -> None:
        if self._message_about[0]:
            self.message_opened.emit(*self._message_about)
        else:
            self.open_requested.emit()

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.open_requested.emit()
