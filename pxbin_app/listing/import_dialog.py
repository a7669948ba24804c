"""The dialog that imports an upstream's models: ask it, tick, import."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pxbin_app.listing.forms import EntryDialog
from pxbin_app.listing.model_import import ModelImport
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.fields import SearchField, Select
from pxbin_app.widgets.format import counted
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.spinner import Spinner
from pxbin_app.widgets.states import StatefulView
from pxbin_app.widgets.styling import row
from pxbin_app.widgets.tick_list import TickList

_LIST_HEIGHT = 340
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ALL_AT_ONCE = 12
"""A list this short is ticked as it comes; out of a router's hundreds a person picks."""


class ImportDialog(EntryDialog):
    """See the module."""

    def __init__(
        self, parent: QWidget | None, importing: ModelImport, *, title: str, cancel: str = "Cancel"
    ) -> None:
        super().__init__(parent, title, primary="Import", width=560)
        self._importing = importing
        self.cancel.setText(cancel)
        self.upstream = Select([(str(one.id), one.name) for one in importing.upstreams])
        if len(importing.upstreams) > 1:
            self.add_named("upstream_id", "Upstream", self.upstream)
        self.search = SearchField("Find a model")
        self.all = Button("All", on_click=lambda: self.list.set_all(True))
        self.none = Button("None", on_click=lambda: self.list.set_all(False))
        self.list = TickList("Models of the upstream")
        self.view = StatefulView(self.list)
        self.view.setFixedHeight(_LIST_HEIGHT)
        self.spinner = Spinner("Asking the upstream for its models")
        self.chosen = Label("", "table", "text2")
        self._lay_out()
        self._connect()
        self._show()
        importing.discover()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter after typing a filter goes on to what it found; it imports nothing yet."""
        if self.focusWidget() is self.search and event.key() in _ENTER and not event.modifiers():
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
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

    def _connect(self) -> None:
        self._importing.changed.connect(self._show)
        self.upstream.chosen.connect(self._importing.choose)
        self.search.searched.connect(self.list.set_filter)
        self.list.ticks_changed.connect(self._count)
        self.submitted.connect(self._submit)

    def _show(self) -> None:
        importing = self._importing
        offered = [item.value for item in importing.items if item.offered]
        self.list.set_items(importing.items, offered if len(offered) <= _ALL_AT_ONCE else ())
        name = importing.upstream.name
        self.spinner.setVisible(importing.state == "loading")
        if importing.state == "loading":
            self.chosen.setText(f"Asking {name}…")
            self.view.show_loading()
        elif importing.state == "failed":
            self.view.show_error(importing.error, on_click=importing.discover)
        elif not importing.items:
            self.view.show_empty(f"{name} lists no models. Add one by hand on the page Models.")
        else:
            self.view.show_content()
        ready = importing.state == "loaded" and bool(importing.items)
        for control in (self.search, self.all, self.none):
            control.setEnabled(ready)
        (self.search if ready else self.cancel).setFocus()

    def _count(self) -> None:
        number = len(self.list.ticked)
        total = len(self._importing.items)
        self.chosen.setText(f"{number} of {counted(total, 'model', 'models')}" if total else "")
        self.primary.setEnabled(bool(number) and not self.busy)

    def _submit(self) -> None:
        if names := self.list.ticked:
            self._importing.submit(names, self)
