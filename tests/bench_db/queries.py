"""What the window and the API ask of statistics and log, by name."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from pxbin_engine.admin.log_query import parse
from pxbin_engine.records import RequestFilter, SessionOrder
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.sessions import SessionStore
from pxbin_engine.storage.spending import SpendingStore
from pxbin_engine.storage.stats import PERIODS, Period, StatsStore
from pxbin_engine.storage.steps import Interval

Query = Callable[[], Awaitable[Any]]

_ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata")
_SERIES_OF_THE_WINDOW: tuple[tuple[Period, Interval], ...] = (
    ("24h", "1h"), ("7d", "1d"), ("30d", "1d"),
)  # fmt: skip
_SESSIONS_SHOWN = 50
_IN_THE_LANGUAGE = (
    "model:DEL-29", "model:DEL-29 status:>=400", "status:5xx", "since:3d until:2d model:model-12",
)  # fmt: skip
_SEARCHES = (
    "-model:model-0", "status:>=400 -outcome:refused", "cost:>0.05", "cost:<0.01 status:200", "key:KEY-4",
    "client:claude", "upstream:upstream-1 outcome:upstream_error", "tokens:>20k", "latency:>20s",
)  # fmt: skip
"""What no index is made for: rows are read until a page is full, and counted up to 10,000."""

_SERIES = (*_SERIES_OF_THE_WINDOW, ("24h", "5m"), ("7d", "1h"), ("30d", "1h"))


def statistics(database: Database, now: datetime) -> Iterator[tuple[str, Query]]:
    """Every query of ``StatsStore``, over every period, and that of the forecast."""
    store = StatsStore(database)
    for period in get_args(Period):
        for name in ("overview", "by_key", "by_model", "by_client", "by_upstream", "latency"):
            yield f"{name} {period}", _of(getattr(store, name), period, now=now)
    for zone in _ZONES:
        for period, interval in _SERIES:
            query = _of(store.timeseries, period, interval, now=now, tz=zone)
            yield f"timeseries {period} by {interval}, {zone}", query
        for period, interval in _SERIES_OF_THE_WINDOW:
            for name in ("by_model_over_time", "by_key_over_time", "by_client_over_time"):
                query = _of(getattr(store, name), period, interval, now=now, tz=zone)
                yield f"{name} {period} by {interval}, {zone}", query
    month, week = now - timedelta(days=31), now - timedelta(days=7)
    forecast = _of(SpendingStore(database).since, month_start=month, recent_start=week, now=now)
    yield "what the forecast is made of", forecast


async def sessions(database: Database, now: datetime) -> list[tuple[str, Query]]:
    """The lists of sessions by age and by cost, how many there are, and one with its agents."""
    store = SessionStore(database)
    found = []
    for period, long in PERIODS.items():
        since = now - long
        for order in get_args(SessionOrder):
            page = _of(store.list, since=since, order=order, limit=_SESSIONS_SHOWN)
            found.append((f"sessions {period}, {order}", page))
        found.append((f"how many sessions {period}", _of(store.count, since=since)))
    (session,) = await store.list(since=now - PERIODS["30d"], order="cost", limit=1)
    found.append(("one session", _of(store.get, session.session_id)))
    found.append(("its agents", _of(store.agents, session.session_id)))
    return found


async def log_pages(database: Database, now: datetime) -> list[tuple[str, Query]]:
    """Every filter that the window sets, and combinations; the newest page, one far down, the last ones, one request."""
    store = RequestStore(database)
    sessions = await database.fetch(
        "select session_id, id from requests where timestamp < $1 and status_code >= 400 limit 1",
        now - timedelta(days=15),
    )
    session, request = sessions[0]
    filters = {
        "all": RequestFilter(),
        "a busy key": RequestFilter(key_id=await _a_key(database, "key-0")),
        "a rare key": RequestFilter(key_id=await _a_key(database, "key-49")),
        "a busy model": RequestFilter(model_name="model-0"),
        "a rare model": RequestFilter(model_name="model-29"),
        "a rare model, failures": RequestFilter(model_name="model-29", errors_only=True),
        "a rare model, status 502": RequestFilter(model_name="model-29", status_code=502),
        "failures": RequestFilter(errors_only=True),
        "status 4xx": RequestFilter(status_code=400),
        "status 502": RequestFilter(status_code=502),
        "a status that never was": RequestFilter(status_code=418),
        "a session": RequestFilter(session_id=session),
        "a session that never was": RequestFilter(session_id="none"),
        "an hour, two weeks ago": RequestFilter(
            since=now - timedelta(days=14), until=now - timedelta(days=14, hours=-1)
        ),
        "an upstream": RequestFilter(
            upstream_id=(await database.fetch("select md5('upstream-4')::uuid"))[0][0]
        ),
        "models by a part of their name": RequestFilter(model="DEL-7"),
        **{query: parse(query, now=now).filter for query in _IN_THE_LANGUAGE},
    }
    pages = [(f"page of {name}", _of(store.page, where)) for name, where in filters.items()]
    for name in ("all", "a busy key", "a busy model", "failures", "status 502"):
        deep = await _cursor_far_down(store, filters[name], now)
        pages.append((f"deep page of {name}", _of(store.page, filters[name], cursor=deep)))
    pages.append(("page number 1000", _of(store.page, RequestFilter(), page=1000)))
    pages.append(("one request", _of(store.get, request)))
    return pages


def searches(database: Database, now: datetime) -> Iterator[tuple[str, Query]]:
    """Conditions without an index."""
    store = RequestStore(database)
    for query in _SEARCHES:
        yield f"search {query}", _of(store.page, parse(query, now=now).filter)


def _of(query: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> Query:
    return lambda: query(*arguments, **options)


async def _a_key(database: Database, name: str) -> UUID:
    return UUID(str((await database.fetch("select md5($1)::uuid", name))[0][0]))


async def _cursor_far_down(store: RequestStore, where: RequestFilter, now: datetime) -> str | None:
    """The cursor of a page of 25 days ago."""
    old = now - timedelta(days=25)
    (newest,) = (await store.page(RequestFilter(until=old), limit=1)).items
    microseconds = round(newest.timestamp.timestamp() * 1_000_000)
    return f"{microseconds}.{newest.id.hex}"
