"""A page that lists things: a title row with what can be made, and one panel."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from pxbin_app.listing.panel import Listing, ListPanel
from pxbin_app.listing.presenter import ListPresenter
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.page import Page

Row = TypeVar("Row")
_ARROWS = (Qt.Key.Key_Up, Qt.Key.Key_Down)


class ListPage(Page, Generic[Row]):
    """The page. Subclasses build their ``Listing``, ``add_primary``, and say what leads on where there is nothing
    (``show_nothing``).
    """

    primary: Button

    def __init__(self, title: str, presenter: ListPresenter[Row], listing: Listing[Row]) -> None:
        super().__init__(title)
        self._list_presenter = presenter
        self.panel = ListPanel(presenter, listing, self.show_nothing)
        self.table, self.view, self.search = self.panel.table, self.panel.view, self.panel.search
        self.count = Label("", "table", "text3")
        self.header.addWidget(self.count)
        self.header.addStretch(1)
        self.add(self.panel, 1)
        self.panel.refreshed.connect(self._show_header)

    @property
    def shown_panel(self) -> ListPanel[Any]:
        """The panel in view, where a subclass has several."""
        return self.panel

    def shown(self) -> None:
        self.shown_panel.start()

    def hidden(self) -> None:
        self.shown_panel.stop()

    def focus_filter(self) -> None:
        self.shown_panel.focus_filter()

    def dismiss(self) -> bool:
        """Esc gives the selection up."""
        return self.shown_panel.dismiss()

    def selected(self) -> tuple[Row, ...]:
        """The selected rows, in the table's order."""
        return self.panel.selected()

    def show_nothing(self) -> None:
        """There is no row at all: say what leads on (``panel.show_empty``)."""
        raise NotImplementedError

    def begin_new(self) -> None:
        """As if the primary button were pressed."""
        self.primary.click()

    def filter_by(self, words: str) -> None:
        self.panel.search.setText(words)
        self._list_presenter.set_filter(words)

    def show_item(self, item_id: UUID) -> None:
        """Select its row, as soon as it is loaded."""
        self.panel.choose(item_id)

    def add_primary(self, text: str, icon_name: str, on_click: Callable[[], None]) -> None:
        """Put the page's primary button into the header; an empty page has it in its middle instead."""
        self.primary = Button(text, "primary", icon_name=icon_name, on_click=on_click)
        self.header.addWidget(self.primary)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """An arrow enters the table."""
        if event.key() not in _ARROWS or not self.shown_panel.enter_table():
            super().keyPressEvent(event)

    def _show_header(self) -> None:
        presenter = self._list_presenter
        self.count.setText(self.panel.counted)
        self.primary.setVisible(bool(presenter.rows) or presenter.state != "loaded")
