"""Backups made, looked into and restored, for the page."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone
from pxbin_engine.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from pxbin_engine import Engine
    from pxbin_engine.maintenance.backup_file import Manifest
    from pxbin_engine.maintenance.backups import BackupProgress, BackupReport, RestoreReport

_NOT_RUNNING = "The engine does not run: start it first."


class BackupPresenter(QObject):
    """Acts on ``engine.backups``.

    Signals:
        busy: whether one is being made or read.
        progress: what is done now, as a sentence.
        looked_into: a ``Manifest`` and the path that it was read from.
        passphrase_refused: why, as a sentence; it stands under its field.
        restore_failed: why, as a sentence.
        restored: a backup was put in place.
    """

    busy = Signal(bool)
    progress = Signal(str)
    looked_into = Signal(object, object)
    passphrase_refused = Signal(str)
    restore_failed = Signal(str)
    restored = Signal()

    def __init__(self, bridge: EngineBridge, notify: Callable[[str, Tone], None]) -> None:
        super().__init__()
        self._bridge, self._notify = bridge, notify

    def create(self, path: Path, *, with_log: bool, passphrase: str) -> None:
        """Write a backup; an empty passphrase leaves the upstreams' keys out."""
        run_action(
            self._create(path, with_log, passphrase),
            name="backup.create",
            done=self._made,
            failed=self._fail,
            invalid=self._invalid,
            busy=self.busy.emit,
        )

    def look_into(self, path: Path) -> None:
        """Read and check a backup; ``looked_into`` tells."""
        run_action(
            self._look_into(path),
            name="backup.inspect",
            done=lambda manifest: self.looked_into.emit(manifest, path),
            failed=self._fail,
            busy=self.busy.emit,
        )

    def restore(self, path: Path, *, with_log: bool, passphrase: str) -> None:
        """Put a backup in place of what is there."""
        run_action(
            self._restore(path, with_log, passphrase),
            name="backup.restore",
            done=self._restored,
            failed=self.restore_failed.emit,
            busy=self.busy.emit,
        )

    @property
    def _engine(self) -> "Engine":
        if not self._bridge.ready:
            raise DatabaseUnavailable(_NOT_RUNNING)
        return self._bridge.engine

    async def _create(self, path: Path, with_log: bool, passphrase: str) -> "BackupReport":
        return await self._engine.backups.create(
            path, with_log=with_log, passphrase=passphrase, told=self._on_progress
        )

    async def _look_into(self, path: Path) -> "Manifest":
        return await self._engine.backups.inspect(path)

    async def _restore(self, path: Path, with_log: bool, passphrase: str) -> "RestoreReport":
        return await self._engine.backups.restore(
            path, with_log=with_log, passphrase=passphrase, told=self._on_progress
        )

    def _on_progress(self, progress: "BackupProgress") -> None:
        self.progress.emit(f"{progress.table.replace('_', ' ').capitalize()}…")

    def _made(self, report: "BackupReport") -> None:
        if report.unreadable:
            said = f"Saved, but without {len(report.unreadable)} upstream keys that cannot be read."
            self._notify(f"{said} {report.unreadable[0]}", "warn")
        else:
            self._notify(f"Backup saved in {report.path}", "ok")

    def _restored(self, report: "RestoreReport") -> None:
        if report.without_secret:
            names = ", ".join(dict.fromkeys(report.without_secret))
            self._notify(f"Restored. Enter the keys of these upstreams again: {names}.", "warn")
        else:
            self._notify(f"Restored. What was there before: {report.before}", "ok")
        self.restored.emit()

    def _fail(self, reason: str) -> None:
        self._notify(reason, "err")

    def _invalid(self, field: str, reason: str) -> None:
        if field == "passphrase":
            self.passphrase_refused.emit(reason)
        else:
            self._fail(reason)
