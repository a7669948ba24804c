"""The page Settings for ``tests.support.screens``: every section, and its dialogs."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from pxbin_app.crash_dialog import CrashDialog
from pxbin_app.crash_reports import CrashReport
from pxbin_app.pages.settings.database_dialog import DatabaseDialog
from pxbin_app.pages.settings.restore_dialog import RestoreDialog
from pxbin_engine.maintenance.backup_file import Manifest, Sealing
from pxbin_engine.storage.restoring import StoredTable
from pxbin_engine.storage.table_copy import Contents
from tests.support.app_controls import FakeApp

Scene = Callable[[Any], Awaitable[None]]
HOME = Path("/home/mia/.local/share/pxbin")
ROWS = {
    "keys": 5,
    "upstreams": 7,
    "upstream_keys": 9,
    "models": 12,
    "aliases": 4,
    "budgets": 3,
    "requests": 48_211,
}
TRACE = """\
Fatal Python error: Segmentation fault

Current thread 0x00007f2b7c0f4740 (most recent call first):
  File "pxbin_app/widgets/charts.py", line 118 in paint
  File "pxbin_app/event_loop.py", line 143 in run_forever
  File "pxbin_app/application.py", line 122 in _run
"""


def a_fake_app() -> FakeApp:
    """An app on a directory of its own."""
    return FakeApp(Path(tempfile.mkdtemp(prefix="pxbin-screens-")))


async def section(stage: Any, name: str) -> Any:
    """A section in view, with nothing filled in."""
    page = await stage.show("settings")
    page.presenter.discard()
    page.show_section(name)
    await asyncio.sleep(0.1)
    return page


async def filled_in(stage: Any) -> None:
    page = await section(stage, "network")
    fields = page.sections["network"][2].settings.fields
    for name, text in {
        "listen_addr": "0.0.0.0:99999",
        "allowed_hosts": "pxbin.example.org",
    }.items():
        fields[name].control.setText(text)
        page.presenter.enter(name, text)


async def waiting(stage: Any) -> None:
    page = await section(stage, "log")
    page.sections["log"][2].settings.fields["log_retention_days"].control.setText("30")
    page.presenter.enter("log_retention_days", "30")


async def moving(stage: Any) -> None:
    page = await section(stage, "database")
    presenter = page.sections["database"][2].presenter
    dialog = DatabaseDialog(page, presenter)
    dialog.url.setText("postgresql://pxbin@db.example/pxbin")
    dialog.open()
    presenter.moving.emit(True)
    presenter.progress.emit("Copying requests", 412)
    dialog._busy = False  # so that the scene can close it


async def used_place(stage: Any) -> None:
    page = await section(stage, "database")
    presenter = page.sections["database"][2].presenter
    dialog = DatabaseDialog(page, presenter)
    dialog.url.setText("postgresql://pxbin@db.example/pxbin")
    dialog.open()
    said = "PostgreSQL 17.6. Another pxbin keeps its data there (48,211 requests). You can use that in place of what is here; nothing is moved then."
    presenter.tried.emit("used", said, "warn")


async def sealed_backup(stage: Any) -> None:
    page = await section(stage, "backup")
    backup = page.sections["backup"][2]
    backup.with_keys.setChecked(True)
    backup.passphrase.setText("correct horse")
    backup.again.setText("correct hors")
    backup._passphrase_is_right()


async def restoring(stage: Any) -> None:
    page = await section(stage, "backup")
    page.sections["backup"][2].with_keys.setChecked(False)
    manifest = Manifest(
        id=UUID(int=7),
        made_at=datetime(2026, 11, 23, 18, 4, tzinfo=UTC),
        made_by="0.1.0",
        schema_version=14,
        with_log=True,
        tables=tuple(StoredTable(name, (), Contents(rows, "")) for name, rows in ROWS.items()),
        sealing=Sealing(salt="", nonce="", n=2),
    )
    presenter = page.sections["backup"][2].presenter
    RestoreDialog(page, presenter, manifest, Path("all.pxbin-backup")).open()


async def crashed(stage: Any) -> None:
    await stage.show("dashboard")
    report = CrashReport(HOME / "crash" / "crash-20261123-142210-4711.log", TRACE, fatal=True)
    CrashDialog(stage.window, report, save_diagnostics=lambda: None).show()


SETTINGS_SCENES: dict[str, Scene] = {
    **{
        f"settings-{name}": partial(section, name=name)
        for name in (
            "network",
            "database",
            "log",
            "notifications",
            "start",
            "backup",
            "diagnostics",
            "about",
        )
    },
    "settings-filled-in": filled_in,
    "settings-waiting": waiting,
    "settings-moving": moving,
    "settings-used-place": used_place,
    "settings-sealed-backup": sealed_backup,
    "settings-restoring": restoring,
    "crashed": crashed,
}
"""By the name of the picture."""
