"""Where Tab goes: as layouts have their widgets, which is as the eye goes, whatever was made or shown last."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLayout, QSplitter, QWidget


def tab_order(root: QWidget) -> list[QWidget]:
    """What can have the focus by Tab within ``root``, in order."""
    return [one for one in _inside(root) if _takes_tab(one)]


def move_focus(root: QWidget, *, forward: bool) -> bool:
    """Give the focus to what follows within ``root``, or comes before; round at the end. False: there is nothing."""
    order = tab_order(root)
    if not order:
        return False
    now = QApplication.focusWidget()
    place = order.index(now) if now in order else (-1 if forward else 0)
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    order[(place + (1 if forward else -1)) % len(order)].setFocus(reason)
    return True


def _inside(widget: QWidget) -> Iterator[QWidget]:
    """All widgets within, outer ones before what is in them."""
    for one in _children(widget):
        if one.isVisible() and not one.isWindow():
            yield one
            yield from _inside(one)


def _children(widget: QWidget) -> list[QWidget]:
    """As the layout has them; then those that no layout has, from above and from the left."""
    layout = widget.layout()
    if isinstance(widget, QSplitter):
        parts = [widget.widget(place) for place in range(widget.count())]
        laid_out = [one for one in parts if one is not None]
    else:
        laid_out = list(_laid_out(layout)) if layout is not None else []
    known = set(laid_out)
    others = [one for one in widget.children() if isinstance(one, QWidget) and one not in known]
    others.sort(key=lambda one: (one.y(), one.x()))
    return [*laid_out, *others]


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _laid_out(inner)


def _takes_tab(widget: QWidget) -> bool:
    tabbed = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return tabbed and widget.isEnabled() and widget.focusProxy() is None
