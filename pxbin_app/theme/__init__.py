"""The look of the app: colours, type, metrics, icons' and fonts' files, and the theme that puts them on.

    tokens        Colors (DARK, LIGHT), METRICS, TYPE_SCALE, Tone
    current       Theme (mode, changed, apply), current(), colors()
    color_scheme  what the system asks for
    fonts         text_font(style), mono_font(size); tabular digits everywhere
    stylesheet    stylesheet(colors): the one generated QSS

No widget class is known here; the application object is passed in::

    theme = current()
    theme.set_mode(settings.theme_mode)
    theme.apply(app)
"""

from pxbin_app.theme.current import Mode, Theme, colors, current, palette
from pxbin_app.theme.fonts import load_fonts, mono_font, text_font
from pxbin_app.theme.stylesheet import stylesheet
from pxbin_app.theme.tokens import DARK, LIGHT, METRICS, TYPE_SCALE, Colors, TextStyle, Tone

__all__ = [
    "DARK",
    "LIGHT",
    "METRICS",
    "TYPE_SCALE",
    "Colors",
    "Mode",
    "TextStyle",
    "Theme",
    "Tone",
    "colors",
    "current",
    "load_fonts",
    "mono_font",
    "palette",
    "stylesheet",
    "text_font",
]
