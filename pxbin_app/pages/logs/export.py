"""State and actions of an export from the page Logs: how far it is, and that it can be cancelled."""

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_engine.records import ExportFormat, RequestFilter

FORMATS: dict[ExportFormat, str] = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}


class LogExport(QObject):
    """One export at a time.

    Signals:
        changed: it began, went on or ended; see the attributes.
        said: how it ended: a sentence and a tone.

    Attributes:
        running: whether one is being written.
        rows: how many are written.
    """

    changed = Signal()
    said = Signal(str, str)

    def __init__(self, bridge: EngineBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._task: asyncio.Task[None] | None = None
        self.running = False
        self.rows = 0

    def start(self, path: Path, where: RequestFilter, kind: ExportFormat) -> None:
        """Write what fits ``where`` to a file, which is there only when it is whole."""
        busy = self._task is not None and not self._task.done()
        if busy or not self._bridge.ready:
            return
        self.rows = 0
        self._task = run_action(
            self._bridge.engine.requests.export_to(
                path, where, kind, on_progress=self._show_progress
            ),
            name="logs.export",
            done=lambda rows: self.said.emit(f"{rows:,} requests exported.", "ok"),
            failed=lambda reason: self.said.emit(reason, "err"),
            busy=self._set_running,
        )

    def cancel(self) -> None:
        """Write no more; no file is left."""
        if self.running and self._task is not None:
            self._task.cancel()
            self.said.emit("The export was cancelled; no file was written.", "info")

    def _show_progress(self, rows: int) -> None:
        self.rows = rows
        self.changed.emit()

    def _set_running(self, running: bool) -> None:
        self.running = running
        self.changed.emit()
