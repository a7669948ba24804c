"""Step 2 of the first run: an upstream is tested, added, and its models are imported."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.model_import import item_of
from pxbin_app.snippets import suggested_models
from pxbin_app.tasks import run_action
from pxbin_app.widgets.tick_list import TickItem
from pxbin_engine.events import EngineStateChanged
from pxbin_engine.records import HealthReport, ModelRecord, Preset, UpstreamFormat, UpstreamRecord

T = TypeVar("T")

Phase = Literal["form", "models", "there"]
"""What is asked: the upstream, its models, or nothing because both are there."""

ALL_AT_ONCE = 12
"""So few models are ticked as they come; out of more, one for the work and one for side tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An upstream as it was filled in."""

    name: str
    base_url: str
    format: UpstreamFormat
    preset: str | None
    api_key: str = ""

    @property
    def address(self) -> dict[str, Any]:
        """What is asked when it is tested."""
        return {
            "base_url": self.base_url,
            "format": self.format,
            "preset": self.preset,
            "api_key": self.api_key or None,
        }


class UpstreamSetup(QObject):
    """The step's state.

    Signals:
        changed: any of the attributes.
        done: models can be asked for.

    Attributes:
        busy: what is being done, as a sentence; empty: nothing.
        error: what went wrong, as a sentence; ``field``: of which input, where it is about one.
        untested: the test failed, and the upstream can be added all the same.
        record: the upstream that was added.
        items, ticked: its models, and those that are worth importing.
        models: names of models that there are already.
    """

    changed = Signal()
    done = Signal()

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.phase: Phase = "form"
        self.busy = ""
        self.error = ""
        self.field = ""
        self.untested = False
        self.record: UpstreamRecord | None = None
        self.items: tuple[TickItem, ...] = ()
        self.ticked: tuple[str, ...] = ()
        self.models: tuple[str, ...] = ()
        bridge.state.connect(self._on_state)

    @property
    def ready(self) -> bool:
        """Whether the engine can be asked."""
        return self._bridge.ready

    @property
    def presets(self) -> tuple[Preset, ...]:
        """The vendors and server programs to choose from; none before the engine runs."""
        return self._bridge.engine.upstreams.presets if self.ready else ()

    @property
    def secret_description(self) -> str:
        """Where the upstream's key will be kept."""
        return self._bridge.engine.upstreams.secret_description if self.ready else ""

    def load(self) -> None:
        """See what there is already: who comes back goes on where it was left."""
        if self.ready and not self.busy:
            self._act(self._there(), "Looking at what there is…", self._show_there)

    def submit(self, wanted: Wanted) -> None:
        """Test it; where it works, add it and ask for its models."""
        self._act(self._test(wanted), "Testing…", lambda report: self._tested(wanted, report))

    def submit_untested(self, wanted: Wanted) -> None:
        """Add it although the test failed, or was not made."""
        self._act(self._add(wanted), "Adding…", self._show_models)

    def take(self, names: Sequence[str]) -> None:
        """Import these models."""
        record = self.record
        if record is None or not names:
            self._say_error("Choose at least one model.")
            return
        engine = self._bridge.engine
        self._act(
            engine.models.import_models(record.id, tuple(names)),
            "Importing…",
            lambda _report: self._imported(names),
        )

    def begin_another(self) -> None:
        """Ask for another upstream beside those that there are."""
        self.record, self.phase, self.untested = None, "form", False
        self.changed.emit()

    async def _there(self) -> tuple[tuple[UpstreamRecord, ...], tuple[ModelRecord, ...]]:
        engine = self._bridge.engine
        return await engine.upstreams.list(), await engine.models.list()

    def _show_there(
        self, found: tuple[tuple[UpstreamRecord, ...], tuple[ModelRecord, ...]]
    ) -> None:
        upstreams, models = found
        served = {target.upstream_id for model in models for target in model.targets}
        self.models = tuple(model.name for model in models if model.is_active)
        if self.models and upstreams:
            self.phase = "there"
            self.record = next((one for one in upstreams if one.id in served), upstreams[0])
        elif upstreams and self.phase == "form":
            self.record = upstreams[-1]
            self._act(self._discover(self.record), "Asking for its models…", self._show_models)
        self.changed.emit()

    async def _test(self, wanted: Wanted) -> HealthReport:
        return await self._bridge.engine.upstreams.check_new(**wanted.address)

    def _tested(self, wanted: Wanted, report: HealthReport) -> None:
        if report.healthy:
            self.submit_untested(wanted)
        else:
            self.untested = True
            self._say_error(report.error or "It does not answer.")

    async def _add(self, wanted: Wanted) -> tuple[UpstreamRecord, tuple[TickItem, ...]]:
        upstreams = self._bridge.engine.upstreams
        self.record = await upstreams.create(name=wanted.name, **wanted.address)
        return await self._discover(self.record)

    async def _discover(
        self, record: UpstreamRecord
    ) -> tuple[UpstreamRecord, tuple[TickItem, ...]]:
        engine = self._bridge.engine
        found = await engine.models.discover(record.id)
        there = {model.name: model for model in await engine.models.list()}
        return record, tuple(item_of(model, there.get(model.id), record.id) for model in found)

    def _show_models(self, found: tuple[UpstreamRecord, tuple[TickItem, ...]]) -> None:
        self.record, self.items = found
        offered = [item.value for item in self.items if item.offered]
        few = offered if len(offered) <= ALL_AT_ONCE else suggested_models(offered)
        self.ticked = tuple(dict.fromkeys(few))
        self.phase, self.untested = "models", False
        self.changed.emit()

    def _imported(self, names: Sequence[str]) -> None:
        self.models = tuple(dict.fromkeys((*names, *self.models)))
        self.phase = "there"
        self.changed.emit()
        self.done.emit()

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state == "running":
            self.load()

    def _act(self, work: Coroutine[Any, Any, T], said: str, done: Any) -> None:
        self.error, self.field = "", ""

        def busy(now: bool) -> None:
            self.busy = said if now else ""
            self.changed.emit()

        def invalid(field: str, reason: str) -> None:
            self._say_error(reason, field)

        run_action(
            work,
            name="first_run.upstream",
            done=done,
            failed=self._failed,
            invalid=invalid,
            busy=busy,
        )

    def _failed(self, reason: str) -> None:
        if self.record is not None and self.phase == "form":
            self.phase = "models"  # it was added, and only its models could not be listed
        self._say_error(reason)

    def _say_error(self, reason: str, field: str = "") -> None:
        self.error, self.field = reason, field
        self.changed.emit()
