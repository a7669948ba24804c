"""The tray on a session bus without a panel, to which a panel comes later; prints what the tray learnt.

The panel is a StatusNotifierWatcher in a process of its own, as desktops have it. ``lasting-panel`` is one that stays
when an icon has come.
"""

import subprocess
import sys

from PySide6.QtCore import ClassInfo, Property, QCoreApplication, QObject, QTimer, Signal, Slot
from PySide6.QtDBus import QDBusConnection
from PySide6.QtWidgets import QApplication

from pxbin_app.tray import Tray

SERVICE = "org.kde.StatusNotifierWatcher"


@ClassInfo({"D-Bus Interface": SERVICE})
class Watcher(QObject):
    """What a panel offers on the bus."""

    StatusNotifierHostRegistered = Signal()
    StatusNotifierItemRegistered = Signal(str)

    def _there(self) -> bool:
        return True

    IsStatusNotifierHostRegistered = Property(bool, _there)

    def __init__(self, *, stays: bool) -> None:
        super().__init__()
        self._stays = stays

    @Slot(str)
    def RegisterStatusNotifierItem(self, service: str) -> None:
        print(f"registered={bool(service)}", flush=True)
        if not self._stays:
            QCoreApplication.quit()


def be_the_panel(*, stays: bool) -> int:
    app = QCoreApplication([])
    watcher = Watcher(stays=stays)
    bus = QDBusConnection.sessionBus()
    assert bus.registerObject(
        "/StatusNotifierWatcher", watcher, QDBusConnection.RegisterOption.ExportAllContents
    )
    assert bus.registerService(SERVICE)
    if stays:
        print("there", flush=True)
    QTimer.singleShot(120_000 if stays else 15_000, app.quit)
    return app.exec()


def main() -> int:
    app = QApplication([])
    tray = Tray()
    tray._timer.setInterval(100)
    print(f"available={tray.available}", flush=True)
    panel = subprocess.Popen([sys.executable, "-m", "tests.support.panel_session", "panel"])
    tray.available_changed.connect(lambda there: print(f"available={there}", flush=True))
    ended = QTimer(interval=50)
    ended.timeout.connect(lambda: panel.poll() is not None and app.quit())
    ended.start()
    QTimer.singleShot(20_000, app.quit)
    app.exec()
    tray.close()
    return panel.wait(timeout=10)


if __name__ == "__main__":
    kind = sys.argv[1] if sys.argv[1:] else ""
    sys.exit(be_the_panel(stays=kind == "lasting-panel") if kind else main())
