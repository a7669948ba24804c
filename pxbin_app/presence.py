"""Where the app is to be seen: its window, or a tray that is really there.

Rules:
1. The window hides only while a tray shows the icon; where there is none, closing it ends the app.
2. Who wants to start hidden is given a while until a tray is there (at login a panel may come after us); then the window
   comes after all.
3. A tray that goes while the window is hidden brings the window back: nothing else could.
4. That closing keeps the app running is told once; and so is that it does not, where there is no tray.
"""

from PySide6.QtCore import QObject, QTimer, Signal

from pxbin_app.main_window import MainWindow
from pxbin_app.settings import Settings
from pxbin_app.tray import Tray

LATE_TRAY_MS = 15_000
NO_TRAY = (
    "This desktop has no tray: closing the window ends pxbin, and your clients get no answers then."
)
_BANNER = "no tray"


class Presence(QObject):
    """Shows and hides the window.

    Signals:
        ended: the person closed the window, and nothing could bring it back.
    """

    ended = Signal()

    def __init__(self, window: MainWindow, tray: Tray, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._tray, self._settings = window, tray, settings
        self._late = QTimer(self, singleShot=True, interval=LATE_TRAY_MS)
        self._late.timeout.connect(self._on_late)
        self._waits = False
        window.close_requested.connect(self._close)
        tray.available_changed.connect(self._on_tray)

    def start(self, *, hidden: bool) -> None:
        """Come into view, unless that is not wanted and a tray is there or may come."""
        self._waits = hidden and not self._tray.available
        if not hidden:
            self._window.show()
        if not self._tray.available:
            self._late.start()

    def _close(self) -> None:
        if not self._tray.available:
            self.ended.emit()
            return
        self._window.hide()
        if not self._settings.tray_explained:
            self._settings.tray_explained = True
            self._tray.show_message("pxbin is still running", "Open it or quit from here.")

    def _on_late(self) -> None:
        """No tray came."""
        if self._waits:
            self._waits = False
            self._window.show()
        self._tell_no_tray()

    def _on_tray(self, available: bool) -> None:
        if available:
            self._late.stop()
            self._waits = False
            self._window.hide_banner(_BANNER)
        elif self._window.isHidden():
            self._window.bring_to_front()

    def _tell_no_tray(self) -> None:
        if not self._settings.no_tray_explained:
            self._settings.no_tray_explained = True
            self._window.show_banner(_BANNER, NO_TRAY, "info", closable=True)
