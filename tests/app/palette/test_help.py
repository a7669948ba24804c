"""The keyboard map shows every key that there is, and goes by Esc."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.palette.help import ShortcutHelp, native
from pxbin_app.shortcuts import groups
from pxbin_app.widgets.labels import Pill

PAGES = ("Dashboard", "Logs")


def test_every_key_is_shown(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1000, 700)
    window.show()
    shown = ShortcutHelp(window, PAGES)
    shown.open()
    words = [one.text() for one in shown.findChildren(QLabel)]
    caps = [one.text() for one in shown.findChildren(Pill)]
    for title, shortcuts in groups(PAGES):
        assert title in words
        for shortcut in shortcuts:
            assert shortcut.does in words
            assert all(native(keys) in caps for keys in shortcut.keys)
    assert window.rect().contains(shown.panel.geometry())
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.is_open
