"""An engine's backups, for the window's tests."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pxbin_engine.errors import PxbinError
from pxbin_engine.maintenance.backup_file import Manifest
from pxbin_engine.maintenance.backups import BackupProgress, BackupReport, RestoreReport

MANIFEST = Manifest(
    id=UUID(int=1), made_at=datetime(2026, 11, 24, tzinfo=UTC), made_by="0.1.0", schema_version=14, with_log=False, tables=()
)  # fmt: skip


class FakeBackups:
    """Answers as the test says."""

    def __init__(self) -> None:
        self.failure: PxbinError | None = None
        self.unreadable: tuple[str, ...] = ()
        self.without_secret: tuple[str, ...] = ()
        self.asked: list[tuple[Any, ...]] = []

    async def create(
        self, path: Path, *, with_log: bool, passphrase: str, told: Any
    ) -> BackupReport:
        self._reach("create", with_log, passphrase)
        told(BackupProgress("upstream_keys", 3))
        return BackupReport(MANIFEST, path, 10, self.unreadable)

    async def inspect(self, path: Path) -> Manifest:
        self._reach("inspect", path)
        return MANIFEST

    async def restore(
        self, path: Path, *, with_log: bool, passphrase: str, told: Any
    ) -> RestoreReport:
        self._reach("restore", with_log, passphrase)
        return RestoreReport((), path, self.without_secret)

    def _reach(self, *call: Any) -> None:
        self.asked.append(call)
        if self.failure is not None:
            raise self.failure
