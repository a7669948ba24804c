"""One table with its filter, what can be done with the selected rows, and what stands there while there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from pxbin_app.listing.model import Cell, RowsModel
from pxbin_app.listing.presenter import ListPresenter
from pxbin_app.theme import METRICS
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.fields import SearchField
from pxbin_app.widgets.icons import icon
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.states import StatefulView
from pxbin_app.widgets.styling import row, set_style_property
from pxbin_app.widgets.table import Column, DataTable

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class RowAction(Generic[Row]):
    """What can be done with selected rows: a button above the table, a line of its menu, maybe a key."""

    text: Callable[[tuple[Row, ...]], str] | str
    icon_name: str
    run: Callable[[tuple[Row, ...]], None]
    many: bool = False
    """Also with several rows at once."""
    key: Qt.Key | None = None
    allowed: Callable[[Row], bool] = lambda _row: True

    def text_for(self, rows: tuple[Row, ...]) -> str:
        """The words for these rows."""
        return self.text if isinstance(self.text, str) else self.text(rows)

    def possible(self, rows: tuple[Row, ...]) -> bool:
        """Whether it can be done with these rows."""
        return (len(rows) == 1 or (self.many and bool(rows))) and all(map(self.allowed, rows))


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[Row]):
    """How a page's rows are shown. Enter and a double click do the first action."""

    name: str
    columns: Sequence[Column]
    cells: Callable[[Row], Sequence[Cell]]
    row_id: Callable[[Row], UUID]
    actions: Sequence[RowAction[Row]]
    find: str
    """The filter's placeholder."""


class ListPanel(QWidget, Generic[Row]):
    """The panel. ``refreshed`` comes after each look at the presenter; ``empty`` says what leads on while there is no row
    at all (by ``show_empty``).
    """

    refreshed = Signal()

    def __init__(
        self, presenter: ListPresenter[Row], listing: Listing[Row], empty: Callable[[], None]
    ) -> None:
        super().__init__()
        self._presenter = presenter
        self._listing = listing
        self._empty = empty
        self._wanted: UUID | None = None
        self._model = RowsModel(listing.columns, listing.cells, listing.row_id)
        self.table = DataTable(listing.columns, listing.name)
        self.table.set_multiple_selection(True)
        self.table.setModel(self._model)
        self.view = StatefulView(self.table)
        self.search = SearchField(listing.find)
        self._chosen = Label("", "table", "text2")
        self.buttons = [self._button(action) for action in listing.actions]
        self._lay_out()
        self._connect()
        self._show_selection()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that are shown, in the table's order."""
        return self._model.rows

    @property
    def counted(self) -> str:
        """How many rows are shown, of how many; or why they are not the newest."""
        visible, total = len(self._presenter.visible_rows), len(self._presenter.rows)
        if self._presenter.error and total:
            return f"Not refreshed: {self._presenter.error}"
        return "" if not total else (f"{visible} of {total}" if visible != total else str(total))

    def start(self) -> None:
        """It came into view."""
        self._presenter.start()

    def stop(self) -> None:
        """It left the view."""
        self._presenter.stop()

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.search.setFocus()
        self.search.selectAll()

    def dismiss(self) -> bool:
        """Give the selection up; False where there was none."""
        had = bool(self.selected())
        self.table.select_row(-1)
        return had

    def selected(self) -> tuple[Row, ...]:
        """The selected rows, in the table's order."""
        return tuple(self._model.rows[place] for place in self.table.selected_rows())

    def choose(self, row_id: UUID) -> None:
        """Select the row of this id, now or when it is loaded; a filter goes."""
        self._wanted = row_id
        if self._presenter.filter:
            self._clear_filter()
        self._choose_wanted()

    def _choose_wanted(self) -> None:
        place = self._model.place_of(self._wanted) if self._wanted else -1
        if place >= 0:
            self._wanted = None
            self.table.select_row(place)
            self.table.setFocus()

    def show_empty(self, sentence: str, action: str, on_click: Callable[[], None]) -> None:
        """Say that there is nothing, with the page's one primary button under it."""
        set_style_property(self.view.empty.button, "kind", "primary")
        self.view.show_empty(sentence, action, on_click)

    def _lay_out(self) -> None:
        self.search.setMinimumWidth(260)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.search)
        tools.addStretch(1)
        tools.addWidget(self._chosen)
        tools.addLayout(row(*self.buttons, spacing=0))
        card = Card(padded=False)
        card.add(self.view, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.gap - 2)
        layout.addLayout(tools)
        layout.addWidget(card, 1)

    def _connect(self) -> None:
        self.search.searched.connect(self._presenter.set_filter)
        self.table.selected.connect(lambda _row: self._show_selection())
        self.table.activated_row.connect(lambda _row: self._do(self._listing.actions[0]))
        self.table.menu_requested.connect(self._open_menu)
        self._presenter.changed.connect(self._refresh)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What the table makes nothing of may be an action's key."""
        for action in self._listing.actions:
            if action.key == event.key() and self.focusWidget() is self.table:
                self._do(action)
                return
        super().keyPressEvent(event)

    def enter_table(self) -> bool:
        """An arrow was pressed outside it: go on in the table, where there is one."""
        if self.view.state != "content":
            return False
        self.table.setFocus()
        self.table.select_row(max(0, self.table.current_row))
        return True

    def _button(self, action: RowAction[Row]) -> Button:
        return Button(
            action.text_for(()),
            "quiet",
            icon_name=action.icon_name,
            on_click=lambda: self._do(action),
        )

    def _do(self, action: RowAction[Row]) -> None:
        rows = self.selected()
        if action.possible(rows):
            action.run(rows)

    def _open_menu(self, row: int, point: QPoint) -> None:
        if row not in self.table.selected_rows():
            self.table.select_row(row)
        rows = self.selected()
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in self._listing.actions:
            if action.possible(rows):
                line = menu.addAction(icon(action.icon_name), action.text_for(rows))
                line.triggered.connect(lambda _on, chosen=action: self._do(chosen))
        menu.popup(point)

    def _show_selection(self) -> None:
        rows = self.selected()
        self._chosen.setText(f"{len(rows)} selected" if len(rows) > 1 else "")
        for action, button in zip(self._listing.actions, self.buttons, strict=True):
            possible = action.possible(rows)
            button.setVisible(possible)
            if possible:
                button.setText(action.text_for(rows))

    def _refresh(self) -> None:
        presenter = self._presenter
        self._show_rows(presenter.visible_rows)
        self.search.setVisible(bool(presenter.rows))
        if presenter.state == "loading":
            self.view.show_loading()
        elif presenter.state == "failed":
            retry = presenter.reload if presenter.ready else None
            self.view.show_error(presenter.error, on_click=retry)
        elif not presenter.rows:
            self._empty()
        elif not presenter.visible_rows:
            sentence = f"Nothing here matches “{presenter.filter}”."
            set_style_property(self.view.empty.button, "kind", "plain")
            self.view.show_empty(sentence, "Clear filter", self._clear_filter)
        else:
            self.view.show_content()
        self._choose_wanted()
        self.refreshed.emit()

    def _show_rows(self, rows: Sequence[Row]) -> None:
        ids = [self._listing.row_id(row) for row in self.selected()]
        self._model.set_rows(rows)
        places = [place for one in ids if (place := self._model.place_of(one)) >= 0]
        if tuple(sorted(places)) != self.table.selected_rows():
            self.table.select_rows(places)
        self._show_selection()

    def _clear_filter(self) -> None:
        self.search.clear()
        self._presenter.set_filter("")
