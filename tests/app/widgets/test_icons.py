"""Icons follow the theme without being made anew."""

import pytest
from PySide6.QtGui import QIcon, QImage, QPixmap
from pytestqt.qtbot import QtBot

from pxbin_app.theme import colors, current
from pxbin_app.widgets.icons import icon


def hues(pixmap: QPixmap) -> set[str]:
    image: QImage = pixmap.toImage()
    return {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() > 250
    }


def test_an_unknown_icon_is_an_error(qtbot: QtBot) -> None:
    with pytest.raises(KeyError, match="no-such-icon"):
        icon("no-such-icon")


def test_an_icon_has_the_themes_colour_of_the_moment(qtbot: QtBot) -> None:
    pause = icon("pause-fill", "text")
    assert hues(pause.pixmap(32, 32)) == {colors().text}
    current().set_mode("light")
    assert hues(pause.pixmap(32, 32)) == {colors().text}


def test_on_and_disabled_have_colours_of_their_own(qtbot: QtBot) -> None:
    gauge = icon("stop-fill", "text2", on="accent")
    on = gauge.pixmap(32, QIcon.Mode.Normal, QIcon.State.On)
    off = gauge.pixmap(32, QIcon.Mode.Disabled, QIcon.State.Off)
    assert hues(on) == {colors().accent}
    assert hues(off) == {colors().text3}
