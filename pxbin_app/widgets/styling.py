"""The dynamic properties that the stylesheet selects by, and the few layout calls that every widget needs."""

from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

Layout = TypeVar("Layout", bound=QBoxLayout)


def set_style_property(widget: QWidget, name: str, value: str | bool) -> None:
    """Set ``kind``, ``tone``, ``color`` or ``invalid``, and let the stylesheet look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


def row(*items: QWidget | int | None, spacing: int = 8) -> QHBoxLayout:
    """A row without margins: widgets, fixed gaps (int) and one or more stretches (None)."""
    return _filled(QHBoxLayout(), items, spacing)


def column(*items: QWidget | int | None, spacing: int = 8) -> QVBoxLayout:
    """A column without margins: widgets, fixed gaps (int) and one or more stretches (None)."""
    return _filled(QVBoxLayout(), items, spacing)


def hairline() -> QFrame:
    """A line of one pixel across."""
    line = QFrame()
    line.setProperty("kind", "line")
    line.setFixedHeight(1)
    return line


def _filled(layout: Layout, items: tuple[QWidget | int | None, ...], spacing: int) -> Layout:
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        else:
            layout.addWidget(item)
    return layout
