"""State and actions of the page Upstreams."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

from msgspec import UNSET
from PySide6.QtCore import Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import FormAnswer, ListPresenter, Notify
from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone
from pxbin_app.widgets.format import counted, duration
from pxbin_engine.events import UpstreamHealthChanged
from pxbin_engine.records import HealthReport, LearnedQuirk, Preset, UpstreamFormat, UpstreamRecord

KEY_NEEDED = "The address was changed: to test it, enter the key again. It is saved only with Save."


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamRow:
    """One upstream as the table shows it."""

    record: UpstreamRecord
    models: tuple[str, ...] = ()
    """The names of the models that it serves."""
    health: str = ""
    health_tone: Tone = "neutral"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamValues:
    """What a person filled in. ``api_key`` empty: as it was (or none)."""

    name: str
    format: UpstreamFormat
    base_url: str
    api_key: str = ""
    remove_key: bool = False
    priority: int = 0
    is_active: bool = True
    preset: str | None = None


class UpstreamsPresenter(ListPresenter[UpstreamRow]):
    """All upstreams with how they do."""

    follows = frozenset({"upstreams", "models"})

    added = Signal(object)
    """A new ``UpstreamRecord``."""

    def __init__(self, bridge: EngineBridge, notify: Notify) -> None:
        super().__init__(bridge, notify)
        self._tests: dict[UUID, HealthReport] = {}

    def start(self) -> None:
        if not self._listening:
            self._bridge.health.connect(self._on_health)
        super().start()

    def stop(self) -> None:
        if self._listening:
            self._bridge.health.disconnect(self._on_health)
        super().stop()

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
        }
        if record is None:
            work = engine.upstreams.create(**common, api_key=values.api_key or None)
            self.act(work, name="upstream.create", done=self.added.emit, form=form)
            return
        api_key = values.api_key or (None if values.remove_key else UNSET)
        work = engine.upstreams.update(record.id, **common, api_key=api_key)
        self.act(work, name="upstream.update", done=self._saved, form=form)

    def test(
        self, values: UpstreamValues, form: "CheckAnswer", record: UpstreamRecord | None = None
    ) -> None:
        """Ask the upstream for its models with what is filled in; nothing is saved and nothing is paid."""
        upstreams = self.engine.upstreams
        source = check_source(values, record)
        if source == "unknown key":
            form.show_report(HealthReport(healthy=False, error=KEY_NEEDED))
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

        def done(report: HealthReport) -> None:
            self._tests[row.record.id] = report
            self._tell_health()
            self.notify(f"{row.record.name}: {said_of(report)}", "ok" if report.healthy else "err")

        self.act(self.engine.upstreams.check(row.record.id), name="upstream.check", done=done)

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
        return tuple(self._row(one, tuple(served.get(one.id, ()))) for one in upstreams)

    def _row(self, record: UpstreamRecord, models: tuple[str, ...]) -> UpstreamRow:
        text, tone, reason = health_of(
            record, self._bridge.upstream_health.get(record.id), self._tests.get(record.id)
        )
        return UpstreamRow(
            record=record, models=models, health=text, health_tone=tone, reason=reason
        )

    def _matches(self, row: UpstreamRow, sought: str) -> bool:
        return sought in f"{row.record.name}\n{row.record.base_url}".casefold()

    def _saved(self, record: UpstreamRecord) -> None:
        self._tests.pop(record.id, None)  # what was tested was another address or key
        self.notify(f"{record.name} saved", "ok")

    def _on_health(self, event: UpstreamHealthChanged) -> None:
        self._tests.pop(event.upstream_id, None)
        self._tell_health()

    def _tell_health(self) -> None:
        self.rows = tuple(self._row(row.record, row.models) for row in self.rows)
        self.changed.emit()


class CheckAnswer(FormAnswer, Protocol):
    """A form that can also show how a test went."""

    def set_checking(self, checking: bool) -> None:
        """The test began or ended."""

    def show_report(self, report: HealthReport) -> None:
        """What it found."""


def check_source(
    values: UpstreamValues, record: UpstreamRecord | None
) -> Literal["saved", "given", "unknown key"]:
    """What a test can use: the stored upstream with its key, or only what is filled in."""
    if record is None or values.api_key or values.remove_key:
        return "given"
    filled_in = (values.base_url, values.format, values.preset)
    if filled_in == (record.base_url, record.format, record.preset):
        return "saved"
    return "given" if record.secret_place == "none" else "unknown key"


def said_of(report: HealthReport) -> str:
    """A test's result in one line."""
    if not report.healthy:
        return report.error or "It does not answer."
    found = counted(report.models_found, "model", "models")
    return f"Works · {found} · {duration(report.latency_ms)}"


def health_of(
    record: UpstreamRecord, event: UpstreamHealthChanged | None, report: HealthReport | None
) -> tuple[str, Tone, str]:
    """How an upstream does: a word, its tone, and the reason. The newer of event and test is what counts."""
    if not record.is_active:
        return "Off", "neutral", "Nothing is sent to it."
    if report is not None:
        text = f"Works · {duration(report.latency_ms)}" if report.healthy else "Failing"
        return text, "ok" if report.healthy else "err", said_of(report)
    if event is not None and event.state == "open":
        return "Failing", "err", event.reason
    if event is not None and event.state == "half_open":
        return "Trying again", "warn", event.reason
    return "No failures", "ok", "Nothing has failed since pxbin started."


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
