"""Usage exports of providers, and their comparison with what pxbin counted: state and actions."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.pages.costs.reconcile_rows import By, ReconcileRow, rows_of
from pxbin_app.tasks import WhileInView, run_action
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import counted
from pxbin_engine.records import Reconciliation, UpstreamRecord, UsageImport

T = TypeVar("T")


class _Read(NamedTuple):
    """All that is read at a time."""

    upstreams: tuple[UpstreamRecord, ...]
    imports: tuple[UsageImport, ...]
    upstream: UpstreamRecord | None
    found: Reconciliation | None


class ReconcilePresenter(QObject):
    """Works between ``start`` and ``stop``, that is while the dialog is open.

    Signals:
        view: ``loading``, ``content``, ``empty`` or ``error``, and a sentence.
        changed: the attributes are others now.
        said: how an import ended: a sentence and a tone; empty takes it back.
        working: whether a file is being imported.

    Attributes:
        upstreams: those that can be compared.
        upstream: the one that is; None: there is none.
        imports: its imports, the newest first.
        found: the comparison; None before it was read.
        by, differing: which lines are shown.
    """

    view = Signal(str, str)
    changed = Signal()
    said = Signal(str, str)
    working = Signal(bool)

    def __init__(self, bridge: EngineBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.upstreams: tuple[UpstreamRecord, ...] = ()
        self.upstream: UpstreamRecord | None = None
        self.imports: tuple[UsageImport, ...] = ()
        self.found: Reconciliation | None = None
        self.by: By = "day"
        self.differing = False
        self._in_view = WhileInView("costs.reconcile", hears=())

    @property
    def rows(self) -> tuple[ReconcileRow, ...]:
        """What the table shows."""
        return rows_of(self.found, self.by, differing=self.differing)

    def start(self) -> None:
        """The dialog is open."""
        self._in_view.start()
        self.view.emit("loading", "")
        self.refresh()

    def stop(self) -> None:
        """It is closed."""
        self._in_view.stop()

    def choose(self, upstream_id: UUID) -> None:
        """Compare this upstream."""
        self.upstream = next(one for one in self.upstreams if one.id == upstream_id)
        self.said.emit("", "neutral")
        self.refresh()

    def show_by(self, by: By) -> None:
        """Lines by day, or totals by model."""
        self.by = by
        self.changed.emit()

    def show_differing(self, differing: bool) -> None:
        """Only what differs, or all."""
        self.differing = differing
        self.changed.emit()

    def refresh(self) -> None:
        """Read all anew."""
        if not self._bridge.ready:
            self.view.emit("error", "pxbin is not running yet.")
            return
        self._in_view.read(
            self._read(), done=self._show, failed=lambda reason: self.view.emit("error", reason)
        )

    def import_file(self, path: Path) -> None:
        """Import a provider's export for the upstream that is compared."""
        if self.upstream is None:
            return
        work = self._bridge.engine.reconcile.import_file(self.upstream.id, path)
        self._run(work, "costs.import", said_of_import)

    def forget(self, made: UsageImport) -> None:
        """Take an import out again."""
        work = self._bridge.engine.reconcile.delete(made.id)
        name = made.file_name or "The import"
        self._run(work, "costs.forget", lambda _: (f"{name} was taken out.", "info"))

    def _run(
        self, work: Coroutine[Any, Any, T], name: str, told: Callable[[T], tuple[str, Tone]]
    ) -> None:
        def done(result: T) -> None:
            self.said.emit(*told(result))
            self.refresh()

        self.said.emit("", "neutral")
        run_action(
            work,
            name=name,
            done=done,
            failed=lambda reason: self.said.emit(reason, "err"),
            busy=self.working.emit,
        )

    async def _read(self) -> _Read:
        engine = self._bridge.engine
        upstreams = await engine.upstreams.list()
        imports = await engine.reconcile.imports()
        chosen = self.upstream.id if self.upstream else None
        wanted = chosen or (imports[0].upstream_id if imports else None)
        upstream = next((one for one in upstreams if one.id == wanted), None)
        upstream = upstream or (upstreams[0] if upstreams else None)
        found = await engine.reconcile.comparison(upstream.id) if upstream else None
        return _Read(upstreams, imports, upstream, found)

    def _show(self, read: _Read) -> None:
        self.upstreams, imports, self.upstream, self.found = read
        shown = self.upstream.id if self.upstream else None
        self.imports = tuple(one for one in imports if one.upstream_id == shown)
        if self.upstream is None:
            self.view.emit("empty", "Add an upstream first: an export is compared with what it served.")  # fmt: skip
        elif not self.imports:
            self.view.emit("empty", f"Nothing was imported for {self.upstream.name} yet.")
        else:
            self.view.emit("content", "")
        self.changed.emit()


def said_of_import(made: UsageImport) -> tuple[str, Tone]:
    """What an import brought, in a sentence."""
    days = counted(made.days, "day", "days")
    models = counted(made.models, "model", "models")
    replaced = ""
    if made.replaced_days:
        earlier = counted(made.replaced_days, "day was", "days were")
        replaced = f" {earlier} there already and took the new figures."
    return f"Imported {days} and {models}, {made.first_day} to {made.last_day}.{replaced}", "ok"
