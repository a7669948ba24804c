"""The tray icon's pictures: a glyph for each state, told apart by its shape, and a badge for budgets.

Off macOS it is white with a dark outline, so that it shows on any panel; on macOS it is a mask that the menu bar colours.
"""

import sys
from functools import cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPainterPathStroker, QPixmap

from pxbin_app.widgets.status_box import RunState

SIZES = (16, 20, 22, 24, 32, 48, 64)
_GRID = 16.0
_OUTLINE = 2.0


def _lines(*lines: tuple[tuple[float, float], ...]) -> QPainterPath:
    path = QPainterPath()
    for first, *rest in lines:
        path.moveTo(QPointF(*first))
        for point in rest:
            path.lineTo(QPointF(*point))
    return path


def _arrows() -> QPainterPath:
    """There and back: requests and answers."""
    return _lines(
        ((2.5, 5.5), (13.5, 5.5)),
        ((10.5, 2.5), (13.5, 5.5), (10.5, 8.0)),
        ((13.5, 10.5), (2.5, 10.5)),
        ((5.5, 8.0), (2.5, 10.5), (5.5, 13.5)),
    )


def _bars() -> QPainterPath:
    return _lines(((5.0, 3.0), (5.0, 13.0)), ((11.0, 3.0), (11.0, 13.0)))


def _exclamation() -> QPainterPath:
    return _lines(((8.0, 2.5), (8.0, 9.0)), ((8.0, 13.0), (8.0, 13.1)))


def _dots() -> QPainterPath:
    return _lines(*(((x, 8.0), (x + 0.1, 8.0)) for x in (3.0, 8.0, 13.0)))


_PATHS = {
    "running": (_arrows, 2.0),
    "paused": (_bars, 2.6),
    "failed": (_exclamation, 3.0),
    "starting": (_dots, 2.6),
    "stopping": (_dots, 2.6),
}
"""Each state's lines and how wide they are drawn."""


Badge = Literal["warning", "exhausted"]
"""A triangle: a budget runs low. A square: one is used up."""


def _triangle(grown: float) -> QPainterPath:
    side = grown * 1.6  # a slanted edge moves less than its corners
    return _closed((10.6, 7.0 - side), (15.0 + side, 15.0 + grown), (6.2 - side, 15.0 + grown))


def _square(grown: float) -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(8.4, 8.4, 6.6, 6.6).adjusted(-grown, -grown, grown, grown))
    return path


_BADGES = {"warning": _triangle, "exhausted": _square}
_GAP = 1.4


def glyph(state: RunState, size: int, *, mask: bool, badge: Badge | None = None) -> QPixmap:
    """One picture of ``size`` pixels; a badge takes the lower right corner."""
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / _GRID, size / _GRID)
    draw, width = _PATHS[state]
    path = draw()
    edge, face = _stroked(path, width + _OUTLINE), _stroked(path, width)
    if badge is not None:
        room = _BADGES[badge](_GAP)
        edge = edge.subtracted(room).united(_BADGES[badge](_OUTLINE / 2))
        face = face.subtracted(room).united(_BADGES[badge](0.0))
    if not mask:
        painter.fillPath(edge, QColor(0, 0, 0, 170))
    painter.fillPath(face, QColor("black" if mask else "white"))
    painter.end()
    return pixmap


@cache
def tray_icon(state: RunState, badge: Badge | None = None) -> QIcon:
    """The icon of a state, in every size that a panel may ask for."""
    mask = sys.platform == "darwin"
    result = QIcon()
    for size in SIZES:
        result.addPixmap(glyph(state, size, mask=mask, badge=badge))
    result.setIsMask(mask)
    return result


def _closed(*points: tuple[float, float]) -> QPainterPath:
    path = _lines(points)
    path.closeSubpath()
    return path


def _stroked(path: QPainterPath, width: float) -> QPainterPath:
    stroker = QPainterPathStroker()
    stroker.setWidth(width)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    whole = stroker.createStroke(path).simplified()
    box = QPainterPath()
    box.addRect(QRectF(0, 0, _GRID, _GRID))
    return whole.intersected(box)
