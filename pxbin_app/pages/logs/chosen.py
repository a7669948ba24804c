"""The chosen request: by its line or its id, and known better once it has ended."""

from uuid import UUID

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.pages.logs.recorded import RecordedRequest
from pxbin_app.request_rows import ListedRequest, Request, RequestTableModel
from pxbin_app.tasks import WhileInView
from pxbin_engine.events import RequestStarted


class ChosenRequest(QObject):
    """One request at most.

    Signals:
        changed: it is another one, or is known better.
        said: why it was not found: a sentence and a tone.

    Attributes:
        row: the request; None: none is chosen.
        recorded: what it said and heard, where that is kept.
    """

    changed = Signal()
    said = Signal(str, str)

    def __init__(self, bridge: EngineBridge, rows: RequestTableModel, parent: QObject) -> None:
        super().__init__(parent)
        self.row: Request | None = None
        self.recorded = RecordedRequest(bridge, self)
        self._bridge = bridge
        self._rows = rows
        self._sought: UUID | None = None
        self._asking = WhileInView("logs.chosen", hears=())

    def start(self) -> None:
        """The page came into view."""
        self.recorded.start()

    def stop(self) -> None:
        """The page left the view."""
        self._asking.outdate()
        self.recorded.stop()

    def choose(self, number: int) -> None:
        """Take the request in this line; -1: none. One far down is asked for: its row is not whole."""
        row = self._rows.row(number)
        if isinstance(row, ListedRequest):
            self._ask_for(row.id)
        else:
            self._take(row)

    def look_for(self, request_id: UUID) -> None:
        """This request is to be chosen as soon as ``seek`` finds it."""
        self._sought = request_id

    def seek(self, *, in_log: bool = True) -> None:
        """Choose what is looked for, wherever it is: among the rows, or in the log alone.

        Args:
            in_log: the rows are complete: what is not among them is asked for, and no longer looked for.
        """
        if self._sought is None:
            return
        number = self._rows.number_of(self._sought)
        if number >= 0:
            self.choose(number)
        elif in_log:
            self._ask_for(self._sought)
        if number >= 0 or in_log:
            self._sought = None

    def know_better(self) -> None:
        """The rows changed: a request that was in flight when it was chosen may have its row now."""
        if not isinstance(self.row, RequestStarted):
            return
        now = self._rows.number_of(self.row.id)
        if now >= 0 and self._rows.row(now) is not self.row:
            self.choose(now)

    def _ask_for(self, request_id: UUID) -> None:
        if self._bridge.ready:
            asked = self._bridge.engine.requests.get(request_id)
            self._asking.read(asked, done=self._take, failed=lambda why: self.said.emit(why, "err"))

    def _take(self, row: Request | None) -> None:
        self._asking.outdate()
        self.row = row
        self.recorded.show(row)
        self.changed.emit()
