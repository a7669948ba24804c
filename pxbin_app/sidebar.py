"""The sidebar: the pages by their sections, Settings at its foot, and the box that says how the engine is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from pxbin_app.page_list import FOOT
from pxbin_app.shortcuts import page_key
from pxbin_app.theme import METRICS
from pxbin_app.widgets.buttons import ChoiceButton
from pxbin_app.widgets.icons import icon
from pxbin_app.widgets.labels import Label, Sign
from pxbin_app.widgets.page import Page
from pxbin_app.widgets.status_box import StatusBox


@dataclass(frozen=True, kw_only=True)
class PageDescriptor:
    """A line of the sidebar. Pages of one ``section`` stand together under its title."""

    name: str
    """Stable: settings remember it."""
    title: str
    icon_name: str
    build: Callable[[], Page]
    section: str = ""


class Sidebar(QWidget):
    """The labelled pages, and the status at the foot."""

    chosen = Signal(str)

    def __init__(self, pages: Sequence[PageDescriptor]) -> None:
        super().__init__()
        self.setProperty("kind", "sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(METRICS.sidebar)
        self.status = StatusBox()
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 11, 12)
        layout.setSpacing(2)
        layout.addWidget(_Brand())
        layout.addSpacing(4)
        self._add_pages(layout, pages)
        layout.addSpacing(8)
        layout.addWidget(self.status)

    def _add_pages(self, layout: QVBoxLayout, pages: Sequence[PageDescriptor]) -> None:
        section = ""
        for place, page in enumerate(pages, start=1):
            if page.section != section:
                section = page.section
                _begin(layout, section)
            layout.addWidget(self._button(page, place))
        if section != FOOT:
            layout.addStretch(1)

    def set_chosen(self, name: str) -> None:
        """Mark a page as the one in view."""
        self._buttons[name].setChecked(True)

    def _button(self, page: PageDescriptor, place: int) -> QPushButton:
        button = ChoiceButton(f"  {page.title}")
        button.setProperty("kind", "nav")
        button.setIcon(icon(page.icon_name, on="accent"))
        button.setIconSize(QSize(METRICS.icon, METRICS.icon))
        button.setToolTip(page_key(place))
        button.setAccessibleName(page.title)
        button.clicked.connect(lambda: self.chosen.emit(page.name))
        self._group.addButton(button)
        self._buttons[page.name] = button
        return button


def _begin(layout: QVBoxLayout, section: str) -> None:
    """Begin a section under its title; what belongs to the foot stands there without one."""
    if section == FOOT:
        layout.addStretch(1)
        return
    layout.addSpacing(6)
    title = Label(section.upper(), "caption-strong", "text3")
    title.setContentsMargins(7, 2, 0, 2)
    layout.addWidget(title)


class _Brand(QWidget):
    """The sign and the name."""

    def __init__(self) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Sign("arrows-left-right", "accent", 18))
        layout.addWidget(Label("pxbin", "heading"))
        layout.addStretch(1)
        self.setFixedHeight(32)
