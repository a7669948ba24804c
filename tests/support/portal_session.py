"""A desktop portal with a colour scheme, and the app's reader of it, in two processes on the session bus of the caller.

``python -m tests.support.portal_session FIRST SECOND [--slow]``: the portal says FIRST, then changes to SECOND; prints
what the reader learnt. FIRST ``none``: there is no portal.
"""

import subprocess
import sys
import time

from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, QTimer, Slot
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusVariant

from pxbin_app.theme.color_scheme import (
    INTERFACE,
    KEY,
    NAMESPACE,
    PATH,
    SERVICE,
    SystemColorScheme,
)


@ClassInfo({"D-Bus Interface": INTERFACE})
class Portal(QObject):
    """Answers ``Read`` and can tell of a change."""

    def __init__(self, value: int, *, slow: bool) -> None:
        super().__init__()
        self.value = value
        self.slow = slow

    @Slot(str, str, result=QDBusVariant)
    def Read(self, namespace: str, key: str) -> QDBusVariant:
        if self.slow:
            time.sleep(0.4)
        return QDBusVariant(self.value)

    def change(self, value: int) -> None:
        self.value = value
        signal = QDBusMessage.createSignal(PATH, INTERFACE, "SettingChanged")
        signal.setArguments([NAMESPACE, KEY, QDBusVariant(value)])
        QDBusConnection.sessionBus().send(signal)


def serve(first: int, second: int, *, slow: bool) -> int:
    app = QCoreApplication([])
    portal = Portal(first, slow=slow)
    bus = QDBusConnection.sessionBus()
    assert bus.registerObject(PATH, portal, QDBusConnection.RegisterOption.ExportAllSlots)
    assert bus.registerService(SERVICE)
    print("ready", flush=True)
    QTimer.singleShot(2_000, lambda: portal.change(second))
    QTimer.singleShot(4_000, app.quit)
    return app.exec()


def read(wanted: int) -> int:
    app = QCoreApplication([])
    scheme = SystemColorScheme()
    print(f"start={scheme.dark}", flush=True)
    seen = []

    def on_changed() -> None:
        print(f"changed={scheme.dark}", flush=True)
        seen.append(scheme.dark)
        if len(seen) == wanted:
            app.quit()

    scheme.changed.connect(on_changed)
    QTimer.singleShot(8_000 if wanted else 300, app.quit)
    return app.exec()


def main(arguments: list[str]) -> int:
    if arguments[0] == "serve":
        return serve(int(arguments[1]), int(arguments[2]), slow="--slow" in arguments)
    if arguments[0] == "none":
        return read(0)
    command = [sys.executable, "-m", "tests.support.portal_session", "serve", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as portal:
        assert portal.stdout is not None
        portal.stdout.readline()
        result = read(2 if "--slow" in arguments else 1)
        portal.terminate()
        return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
