"""The table of sessions: a session opens to the tree of its agents, and leads to its requests in Logs."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from pxbin_app.listing.model import RowsModel
from pxbin_app.pages.costs.session_rows import COLUMNS, SessionRow, cells
from pxbin_app.theme import METRICS
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.format import count
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.table import DataTable

_MOST_LINES = 14
"""A longer table scrolls within itself."""
_KEYS = "Space or a click opens a session to its agents; Enter or a double click shows its requests in Logs."


class SessionBoard(QWidget):
    """All of it; ``show_rows`` fills it."""

    toggled = Signal(object)
    """A ``SessionRow`` of the session to open or to close."""
    requests_wanted = Signal(str)
    """The filter words that show a session's requests, or an agent's."""

    def __init__(self) -> None:
        super().__init__()
        self.model = RowsModel[SessionRow](COLUMNS, cells, lambda row: row.id)
        self.table = DataTable(COLUMNS, "Sessions and their agents")
        self.table.setAccessibleDescription(_KEYS)
        self.table.setModel(self.model)
        self.note = Label(_KEYS, "caption", "text2")
        card = Card(padded=False)
        card.add(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(card)
        layout.addWidget(self.note)
        self.table.clicked.connect(lambda index: self._toggle(index.row()))
        self.table.activated_row.connect(self._ask_for_requests)
        self.table.menu_requested.connect(self._open_menu)
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Left):
            shortcut = QShortcut(QKeySequence(key), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda key=key: self._on_key(key))

    def show_rows(self, rows: Sequence[SessionRow], total: int) -> None:
        """Show these, of ``total`` sessions; the selected row stays the selected one."""
        selected = self._row(self.table.current_row)
        self.model.set_rows(rows)
        if selected is not None:
            place = self.model.place_of(selected.id)
            if place != self.table.current_row:
                self.table.select_row(place)
        lines = min(max(1, len(rows)), _MOST_LINES)
        self.table.setFixedHeight(METRICS.header_row + lines * METRICS.row + 4)
        shown = sum(row.agent_id is None for row in rows)
        more = f"{count(shown)} of {count(total)} sessions are shown. " if total > shown else ""
        self.note.setText(more + _KEYS)

    def _row(self, number: int) -> SessionRow | None:
        return self.model.rows[number] if 0 <= number < len(self.model.rows) else None

    def _toggle(self, number: int) -> None:
        row = self._row(number)
        if row is not None and row.agent_id is None:
            self.toggled.emit(row)

    def _on_key(self, key: Qt.Key) -> None:
        """Space turns it; the arrows open and close, as in any tree."""
        row = self._row(self.table.current_row)
        wanted = {Qt.Key.Key_Right: True, Qt.Key.Key_Left: False}.get(key)
        if row is not None and row.agent_id is None and wanted is not row.open:
            self.toggled.emit(row)

    def _ask_for_requests(self, number: int) -> None:
        row = self._row(number)
        if row is not None:
            self.requests_wanted.emit(row.words)

    def _open_menu(self, number: int, point: QPoint) -> None:
        row = self._row(number)
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show its requests", lambda: self.requests_wanted.emit(row.words))
        name = row.agent_id or row.session.session_id
        menu.addAction(
            "Copy agent id" if row.agent_id else "Copy session id",
            lambda: QGuiApplication.clipboard().setText(name),
        )
        menu.popup(point)
