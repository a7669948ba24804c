"""What the person chose in all controls of the filter -> ``RequestFilter``, and which requests in flight fit one. No Qt here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.events import RequestStarted
from pxbin_engine.records import Condition, FilterWord, RequestFilter

PERIODS: dict[str, tuple[str, timedelta | None]] = {
    "1h": ("Last hour", timedelta(hours=1)),
    "24h": ("Last 24 hours", timedelta(hours=24)),
    "7d": ("Last 7 days", timedelta(days=7)),
    "30d": ("Last 30 days", timedelta(days=30)),
    "all": ("Any time", None),
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the person chose in all controls of the filter; empty: any. ``words`` are in the log's language."""

    words: str = ""
    period: str = "24h"
    model: str = ""
    key_id: str = ""
    errors_only: bool = False

    @property
    def narrow(self) -> bool:
        """Whether it hides anything but age."""
        return Choice(period=self.period) != self

    def conditions(self, said: RequestFilter, now: datetime) -> RequestFilter:
        """All of it as one filter.

        Args:
            said: what the words mean. Where they say since when, the period does not count.
            now: what the period reaches back from.
        """
        back = PERIODS[self.period][1]
        return replace(
            said,
            model_name=self.model or None,
            key_id=UUID(self.key_id) if self.key_id else None,
            errors_only=self.errors_only,
            since=said.since or (now - back if back else None),
        )


def may_fit(where: RequestFilter, started: RequestStarted, key_name: str | None = None) -> bool:
    """Whether a request in flight belongs under this filter, by what is known of it yet.

    Args:
        key_name: the name of the filter's ``key_id``; an event knows names only.
    """
    later = (where.status_code, where.upstream_id, where.input_format, where.session_id)
    if where.errors_only or any(later) or (where.until and started.timestamp >= where.until):
        return False
    return (
        (key_name is None or started.key_name == key_name)
        and (where.model_name is None or started.model == where.model_name)
        and (where.model is None or where.model.lower() in started.model.lower())
        and all(_holds(condition, started) for condition in where.conditions)
    )


def _holds(condition: Condition, started: RequestStarted) -> bool:
    """Of what is not known yet, nothing is said: such a request is not shown before it ended."""
    known: dict[FilterWord, Any] = {
        "model": started.model,
        "key": started.key_name,
        "client": started.client_name,
        "upstream": started.upstream_name,
        "stream": started.stream,
        "text": started.model,
    }
    return condition.word in known and condition.holds((known[condition.word],))
