"""Whether the system asks for dark or light: the desktop portal on Linux, Qt's style hints elsewhere.

On Linux ``QStyleHints.colorScheme()`` is unknown or wrong at start, so ``org.freedesktop.portal.Settings`` is asked
over D-Bus. The first call may wait a few milliseconds for its answer (usually below one); a portal that is slow or
still starting is answered later, by the same signal that a change makes.
"""

import logging
import sys
from typing import Any

from PySide6.QtCore import SLOT, QObject, Qt, Signal, Slot
from PySide6.QtDBus import (
    QDBus,
    QDBusConnection,
    QDBusMessage,
    QDBusPendingCallWatcher,
    QDBusVariant,
)
from PySide6.QtGui import QGuiApplication

logger = logging.getLogger(__name__)

SERVICE = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
INTERFACE = "org.freedesktop.portal.Settings"
NAMESPACE = "org.freedesktop.appearance"
KEY = "color-scheme"
FIRST_ANSWER_MS = 25
LATE_ANSWER_MS = 5_000


def prefers_dark(value: int) -> bool | None:
    """What the portal's ``color-scheme`` means: 0 no preference (None), 1 dark, 2 light."""
    return {1: True, 2: False}.get(value)


class SystemColorScheme(QObject):
    """The system's wish; ``changed`` when it is learnt late or changes. ``dark`` is None where nobody knows."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dark: bool | None = None
        self._late: QDBusPendingCallWatcher | None = None
        if sys.platform == "linux":
            self._ask_portal()
        else:
            self._ask_style_hints()

    def _ask_style_hints(self) -> None:
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_style_hints)
        self.dark = hints.colorScheme() == Qt.ColorScheme.Dark

    @Slot(Qt.ColorScheme)
    def _on_style_hints(self, scheme: Qt.ColorScheme) -> None:
        self._learn(scheme == Qt.ColorScheme.Dark)

    def _ask_portal(self) -> None:
        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            return
        slot: Any = SLOT("on_setting_changed(QDBusMessage)")  # a str, whatever the type stubs say
        bus.connect(SERVICE, PATH, INTERFACE, "SettingChanged", self, slot)
        question = QDBusMessage.createMethodCall(SERVICE, PATH, INTERFACE, "Read")
        question.setArguments([NAMESPACE, KEY])
        answer = bus.call(question, QDBus.CallMode.Block, FIRST_ANSWER_MS)
        if answer.type() == QDBusMessage.MessageType.ReplyMessage:
            self.dark = prefers_dark(_unwrapped(answer.arguments()[0]))
        elif answer.errorName() == "org.freedesktop.DBus.Error.NoReply":
            self._late = QDBusPendingCallWatcher(bus.asyncCall(question, LATE_ANSWER_MS), self)
            self._late.finished.connect(self._on_late_answer)

    @Slot(QDBusPendingCallWatcher)
    def _on_late_answer(self, watcher: QDBusPendingCallWatcher) -> None:
        answer = watcher.reply()
        self._late = None
        watcher.deleteLater()
        if answer.type() == QDBusMessage.MessageType.ReplyMessage:
            self._learn(prefers_dark(_unwrapped(answer.arguments()[0])))

    @Slot(QDBusMessage)
    def on_setting_changed(self, message: QDBusMessage) -> None:
        """The portal's signal: namespace, key, value."""
        namespace, key, value = message.arguments()
        if (namespace, key) == (NAMESPACE, KEY):
            self._learn(prefers_dark(_unwrapped(value)))

    def _learn(self, dark: bool | None) -> None:
        if dark != self.dark:
            self.dark = dark
            logger.info("color_scheme.changed dark=%s", dark)
            self.changed.emit()


def _unwrapped(value: Any) -> int:
    """``Read`` answers a variant in a variant, ``SettingChanged`` one; Qt unwraps either, some or none."""
    while isinstance(value, QDBusVariant):
        value = value.variant()
    return value if isinstance(value, int) else 0
