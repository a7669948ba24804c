"""The events of a streamed answer as rows of a table, and the one that is chosen in full."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QSplitter

from pxbin_app.widgets.find_bar import SearchedCode
from pxbin_app.widgets.table import Column, DataTable
from pxbin_engine.records import RecordedEvent

COLUMNS = (
    Column(title="After", kind="number", sample="00.000 s"),
    Column(title="Event", sample="content_block_delta"),
    Column(title="Data", stretch=True),
)
TIME, NAME, DATA = range(len(COLUMNS))
_DATA_CHARACTERS = 200
"""More of it no column shows."""
Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class EventTableModel(QAbstractTableModel):
    """The events in their order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.events: Sequence[RecordedEvent] = ()

    def set_events(self, events: Sequence[RecordedEvent]) -> None:
        """Show these and no others."""
        self.beginResetModel()
        self.events = events
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.events)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        return len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        event = self.events[index.row()]
        if index.column() == TIME:
            return f"{event.ms / 1000:.3f} s"
        return event.name if index.column() == NAME else event.data[:_DATA_CHARACTERS]


class EventsView(QSplitter):
    """The table, and below it the data of the chosen event."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.model = EventTableModel(self)
        self.table = DataTable(COLUMNS, "Events")
        self.table.setModel(self.model)
        self.chosen = SearchedCode("Data of the event")
        self.table.selected.connect(self._show_event)
        self.addWidget(self.table)
        self.addWidget(self.chosen)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.setSizes([260, 140])

    def show_events(self, events: Sequence[RecordedEvent]) -> None:
        """Show these, the first of them in full."""
        self.model.set_events(events)
        if events:
            self.table.select_row(0)
        else:
            self._show_event(-1)

    def _show_event(self, number: int) -> None:
        data = self.model.events[number].data if number >= 0 else ""
        self.chosen.code.set_text(data)
