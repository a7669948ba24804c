"""Icons: glyphs of the Phosphor font, in a colour of the theme that is looked up when the icon is painted.

The font and its character map are files of the qtawesome package; they are read without importing it, because that
import takes longer than painting the whole window.
"""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from pxbin_app.theme import colors

_FONT = "phosphor-1.3.0.ttf"
_CHARACTERS = "phosphor-charmap-1.3.0.json"


@cache
def _characters() -> dict[str, str]:
    codes: dict[str, str] = json.loads((_folder() / _CHARACTERS).read_text())
    return {name: chr(int(code, 16)) for name, code in codes.items()}


@cache
def _family() -> str:
    font = QFontDatabase.addApplicationFont(str(_folder() / _FONT))
    return QFontDatabase.applicationFontFamilies(font)[0]


@cache
def _folder() -> Path:
    package = find_spec("qtawesome")
    if package is None or package.origin is None:
        raise FileNotFoundError("qtawesome is not installed: there are no icons")
    return Path(package.origin).parent / "fonts"


def paint_icon(painter: QPainter, rect: QRectF, name: str, color: str) -> None:
    """Paint the glyph ``name`` (``"pause"``, ``"copy-fill"``) in ``color`` (``#rrggbb``) to fill ``rect``."""
    font = QFont(_family())
    font.setPixelSize(max(1, round(rect.height())))
    painter.save()
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _characters()[name])
    painter.restore()


def icon(name: str, color: str = "text2", *, on: str | None = None) -> QIcon:
    """An icon in the theme's ``color`` (a field of ``Colors``), and in ``on`` where its button is checked."""
    if name not in _characters():
        raise KeyError(f"Phosphor has no icon {name!r}")
    return QIcon(_GlyphEngine(name, color, on or color))


class _GlyphEngine(QIconEngine):
    """Paints one glyph; the theme is asked each time, so a change of theme needs no new icons."""

    def __init__(self, name: str, color: str, on: str) -> None:
        super().__init__()
        self._name = name
        self._color = color
        self._on = on

    def clone(self) -> QIconEngine:
        return _GlyphEngine(self._name, self._color, self._on)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        role = self._on if state == QIcon.State.On else self._color
        if mode == QIcon.Mode.Disabled:
            role = "text3"
        paint_icon(painter, QRectF(rect), self._name, getattr(colors(), role))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap
