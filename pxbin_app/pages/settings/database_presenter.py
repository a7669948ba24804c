"""Another place for the database: tried, moved to with everything, or used as it is."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from pxbin_app.app_controls import AppControls
from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone
from pxbin_engine.errors import InvalidInput

if TYPE_CHECKING:
    from pxbin_engine.maintenance.database_move import CopyProgress, CopyReport, PlaceReport, Target

Found = Literal["", "empty", "used"]
_STAGES = {"copying": "Copying", "comparing": "Comparing"}


class DatabasePresenter(QObject):
    """Tries and moves.

    Signals:
        tried: what is at the place: ``empty``, ``used``, or nothing where it cannot be used; and a sentence, and its tone.
        moving: whether a move is under way.
        progress: a sentence, and how many of 1000 parts are done.
        ended: the move, or the change, is done.
    """

    tried = Signal(str, str, str)
    moving = Signal(bool)
    progress = Signal(str, int)
    ended = Signal()

    def __init__(self, controls: AppControls, notify: Callable[[str, Tone], None]) -> None:
        super().__init__()
        self.controls = controls
        self._notify = notify
        self._move: asyncio.Task[None] | None = None

    @property
    def embedded(self) -> bool:
        """Whether the embedded PostgreSQL is in use."""
        return self.controls.running().embedded

    @property
    def locked(self) -> str:
        """Why the place cannot be changed; empty: it can."""
        locked = self.controls.file.locked
        return locked.get("database_url", "") or locked.get("database_schema", "")

    def try_place(self, url: str, schema: str) -> None:
        """Find out what is at a server; ``tried`` tells."""
        run_action(
            self._try(url, schema),
            name="database.try",
            done=self._tell,
            failed=lambda reason: self.tried.emit("", reason, "err"),
        )

    def move(self, url: str, schema: str) -> None:
        """Move everything there; an empty ``url`` is the embedded server."""
        self._move = run_action(
            self._moved(url, schema),
            name="database.move",
            done=self._moved_well,
            failed=self._failed,
            busy=self.moving.emit,
        )

    def use(self, url: str, schema: str) -> None:
        """Use what is there already, and leave what is here where it is."""
        run_action(
            self._used(url, schema),
            name="database.use",
            done=lambda _: self._end("pxbin uses the other database"),
            failed=self._failed,
            busy=self.moving.emit,
        )

    def cancel(self) -> None:
        """Break a move off: the old database is used on."""
        if self._move is not None and self._move.cancel():
            self._move.add_done_callback(
                lambda _: self.tried.emit("", "Stopped. Nothing has changed.", "text2")
            )

    async def _try(self, url: str, schema: str) -> "PlaceReport":
        from pxbin_engine.maintenance.database_move import examine  # noqa: PLC0415  # loads the engine's libraries

        self._check(url, schema)
        return await examine(_target(url, schema))

    async def _moved(self, url: str, schema: str) -> "CopyReport":
        if url:
            self._check(url, schema)
        return await self.controls.move_database(_target(url, schema), self._on_progress)

    async def _used(self, url: str, schema: str) -> None:
        self.controls.file.write(_changes(url, schema))
        await self.controls.restart_engine()

    def _check(self, url: str, schema: str) -> None:
        if not url.strip():
            raise InvalidInput("Enter the server’s address.", field="url")
        self.controls.file.check(_changes(url, schema))

    def _on_progress(self, progress: "CopyProgress") -> None:
        done = 1000 * progress.rows // progress.total if progress.total else 1000
        self.progress.emit(f"{_STAGES[progress.stage]} {progress.table}", done)

    def _tell(self, report: "PlaceReport") -> None:
        self.tried.emit(
            report.state, found_words(report), "ok" if report.state == "empty" else "warn"
        )

    def _moved_well(self, report: "CopyReport") -> None:
        self._end(f"{report.rows:,} rows are at the new place, and compared")

    def _failed(self, reason: str) -> None:
        self.tried.emit("", reason, "err")

    def _end(self, said: str) -> None:
        self._notify(said, "ok")
        self.ended.emit()


def found_words(report: "PlaceReport") -> str:
    """What was found, as sentences."""
    if report.state == "empty":
        return f"PostgreSQL {report.version}. There is room for everything."
    return (
        f"PostgreSQL {report.version}. Another pxbin keeps its data there ({report.requests:,} requests)."
        " You can use that in place of what is here; nothing is moved then."
    )


def _target(url: str, schema: str) -> "Target":
    from pxbin_engine.maintenance.database_move import Target  # noqa: PLC0415  # loads the engine's libraries

    return Target(url.strip(), schema.strip() or "public")


def _changes(url: str, schema: str) -> dict[str, Any]:
    return {"database_url": url.strip() or None, "database_schema": schema.strip() or "public"}
