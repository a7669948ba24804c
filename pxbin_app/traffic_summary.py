"""What the tray says of today: cost, requests, budgets and the newest errors; asked for when traffic moved, at most every few seconds."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import QObject, QTimer, Signal

from pxbin_app import budget_words
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.look_back import local_zone
from pxbin_app.tasks import run_action
from pxbin_app.widgets.format import counted, dollars
from pxbin_app.widgets.tray_glyphs import Badge
from pxbin_engine.events import EngineStateChanged, RequestFinished, RequestStarted
from pxbin_engine.records import BudgetStatus, RequestFilter, RequestRecord, UsageBucket

REFRESH_MS = 5000
_ERRORS_KEPT = 5
_FAILED = frozenset({"client_error", "upstream_error", "stream_error", "refused"})


@dataclass(frozen=True, kw_only=True)
class Today:
    """What is said of today.

    Attributes:
        line: cost and requests, and the day's budget where there is one.
        budget: the tightest other budget; empty where there is none.
        badge: what the icon carries for the budgets.
        refusing: what is said of budgets that refuse requests; empty where none does.
    """

    line: str
    budget: str = ""
    badge: Badge | None = None
    refusing: str = ""


def sums_of(buckets: tuple[UsageBucket, ...], *, since: datetime) -> tuple[Decimal, int]:
    """Cost and requests of the buckets that began at ``since`` or later."""
    today = [bucket for bucket in buckets if bucket.bucket >= since]
    return sum((bucket.cost for bucket in today), Decimal(0)), sum(
        bucket.requests for bucket in today
    )


def said_of(cost: Decimal, requests: int, budgets: Sequence[BudgetStatus]) -> Today:
    """``Today $6.89 of $10 · 1,284 requests``; a second line has the budget that comes nearest to its end."""
    tightest = budget_words.by_trouble(budgets)
    of_day = next((one for one in tightest if _is_for_the_day(one)), None)
    spent = budget_words.spent_text(of_day) if of_day else dollars(cost)
    other = next((one for one in tightest if one is not of_day), None)
    return Today(
        line=f"Today {spent} · {counted(requests, 'request', 'requests')}",
        budget=_budget_line(other) if other else "",
        badge=badge_of(budgets),
        refusing=_refusing(tightest),
    )


def _refusing(budgets: Sequence[BudgetStatus]) -> str:
    used_up = [one for one in budgets if one.level == "exhausted" and one.budget.is_hard]
    if not used_up:
        return ""
    title, text = budget_words.notice(used_up[0])
    more = f" {len(used_up) - 1} more refuse requests too." if len(used_up) > 1 else ""
    return f"{title}: {text}{more}"


def _is_for_the_day(status: BudgetStatus) -> bool:
    return status.budget.scope == "all" and status.budget.period == "day"


def _budget_line(status: BudgetStatus) -> str:
    spent, span = budget_words.spent_text(status), budget_words.span(status.budget.period)
    line = f"{budget_words.whose(status)}: {spent} {span}"
    trouble = status.level in ("warning", "exhausted")
    return f"{line} · {budget_words.LEVELS[status.level][0]}" if trouble else line


def badge_of(budgets: Sequence[BudgetStatus]) -> Badge | None:
    """The worst of all meters; a pace alone is no reason for a badge."""
    levels = {status.level for status in budgets}
    if "exhausted" in levels:
        return "exhausted"
    return "warning" if "warning" in levels else None


def error_line(record: RequestRecord) -> tuple[str, str]:
    """The id and one short line of a request that failed."""
    what = " ".join((record.error_message or record.error_type or record.outcome).split())
    shown = what if len(what) <= 60 else f"{what[:59]}…"
    return str(record.id), f"{record.status_code} {record.model or record.path} - {shown}"


class TrafficSummary(QObject):
    """Follows the bridge.

    Signals:
        today: a ``Today``, since midnight here.
        errors: the newest failed requests as (id, text), newest first.
    """

    today = Signal(object)
    errors = Signal(object)

    def __init__(
        self,
        bridge: EngineBridge,
        parent: QObject | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._clock = clock
        self._failed: deque[tuple[str, str]] = deque(maxlen=_ERRORS_KEPT)
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        bridge.requests.connect(self._on_requests)
        bridge.state.connect(self._on_state)
        bridge.budget.connect(self._on_budget)
        bridge.configuration.connect(self._on_configuration)

    def refresh(self) -> None:
        """Ask for today's sums now."""
        if self._bridge.ready:
            run_action(
                self._read(),
                name="tray.today",
                done=self.today.emit,
                failed=lambda _: None,
            )

    async def _read(self) -> Today:
        engine = self._bridge.engine
        buckets = await engine.stats.timeseries("24h", "1h", local_zone())
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        return said_of(*sums_of(buckets, since=midnight), await engine.budgets.status())

    async def _read_errors(self) -> list[tuple[str, str]]:
        page = await self._bridge.engine.requests.page(
            RequestFilter(errors_only=True), limit=_ERRORS_KEPT
        )
        return [error_line(record) for record in page.items if record.outcome in _FAILED]

    def _add_older(self, errors: list[tuple[str, str]]) -> None:
        """Those of before the start stand below what failed since."""
        known = {identity for identity, _ in self._failed}
        room = _ERRORS_KEPT - len(self._failed)
        self._failed.extend([one for one in errors if one[0] not in known][:room])
        self.errors.emit(tuple(self._failed))

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state != "running":
            return
        self.refresh()
        run_action(
            self._read_errors(),
            name="tray.errors",
            done=self._add_older,
            failed=lambda _: None,
        )

    def _on_budget(self, _status: BudgetStatus) -> None:
        self.refresh()

    def _on_configuration(self, what: str) -> None:
        if what in ("budgets", "all"):
            self.refresh()

    def _on_requests(self, batch: tuple[RequestStarted | RequestFinished, ...]) -> None:
        records = [event.record for event in batch if isinstance(event, RequestFinished)]
        failed = [error_line(record) for record in records if record.outcome in _FAILED]
        if failed:
            self._failed.extendleft(failed)
            self.errors.emit(tuple(self._failed))
        if records and not self._timer.isActive():
            self._timer.start()
