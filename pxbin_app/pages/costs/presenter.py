"""State and actions of the budgets on the page Costs: their meters move while requests come in."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer, Signal

from pxbin_app import budget_words
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import FormAnswer, ListPresenter, Notify
from pxbin_app.request_rows import client_text
from pxbin_engine.errors import NotFound, PxbinError
from pxbin_engine.events import RequestFinished
from pxbin_engine.records import (
    BudgetPeriod,
    BudgetRecord,
    BudgetScope,
    BudgetStatus,
    RequestFilter,
)

REFRESH_MS = 3_000
_TURN_MS = 60_000
"""Without any request the time left still runs."""
_SEEN_REQUESTS = 200
"""As many of the newest are asked for the clients and sessions that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    """One budget: its meters, the worst first, and the minute in which they are looked at."""

    record: BudgetRecord
    now: datetime
    meters: tuple[BudgetStatus, ...] = ()
    subject: str = ""
    """What its subject is called; empty: it has none."""

    @property
    def each(self) -> bool:
        """Whether each key (model, client ...) has the limit for itself."""
        return self.record.scope != "all" and not self.record.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetValues:
    """What a person filled in."""

    name: str
    scope: BudgetScope
    subject: str
    period: BudgetPeriod
    time_zone: str
    limit: Decimal
    warn_share: float
    is_hard: bool
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """What a budget can be for: by scope, each as (value, text)."""

    of: dict[BudgetScope, list[tuple[str, str]]] = field(default_factory=dict)

    def options(self, scope: BudgetScope) -> list[tuple[str, str]]:
        """Those of one scope; none for one that is not known yet."""
        return self.of.get(scope, [])


class BudgetsPresenter(ListPresenter[BudgetRow]):
    """The budgets, the most troubled first."""

    follows = frozenset({"budgets", "keys"})

    subjects_known = Signal(object, object)
    """``Subjects`` for the form that was asked for, and the ``BudgetRecord`` to edit (None: a new one)."""

    def __init__(
        self,
        bridge: EngineBridge,
        notify: Notify,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(bridge, notify)
        self._clock = clock
        self._seen = False
        self._soon = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._soon.timeout.connect(self.reload)
        self._turn = QTimer(self, interval=_TURN_MS)
        self._turn.timeout.connect(self.reload)

    def start(self) -> None:
        if not self._seen:
            self._seen = True
            self._bridge.budget.connect(self._on_budget)
            self._bridge.requests.connect(self._on_requests)
            self._turn.start()
        super().start()

    def stop(self) -> None:
        if self._seen:
            self._seen = False
            self._bridge.budget.disconnect(self._on_budget)
            self._bridge.requests.disconnect(self._on_requests)
            self._turn.stop()
            self._soon.stop()
        super().stop()

    # ------------------------------------------------------------------ what a person asks for

    def ask_for_form(self, record: BudgetRecord | None = None) -> None:
        """Find what a budget can be for; ``subjects_known`` tells, and the form opens."""
        self.act(
            self._subjects(),
            name="budget.subjects",
            done=lambda subjects: self.subjects_known.emit(subjects, record),
        )

    def create(self, values: BudgetValues, form: FormAnswer) -> None:
        """Make a budget."""
        work = self.engine.budgets.create(**_fields(values))
        self.act(work, name="budget.create", done=self._say("added"), form=form)

    def change(self, record: BudgetRecord, values: BudgetValues, form: FormAnswer) -> None:
        """Change a budget."""
        work = self.engine.budgets.update(record.id, **_fields(values))
        self.act(work, name="budget.change", done=self._say("saved"), form=form)

    def delete(self, record: BudgetRecord) -> None:
        """Delete a budget; one that is gone already is deleted too."""
        self.act(
            self._delete(record.id),
            name="budget.delete",
            done=lambda _: self.notify(f"{record.name} deleted", "ok"),
        )

    def _say(self, done: str) -> Callable[[BudgetRecord], None]:
        return lambda record: self.notify(f"{record.name} {done}", "ok")

    async def _delete(self, budget_id: UUID) -> None:
        try:
            await self.engine.budgets.delete(budget_id)
        except NotFound:
            return

    async def _subjects(self) -> Subjects:
        engine = self.engine
        keys = [(str(key.id), key.name) for key in await engine.keys.list("llm") if key.is_active]
        models = [model.name for model in await engine.models.list()]
        upstreams = [upstream.name for upstream in await engine.upstreams.list()]
        clients, sessions = await self._seen_names()
        return Subjects(
            of={
                "key": sorted(keys, key=lambda one: one[1]),
                "model": _alike(models),
                "upstream": _alike(upstreams),
                "client": _alike(clients),
                "session": _alike(sessions),
            }
        )

    async def _seen_names(self) -> tuple[set[str], set[str]]:
        """Clients and sessions of the newest requests; without the log, a name is typed."""
        try:
            page = await self.engine.requests.page(RequestFilter(), limit=_SEEN_REQUESTS)
        except PxbinError:
            return set(), set()
        clients = {client_text(record) for record in page.items if record.client_name}
        return clients, {record.session_id for record in page.items if record.session_id}

    # ------------------------------------------------------------------ loading

    async def _load(self) -> tuple[BudgetRow, ...]:
        budgets = self.engine.budgets
        records, meters = await budgets.list(), defaultdict(list)
        for status in await budgets.status():
            meters[status.budget.id].append(status)
        names = await self._key_names(records)
        now = self._clock().replace(second=0, microsecond=0)
        rows = [
            BudgetRow(
                record=record,
                now=now,
                meters=tuple(budget_words.by_trouble(meters[record.id])),
                subject=names.get(record.subject, record.subject),
            )
            for record in records
        ]
        return tuple(sorted(rows, key=_trouble))

    async def _key_names(self, records: Sequence[BudgetRecord]) -> dict[str, str]:
        if not any(record.scope == "key" and record.subject for record in records):
            return {}
        return {str(key.id): key.name for key in await self.engine.keys.list("llm")}

    def _matches(self, row: BudgetRow, sought: str) -> bool:
        return sought in row.record.name.casefold()

    def _on_budget(self, _status: BudgetStatus) -> None:
        self.reload()

    def _on_requests(self, batch: tuple[Any, ...]) -> None:
        if any(isinstance(event, RequestFinished) for event in batch) and not self._soon.isActive():
            self._soon.start()


def _trouble(row: BudgetRow) -> tuple[bool, int, str]:
    """By level, then by name: a card moves only when its level does, not with each request."""
    gravity = budget_words.gravity(row.meters[0].level) if row.meters else 0
    return not row.record.is_active, -gravity, row.record.name


def _alike(names: Sequence[str] | set[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(set(names))]


def _fields(values: BudgetValues) -> dict[str, Any]:
    return {name: getattr(values, name) for name in BudgetValues.__slots__}
