"""A dialog that asks for a list, lets a person tick what they want of it, and takes that over."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pxbin_app.listing.forms import EntryDialog
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.fields import SearchField
from pxbin_app.widgets.format import counted
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.spinner import Spinner
from pxbin_app.widgets.states import StatefulView
from pxbin_app.widgets.styling import row
from pxbin_app.widgets.tick_list import TickItem, TickList

_LIST_HEIGHT = 340
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TickDialog(EntryDialog):
    """A list of models. A subclass says what is in it, and what becomes of the ticked ones (``take``)."""

    def __init__(
        self,
        parent: QWidget | None,
        title: str,
        *,
        primary: str,
        list_name: str,
        asking: str,
        width: int = 560,
    ) -> None:
        super().__init__(parent, title, primary=primary, width=width)
        self.search = SearchField("Find a model")
        self.all = Button("All", on_click=lambda: self.list.set_all(True))
        self.none = Button("None", on_click=lambda: self.list.set_all(False))
        self.list = TickList(list_name)
        self.view = StatefulView(self.list)
        self.view.setFixedHeight(_LIST_HEIGHT)
        self.spinner = Spinner(asking)
        self.chosen = Label("", "table", "text2")
        self.search.searched.connect(self.list.set_filter)
        self.list.ticks_changed.connect(self._count)
        self.submitted.connect(self._submit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter after typing a filter goes on to what it found; it submits nothing yet."""
        if self.focusWidget() is self.search and event.key() in _ENTER and not event.modifiers():
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    def take(self, values: Sequence[str]) -> None:
        """The ticked values were submitted; there is at least one."""
        raise NotImplementedError

    def add_list(self) -> None:
        """Put the list with its tools into the form, below what is there."""
        tools = QWidget()
        tools.setLayout(row(self.search, self.all, self.none))
        card = Card(padded=False)
        card.add(self.view)
        body = QVBoxLayout()
        body.setSpacing(8)
        body.addWidget(tools)
        body.addWidget(card)
        self.fields.addLayout(body)
        self.foot.insertWidget(0, self.spinner)
        self.foot.insertWidget(1, self.chosen)

    def show_loading(self, said: str) -> None:
        """The list is being asked for."""
        self._show_items((), ())
        self.spinner.setVisible(True)
        self.chosen.setText(said)
        self.view.show_loading()

    def show_failed(self, error: str, again: Callable[[], None]) -> None:
        """There is no list."""
        self._show_items((), ())
        self.view.show_error(error, on_click=again)

    def show_nothing(self, said: str) -> None:
        """The list is empty."""
        self._show_items((), ())
        self.view.show_empty(said)

    def show_items(self, items: Sequence[TickItem], ticked: Iterable[str]) -> None:
        """This is the list."""
        self._show_items(items, ticked)
        self.view.show_content()

    def _show_items(self, items: Sequence[TickItem], ticked: Iterable[str]) -> None:
        self.list.set_items(items, ticked)
        self.spinner.setVisible(False)
        for control in (self.search, self.all, self.none):
            control.setEnabled(bool(items))
        (self.search if items else self.cancel).setFocus()

    def _count(self) -> None:
        number, total = len(self.list.ticked), len(self.list.items)
        self.chosen.setText(f"{number} of {counted(total, 'model', 'models')}" if total else "")
        self.primary.setEnabled(bool(number) and not self.busy)

    def _submit(self) -> None:
        if values := self.list.ticked:
            self.take(values)
