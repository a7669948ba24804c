"""The tray icon and its menu.

Rules:
1. ``available`` is True only while a host shows the icon: the window may be hidden to the tray only then. Qt says
   ``isVisible()`` also where nobody shows it.
2. On Linux a host may come later (a panel that starts after us, or crashed): the icon made before it stays absent, so
   it is hidden, deleted and made again.
3. The tray decides nothing: it shows what it was told and says what was pressed.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from pxbin_app.widgets.status_box import STATE_WORDS, RunState
from pxbin_app.widgets.tray_glyphs import Badge, tray_icon

HOST_CHECK_MS = 3_000
MOST_ERRORS = 8


class Tray(QObject):
    """The icon. Text and state are set by calls, presses are told by signals."""

    open_requested = Signal()
    pause_toggled = Signal()
    quit_requested = Signal()
    error_chosen = Signal(str)
    """The id that was given with the error."""
    message_opened = Signal(str)
    """The page that was given with the newest message, which the person clicked."""
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
        self._message_page = ""
        self._base_url = ""
        self._icon: QSystemTrayIcon | None = None
        self._menu = QMenu()
        self._errors = QMenu("Recent errors", self._menu)
        self._fill_menu()
        self.set_state("starting")
        self.set_errors(())
        self._check_host()
        self._timer = QTimer(self, interval=HOST_CHECK_MS)
        self._timer.timeout.connect(self._check_host)
        self._timer.start()

    @property
    def available(self) -> bool:
        """Whether somebody shows the icon."""
        return self._available

    @property
    def menu(self) -> QMenu:
        """The menu, as it is shown."""
        return self._menu

    def set_state(self, state: RunState, address: str = "", base_url: str = "") -> None:
        """Show how the engine is, and where it listens."""
        self._state = state
        self._base_url = base_url
        said = " · ".join(part for part in (STATE_WORDS[state][0], address) if part)
        self._status.setText(said)
        self._pause.setText("Resume" if state == "paused" else "Pause")
        self._pause.setEnabled(state in ("running", "paused"))
        self._copy.setEnabled(bool(base_url))
        self._dress()

    def set_today(self, line: str, budget: str = "", badge: Badge | None = None) -> None:
        """Show what today cost and how much was asked, a budget where one is to be told, and its sign on the icon."""
        for said, text in ((self._today, line), (self._budget, budget)):
            said.setText(text.replace("&", "&&"))
            said.setVisible(bool(text))
        self._badge = badge
        self._dress()

    def set_errors(self, errors: Sequence[tuple[str, str]]) -> None:
        """Offer the newest errors, each as (id, text); ``error_chosen`` tells the id."""
        self._errors.clear()
        for identity, text in errors[:MOST_ERRORS]:
            action = self._errors.addAction(text.replace("&", "&&"))
            action.triggered.connect(
                lambda _checked=False, one=identity: self.error_chosen.emit(one)
            )
        self._errors.setEnabled(bool(errors))

    def show_message(self, title: str, text: str, *, page: str = "") -> bool:
        """Say something beside the icon; a click on it opens ``page``. False where nobody shows it."""
        if self._icon is None or not self._available:
            return False
        self._message_page = page
        self._icon.showMessage(title, text, tray_icon(self._state, self._shown_badge))
        return True

    def close(self) -> None:
        """Take the icon away and stop looking for a host."""
        self._timer.stop()
        self._remove_icon()

    def _fill_menu(self) -> None:
        self._status = self._said()
        self._today, self._budget = self._said(), self._said()
        for line in (self._today, self._budget):
            line.setVisible(False)
        self._menu.addSeparator()
        self._does("Open pxbin", self.open_requested.emit)
        self._pause = self._does("Pause", self.pause_toggled.emit)
        self._copy = self._does("Copy base URL", self._copy_base_url)
        self._menu.addMenu(self._errors)
        self._menu.addSeparator()
        self._does("Quit", self.quit_requested.emit)

    def _said(self) -> QAction:
        action = self._menu.addAction("")
        action.setEnabled(False)
        return action

    def _does(self, text: str, act: Callable[[], None]) -> QAction:
        action = self._menu.addAction(text)
        action.triggered.connect(lambda _checked=False: act())
        return action

    def _copy_base_url(self) -> None:
        QGuiApplication.clipboard().setText(self._base_url)

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
        self._icon.setContextMenu(self._menu)
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
            lines = [one.text() for one in (self._today, self._budget) if one.isVisible()]
            said = [f"pxbin: {self._status.text()}", *(line.replace("&&", "&") for line in lines)]
            self._icon.setIcon(tray_icon(self._state, self._shown_badge))
            self._icon.setToolTip("\n".join(said))

    @property
    def _shown_badge(self) -> Badge | None:
        """Only over what runs: a pause, or a failure, is said first."""
        return self._badge if self._state == "running" else None

    def _on_message(self) -> None:
        if self._message_page:
            self.message_opened.emit(self._message_page)
        else:
            self.open_requested.emit()

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.open_requested.emit()
