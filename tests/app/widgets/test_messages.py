"""Banners hold, toasts pass."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pxbin_app.widgets.messages import Banner, BannerArea, Toast


def test_one_banner_for_each_key(qtbot: QtBot) -> None:
    area = BannerArea()
    qtbot.addWidget(area)
    assert area.isHidden()
    area.show_banner("paused", "Paused.")
    area.show_banner("database", "Database away; 3 rows wait.", "err")
    area.show_banner("database", "Database away; 9 rows wait.", "err")
    assert area.texts() == ("Paused.", "Database away; 9 rows wait.")
    area.hide_banner("database")
    area.hide_banner("never shown")
    assert area.texts() == ("Paused.",)
    area.hide_banner("paused")
    assert area.isHidden()


def test_a_banners_action_is_the_newest_one(qtbot: QtBot) -> None:
    done: list[str] = []
    banner = Banner("Paused.", action="Resume", on_click=lambda: done.append("old"))
    qtbot.addWidget(banner)
    banner.set_message("Paused.", "warn", "Resume", lambda: done.append("new"))
    qtbot.mouseClick(banner._button, Qt.MouseButton.LeftButton)
    assert done == ["new"]


def test_a_toast_goes_by_itself(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    window.show()
    toast = Toast(window)
    toast.say("Key created", detail="llm")
    assert toast.isVisible()
    assert toast.accessibleName() == "Key created llm"
    toast._timer.setInterval(0)
    toast._timer.start()
    qtbot.waitUntil(lambda: not toast.isVisible())


def test_a_toast_stays_at_the_bottom_when_the_window_grows(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    window.show()
    toast = Toast(window)
    toast.say("Failed", "err")
    window.resize(800, 700)
    assert toast.geometry().bottom() > 640
    assert abs(toast.geometry().center().x() - 400) <= 1


def test_a_toast_stays_at_the_bottom_while_it_shows(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    window.show()
    toast = Toast(window)
    toast.say("Key created")
    window.resize(600, 700)
    assert toast.geometry().bottom() > 600
    toast.hide()
    place = toast.pos()
    window.resize(600, 300)
    assert toast.pos() == place
    toast.say("Key created")
    assert toast.geometry().bottom() < 300


def test_a_longer_text_after_a_shorter_one_is_shown_whole(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 640)
    window.show()
    toast = Toast(window)
    toast.say("Short")
    toast.say("A sentence that is a good deal longer than the one before it")
    assert toast._text.width() >= toast._text.sizeHint().width()
