"""The theme: what is put on the application, and when it changes."""

import pytest
from PySide6.QtGui import QFont, QPalette

from pxbin_app.theme.current import Theme, palette
from pxbin_app.theme.tokens import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("qapp")


class FakeApplication:
    """Records what it is dressed in."""

    def __init__(self) -> None:
        self.styles: list[str] = []
        self.sheets: list[str] = []
        self.palettes: list[QPalette] = []
        self.font: QFont | None = None

    def setStyle(self, style: str) -> None:
        self.styles.append(style)

    def setFont(self, font: QFont) -> None:
        self.font = font

    def setPalette(self, palette: QPalette) -> None:
        self.palettes.append(palette)

    def setStyleSheet(self, sheet: str) -> None:
        self.sheets.append(sheet)


def test_apply_dresses_the_application() -> None:
    app = FakeApplication()
    Theme("light").apply(app)
    assert app.styles == ["Fusion"]
    assert app.palettes[-1].color(QPalette.ColorRole.Window).name() == LIGHT.window
    assert LIGHT.surface in app.sheets[-1]


def test_a_change_of_mode_dresses_it_again_and_says_so() -> None:
    app, told = FakeApplication(), []
    theme = Theme("light")
    theme.apply(app)
    theme.changed.connect(lambda: told.append(theme.colors))
    theme.set_mode("dark")
    theme.set_mode("dark")
    assert told == [DARK]
    assert app.palettes[-1].color(QPalette.ColorRole.Window).name() == DARK.window


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="purple"):
        Theme().set_mode("purple")  # type: ignore[arg-type]  # what a broken settings file may hold


def test_the_system_is_followed_live_only_when_it_is_asked_for() -> None:
    app = FakeApplication()
    theme = Theme("system")
    theme.apply(app)
    system = theme._system_scheme()
    system._learn(False)
    assert theme.colors is LIGHT
    system._learn(True)
    assert theme.colors is DARK
    theme.set_mode("dark")
    dressed = len(app.sheets)
    system._learn(False)
    assert (theme.colors, len(app.sheets)) == (DARK, dressed)


def test_dark_where_the_system_does_not_say() -> None:
    theme = Theme("system")
    theme._system_scheme().dark = None
    assert theme.colors is DARK


def test_disabled_text_is_quiet() -> None:
    color = palette(DARK).color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert color.name() == DARK.text3
