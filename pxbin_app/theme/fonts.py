"""The fonts: the system's own on macOS and Windows, Inter and JetBrains Mono from ``resources/`` on Linux.

Every font carries tabular digits, so a number keeps its width while it changes, in a label as in a column.
"""

import sys
from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from pxbin_app.resources import resource
from pxbin_app.theme.tokens import TYPE_SCALE, TextStyle

_BUNDLED = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "JetBrainsMono-Regular.ttf",
)
_BUNDLES = sys.platform not in ("darwin", "win32")


@cache
def load_fonts() -> None:
    """Make the bundled fonts known to Qt, once; nothing to do where the system's fonts are used."""
    if _BUNDLES:
        for name in _BUNDLED:
            QFontDatabase.addApplicationFont(str(resource(f"fonts/{name}")))


def _base(bundled: str, system: QFontDatabase.SystemFont) -> QFont:
    load_fonts()
    font = QFontDatabase.systemFont(system)
    if _BUNDLES:
        font = QFont([bundled, *font.families()])
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def text_font(style: TextStyle = "body") -> QFont:
    """The UI font of a text style."""
    size, weight = TYPE_SCALE[style]
    font = _base("Inter", QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    return font


def mono_font(size: int = 11) -> QFont:
    """The fixed-pitch font, for addresses, keys and code."""
    font = _base("JetBrains Mono", QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(size)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font
