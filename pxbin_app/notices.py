"""What a person is told who does not look at the window: budgets, upstreams, keys and the database, each once.

Rules:
1. A budget's meter is told once for each level and period, upwards only; that it is on track again is no news.
2. An upstream is down when its circuit opens, and back when it closes; a probe that fails in between is no news.
3. The database is away once, and back once. What never went away is not told as back.
4. A revoked key that a client still uses is told once, however often it comes.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from pxbin_app import budget_words
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.notice_kinds import NoticeKind
from pxbin_app.theme import Tone
from pxbin_engine.events import DatabaseStateChanged, RevokedKeyUsed, UpstreamHealthChanged
from pxbin_engine.records import BudgetStatus

_MOST_TOLD = 10_000


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One piece of news, and the page that has more of it; ``item`` is what of the page it is about."""

    kind: NoticeKind
    title: str
    text: str
    page: str
    item: UUID | None = None
    tone: Tone = "warn"


class Notices(QObject):
    """Follows the bridge; ``told`` says each ``Notice`` once."""

    told = Signal(object)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._levels: dict[tuple[UUID, str], tuple[datetime | None, int]] = {}
        self._down: set[UUID] = set()
        self._revoked: set[UUID] = set()
        self._database_away = False
        bridge.budget.connect(self._on_budget)
        bridge.health.connect(self._on_health)
        bridge.database.connect(self._on_database)
        bridge.revoked.connect(self._on_revoked)

    def _on_budget(self, status: BudgetStatus) -> None:
        meter, now = (status.budget.id, status.subject), budget_words.gravity(status.level)
        period, worst = self._levels.pop(meter, (status.starts_at, 0))
        if period != status.starts_at:
            worst = 0
        if now > worst:
            title, text = budget_words.notice(status)
            refuses = status.level == "exhausted" and status.budget.is_hard
            tone: Tone = "err" if refuses else "warn"
            notice = Notice(kind="budget", title=title, text=text, page="costs", tone=tone)
            self.told.emit(notice)
        self._levels[meter] = (status.starts_at, max(now, worst))
        while len(self._levels) > _MOST_TOLD:  # a budget for each session has many meters
            del self._levels[next(iter(self._levels))]

    def _on_health(self, event: UpstreamHealthChanged) -> None:
        known = event.upstream_id in self._down
        if event.state == "open" and not known:
            self._down.add(event.upstream_id)
            title = f"{event.upstream_name} is down"
            self._tell_upstream(event, title, event.reason, "err")
        elif event.state == "closed" and known:
            self._down.discard(event.upstream_id)
            title = f"{event.upstream_name} is back"
            self._tell_upstream(event, title, "It answers again.", "ok")

    def _tell_upstream(
        self, event: UpstreamHealthChanged, title: str, text: str, tone: Tone
    ) -> None:
        item = event.upstream_id
        self.told.emit(
            Notice(kind="upstream", title=title, text=text, page="upstreams", item=item, tone=tone)
        )

    def _on_revoked(self, event: RevokedKeyUsed) -> None:
        if event.key_id in self._revoked:
            return
        self._revoked.add(event.key_id)
        title = f"The revoked key {event.key_name} is still used"
        client = event.client_name or "A client"
        text = f"{client} was refused with it. Give it another key, or find out who has this one."
        self.told.emit(Notice(kind="key", title=title, text=text, page="keys", item=event.key_id))

    def _on_database(self, event: DatabaseStateChanged) -> None:
        if event.available != self._database_away:
            return
        self._database_away = not event.available
        tone: Tone
        if event.available:
            text = "Nothing was lost: what waited is being written."
            title, tone = "The database is back", "ok"
        else:
            text = "Requests go on; their rows wait until it is back."
            title, tone = "The database is away", "err"
        notice = Notice(kind="database", title=title, text=text, page="dashboard", tone=tone)
        self.told.emit(notice)
