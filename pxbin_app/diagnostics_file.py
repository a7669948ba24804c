"""Saves an archive of diagnostics where the person says; also while the engine does not run."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone
from pxbin_engine.config import EngineConfig

if TYPE_CHECKING:
    from pxbin_engine.maintenance.diagnostics import DiagnosticsReport


class DiagnosticsFile:
    """Asks for a file, and writes it."""

    def __init__(
        self,
        bridge: EngineBridge,
        config: Callable[[], EngineConfig],
        notify: Callable[[str, Tone], None],
    ) -> None:
        self._bridge, self._config, self._notify = bridge, config, notify

    def ask(self, parent: QWidget) -> None:
        """Ask where to; the loop goes on meanwhile."""
        name = f"pxbin-diagnostics-{datetime.now().astimezone():%Y%m%d-%H%M}.zip"
        dialog = QFileDialog(parent, "Save diagnostics", str(Path.home() / name))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.setNameFilter("Archive (*.zip)")
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda path: self.save(Path(path)))
        dialog.open()

    def save(self, path: Path) -> None:
        """Write it, and say how that went."""
        run_action(
            self._write(path),
            name="diagnostics.save",
            done=lambda report: self._notify(f"Diagnostics saved in {report.path}", "ok"),
            failed=lambda reason: self._notify(reason, "err"),
        )

    async def _write(self, path: Path) -> "DiagnosticsReport":
        if self._bridge.ready:
            return await self._bridge.engine.diagnostics.write(path)
        from pxbin_engine.maintenance.diagnostics import Diagnostics  # noqa: PLC0415  # loads the engine's libraries

        return await Diagnostics(self._config()).write(path)
