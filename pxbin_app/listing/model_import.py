"""Asks an upstream which models it has, and imports those that a person ticked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import FormAnswer, LoadState, Notify
from pxbin_app.tasks import run_action
from pxbin_app.widgets.format import counted, tokens
from pxbin_app.widgets.tick_list import TickItem
from pxbin_engine.records import DiscoveredModel, ImportReport, ModelRecord, UpstreamRecord

if TYPE_CHECKING:
    from pxbin_engine import Engine


class ModelImport(QObject):
    """One import: from which upstream, what that one has, and what of it is there already."""

    changed = Signal()

    def __init__(
        self, bridge: EngineBridge, notify: Notify, upstreams: Sequence[UpstreamRecord]
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._notify = notify
        self.upstreams = tuple(upstreams)
        self.upstream = self.upstreams[0]
        self.state: LoadState = "loading"
        self.error = ""
        self.items: tuple[TickItem, ...] = ()

    @property
    def _engine(self) -> "Engine":
        return self._bridge.engine

    def choose(self, upstream_id: str) -> None:
        """Import from another upstream."""
        self.upstream = next(one for one in self.upstreams if str(one.id) == upstream_id)
        self.discover()

    def discover(self) -> None:
        """Ask the upstream."""
        asked = self.upstream.id
        self.state, self.error, self.items = "loading", "", ()
        self.changed.emit()

        def done(items: tuple[TickItem, ...]) -> None:
            if asked == self.upstream.id:  # else another one was chosen meanwhile
                self.state, self.items = "loaded", items
                self.changed.emit()

        def failed(reason: str) -> None:
            if asked == self.upstream.id:
                self.state, self.error = "failed", reason
                self.changed.emit()

        run_action(self._items(asked), name="models.discover", done=done, failed=failed)

    def submit(self, names: Sequence[str], form: FormAnswer) -> None:
        """Import these models."""

        def done(report: ImportReport) -> None:
            form.accept()
            self._notify(said_of(report), "ok")

        run_action(
            self._engine.models.import_models(self.upstream.id, tuple(names)),
            name="models.import",
            done=done,
            failed=form.set_error,
            busy=form.set_busy,
        )

    async def _items(self, upstream_id: UUID) -> tuple[TickItem, ...]:
        found = await self._engine.models.discover(upstream_id)
        there = {model.name: model for model in await self._engine.models.list()}
        return tuple(item_of(model, there.get(model.id), upstream_id) for model in found)


def item_of(found: DiscoveredModel, there: ModelRecord | None, upstream_id: UUID) -> TickItem:
    """A model of the upstream as a line; a name that is taken cannot be imported again."""
    if there is None:
        window = f"{tokens(found.context_window)} context" if found.context_window else ""
        return TickItem(value=found.id, note=window)
    mine = any(target.upstream_id == upstream_id for target in there.targets)
    return TickItem(
        value=found.id, note="imported" if mine else "served by another upstream", offered=False
    )


def said_of(report: ImportReport) -> str:
    """An import's result in one line."""
    made = counted(report.models_created, "model", "models")
    skipped = f", {report.models_skipped} were there already" if report.models_skipped else ""
    return f"{made} imported from {report.upstream}{skipped}"
