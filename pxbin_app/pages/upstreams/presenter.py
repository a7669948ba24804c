"""State and actions of the page Upstreams."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from msgspec import UNSET
from PySide6.QtCore import QTimer, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import FormAnswer, ListPresenter, Notify
from pxbin_app.pages.upstreams.health import CheckResult, HealthWords, health_of, said_of
from pxbin_app.pages.upstreams.keys_presenter import UpstreamKeysPresenter
from pxbin_app.tasks import run_action
from pxbin_engine.records import (
    HealthReport,
    LearnedQuirk,
    Preset,
    UpstreamFormat,
    UpstreamHealthRecord,
    UpstreamRecord,
)

SAVE_FIRST = (
    "The address was changed: save it, then test it. A stored key goes to no other address."
)
REFRESH_MS = 5_000
"""How often it is looked how upstreams are while the page is seen: rates and times change without any event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRow:
    """One upstream as the table shows it."""

    record: UpstreamRecord
    models: tuple[str, ...] = ()
    """The names of the models that it serves."""
    seen: UpstreamHealthRecord | None = None
    """What its requests and checks showed."""
    check: CheckResult | None = None
    """What the person's own test found."""
    now: datetime

    @property
    def health(self) -> HealthWords:
        """How it is, in words."""
        return health_of(self.record, self.seen, self.check)

    @property
    def checked_at(self) -> datetime | None:
        """When it was last asked for its models, by pxbin or by the person."""
        moments = (self.seen and self.seen.checked_at, self.check and self.check.at)
        return max((moment for moment in moments if moment), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamValues:
    """What a person filled in. ``api_key`` empty: none is given. A time-out of None: as the configuration says."""

    name: str
    format: UpstreamFormat
    base_url: str
    api_key: str = ""
    priority: int = 0
    is_active: bool = True
    preset: str | None = None
    first_byte_timeout_seconds: float | None = None
    idle_timeout_seconds: float | None = None


class UpstreamsPresenter(ListPresenter[UpstreamRow]):
    """All upstreams with how they do."""

    follows = frozenset({"upstreams", "models"})

    added = Signal(object)
    """A new ``UpstreamRecord``."""

    def __init__(
        self,
        bridge: EngineBridge,
        notify: Notify,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(bridge, notify)
        self.checking: set[UUID] = set()
        """The upstreams that are being tested."""
        self._checks: dict[UUID, CheckResult] = {}
        self._clock = clock
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self._tell_health)

    def start(self) -> None:
        if not self._listening:
            self._bridge.health.connect(self._on_health)
        self._timer.start()
        super().start()

    def stop(self) -> None:
        if self._listening:
            self._bridge.health.disconnect(self._on_health)
        self._timer.stop()
        super().stop()

    def keys_of(self, record: UpstreamRecord) -> UpstreamKeysPresenter:
        """What edits the keys of an upstream."""
        return UpstreamKeysPresenter(self._bridge, self.notify, record)

    @property
    def secret_description(self) -> str:
        """Where the key of a new upstream is kept, and why there."""
        return self.engine.upstreams.secret_description

    @property
    def presets(self) -> tuple[Preset, ...]:
        """The vendors and server programs that a person can choose."""
        return self.engine.upstreams.presets

    def save(
        self, values: UpstreamValues, form: FormAnswer, record: UpstreamRecord | None = None
    ) -> None:
        """Make an upstream, or change ``record``."""
        engine = self.engine
        common: dict[str, Any] = {
            "name": values.name,
            "base_url": values.base_url,
            "format": values.format,
            "priority": values.priority,
            "is_active": values.is_active,
            "preset": values.preset,
            "first_byte_timeout_seconds": values.first_byte_timeout_seconds,
            "idle_timeout_seconds": values.idle_timeout_seconds,
        }
        if record is None:
            work = engine.upstreams.create(**common, api_key=values.api_key or None)
            self.act(work, name="upstream.create", done=self.added.emit, form=form)
            return
        work = engine.upstreams.update(record.id, **common, api_key=values.api_key or UNSET)
        self.act(work, name="upstream.update", done=self._saved, form=form)

    def test(
        self, values: UpstreamValues, form: "CheckAnswer", record: UpstreamRecord | None = None
    ) -> None:
        """Ask the upstream for its models with what is filled in; nothing is saved and nothing is paid."""
        upstreams = self.engine.upstreams
        source = check_source(values, record)
        if source == "not saved":
            form.show_report(HealthReport(healthy=False, error=SAVE_FIRST))
            return
        if source == "saved" and record is not None:
            work = upstreams.check(record.id)
        else:
            work = upstreams.check_new(
                base_url=values.base_url,
                api_key=values.api_key or None,
                format=values.format,
                preset=values.preset,
            )
        run_action(
            work,
            name="upstream.test",
            done=form.show_report,
            failed=lambda text: form.show_report(HealthReport(healthy=False, error=text)),
            invalid=form.set_field_error,
            busy=form.set_checking,
        )

    def check(self, row: UpstreamRow) -> None:
        """Test an upstream from the table; what came of it is shown in its row."""
        upstream_id = row.record.id

        def done(report: HealthReport) -> None:
            self._checks[upstream_id] = CheckResult(report=report, at=self._clock())
            self.notify(f"{row.record.name}: {said_of(report)}", "ok" if report.healthy else "err")

        def busy(checking: bool) -> None:
            (self.checking.add if checking else self.checking.discard)(upstream_id)
            self._tell_health()

        run_action(
            self.engine.upstreams.check(upstream_id),
            name="upstream.check",
            done=done,
            failed=lambda text: self.notify(text, "err"),
            busy=busy,
        )

    def set_active(self, rows: Sequence[UpstreamRow], active: bool) -> None:
        """Let upstreams be used, or leave them alone."""
        for row in rows:
            work = self.engine.upstreams.update(row.record.id, is_active=active)
            self.act(work, name="upstream.set_active", done=lambda _record: None)

    def forget(self, record: UpstreamRecord, done: Callable[[], None]) -> None:
        """Drop what the upstream's refusals have taught; ``done`` once it is gone."""

        def forgotten(_record: UpstreamRecord) -> None:
            done()
            self.notify(f"What {record.name} had taught is forgotten", "ok")

        self.act(self.engine.upstreams.forget(record.id), name="upstream.forget", done=forgotten)

    def delete(self, rows: Sequence[UpstreamRow]) -> None:
        """Remove upstreams with their keys."""
        names = [row.record.name for row in rows]
        said = f"{names[0]} deleted" if len(names) == 1 else f"{len(names)} upstreams deleted"
        work = self.engine.upstreams.delete_many([row.record.id for row in rows])
        self.act(work, name="upstream.delete", done=lambda _count: self.notify(said, "ok"))

    async def _load(self) -> tuple[UpstreamRow, ...]:
        upstreams = await self.engine.upstreams.list()
        served: dict[UUID, list[str]] = {}
        for model in await self.engine.models.list():
            for upstream_id in {target.upstream_id for target in model.targets}:
                served.setdefault(upstream_id, []).append(model.name)
        seen = self._seen()
        return tuple(self._row(one, tuple(served.get(one.id, ())), seen) for one in upstreams)

    def _seen(self) -> dict[UUID, UpstreamHealthRecord]:
        return {one.upstream_id: one for one in self.engine.upstream_health()}

    def _row(
        self,
        record: UpstreamRecord,
        models: tuple[str, ...],
        seen: Mapping[UUID, UpstreamHealthRecord],
    ) -> UpstreamRow:
        return UpstreamRow(
            record=record,
            models=models,
            seen=seen.get(record.id),
            check=self._checks.get(record.id),
            now=self._clock(),
        )

    def _matches(self, row: UpstreamRow, sought: str) -> bool:
        return sought in f"{row.record.name}\n{row.record.base_url}".casefold()

    def _saved(self, record: UpstreamRecord) -> None:
        self._checks.pop(record.id, None)  # what was tested was another address or key
        self.notify(f"{record.name} saved", "ok")

    def _on_health(self, _event: object) -> None:
        self._tell_health()

    def _tell_health(self) -> None:
        if not self.ready or not self.rows:
            return
        seen = self._seen()
        self.rows = tuple(self._row(row.record, row.models, seen) for row in self.rows)
        self.changed.emit()


class CheckAnswer(FormAnswer, Protocol):
    """A form that can also show how a test went."""

    def set_checking(self, checking: bool) -> None:
        """The test began or ended."""

    def show_report(self, report: HealthReport) -> None:
        """What it found."""


def check_source(
    values: UpstreamValues, record: UpstreamRecord | None
) -> Literal["saved", "given", "not saved"]:
    """What a test can use: the stored upstream with its key, or only what is filled in."""
    if record is None or values.api_key:
        return "given"
    filled_in = (values.base_url, values.format, values.preset)
    if filled_in == (record.base_url, record.format, record.preset):
        return "saved"
    return "not saved" if record.keys else "given"


def lesson_in_words(quirk: LearnedQuirk) -> str:
    """What a refusal has taught, in a line."""
    local = quirk.learned_at.astimezone()
    day = f"{local.day} {local:%b %Y}"
    return f"{quirk.upstream_model} {quirk.description} (from its answer of {day})"


def losing_models(rows: Sequence[UpstreamRow], everything: Sequence[UpstreamRow]) -> str:
    """What deleting ``rows`` takes from the models, in a sentence."""
    kept = {name for row in everything if row not in rows for name in row.models}
    lost = sorted({name for row in rows for name in row.models} - kept)
    fewer = sorted({name for row in rows for name in row.models} & kept)
    parts = []
    if lost:
        verb = "has" if len(lost) == 1 else "have"
        parts.append(f"{_listed(lost)} {verb} no other upstream and will not be served any more.")
    if fewer:
        verb = "goes" if len(fewer) == 1 else "go"
        parts.append(f"{_listed(fewer)} {verb} on with another upstream.")
    return " ".join(parts) or "No model uses it."


def _listed(names: Sequence[str], most: int = 5) -> str:
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
