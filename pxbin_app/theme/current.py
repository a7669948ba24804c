"""The theme in force: mode, colours, and putting both on the application."""

from functools import cache
from typing import Literal, Protocol, get_args

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QPalette

from pxbin_app.theme.color_scheme import SystemColorScheme
from pxbin_app.theme.fonts import text_font
from pxbin_app.theme.stylesheet import stylesheet
from pxbin_app.theme.tokens import DARK, LIGHT, Colors

Mode = Literal["system", "dark", "light"]


class StyledApplication(Protocol):
    """What of ``QApplication`` a theme touches (this room knows no widgets)."""

    def setStyle(self, style: str, /) -> object: ...
    def setFont(self, font: QFont, /) -> None: ...
    def setPalette(self, palette: QPalette, /) -> None: ...
    def setStyleSheet(self, sheet: str, /) -> None: ...


class Theme(QObject):
    """Dark, light, or what the system asks for; ``changed`` after the colours did.

    Widgets that paint themselves read ``colors()`` when they paint: a change repaints every widget.
    """

    changed = Signal()

    def __init__(self, mode: Mode = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mode = mode
        self._system: SystemColorScheme | None = None
        self._app: StyledApplication | None = None

    @property
    def mode(self) -> Mode:
        """What the person chose."""
        return self._mode

    @property
    def is_dark(self) -> bool:
        """Which scheme is shown; dark where the system does not say."""
        if self._mode != "system":
            return self._mode == "dark"
        return self._system_scheme().dark is not False

    @property
    def colors(self) -> Colors:
        """The colours to paint with now."""
        return DARK if self.is_dark else LIGHT

    def apply(self, app: StyledApplication) -> None:
        """Dress the application, and keep it dressed when the mode or the system changes."""
        self._app = app
        app.setStyle("Fusion")
        app.setFont(text_font())
        self._dress()

    def set_mode(self, mode: Mode) -> None:
        """Change the mode at once.

        Raises:
            ValueError: there is no such mode.
        """
        if mode not in get_args(Mode):
            raise ValueError(f"theme mode {mode!r} is none of {', '.join(get_args(Mode))}")
        if mode != self._mode:
            self._mode = mode
            self._dress()

    def _system_scheme(self) -> SystemColorScheme:
        if self._system is None:
            self._system = SystemColorScheme(self)
            self._system.changed.connect(self._on_system_changed)
        return self._system

    def _on_system_changed(self) -> None:
        if self._mode == "system":
            self._dress()

    def _dress(self) -> None:
        if self._app is not None:
            self._app.setPalette(palette(self.colors))
            self._app.setStyleSheet(stylesheet(self.colors))
        self.changed.emit()


@cache
def current() -> Theme:
    """The one theme of this process."""
    return Theme()


def colors() -> Colors:
    """The colours to paint with now."""
    return current().colors


def palette(scheme: Colors) -> QPalette:
    """The palette for what a stylesheet does not reach: Fusion's own parts, selections, placeholders."""
    role = QPalette.ColorRole
    result = QPalette(QColor(scheme.surface))
    for part, color in {
        role.Window: scheme.window,
        role.WindowText: scheme.text,
        role.Base: scheme.surface,
        role.AlternateBase: scheme.surface2,
        role.Text: scheme.text,
        role.Button: scheme.surface,
        role.ButtonText: scheme.text,
        role.BrightText: scheme.err,
        role.ToolTipBase: scheme.surface2,
        role.ToolTipText: scheme.text,
        role.PlaceholderText: scheme.text3,
        role.Highlight: scheme.accent,
        role.HighlightedText: scheme.on_accent,
        role.Accent: scheme.accent,
        role.Link: scheme.accent,
        role.LinkVisited: scheme.accent,
        role.Mid: scheme.border,
    }.items():
        result.setColor(part, QColor(color))
    for part in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, part, QColor(scheme.text3))
    return result
