import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest

from pxbin_engine.records import RequestFilter
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.day_partitions import DAYS_AHEAD
from pxbin_engine.storage.partitions import SESSIONS_KEPT, Partitions
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.sessions import SessionStore
from pxbin_engine.storage.stats import StatsStore
from tests.support.database import NOW, a_request


@pytest.fixture
def partitions(database: Database) -> Partitions:
    return Partitions(database)


async def test_days_are_made_ahead_once(partitions: Partitions) -> None:
    days = tuple(date(2026, 11, 23) + timedelta(days=n) for n in range(DAYS_AHEAD + 1))
    assert await partitions.make(now=NOW) == days
    assert await partitions.make(now=NOW) == ()
    assert await partitions.make(now=NOW + timedelta(days=1)) == (days[-1] + timedelta(days=1),)
    assert await partitions.days() == (*days, days[-1] + timedelta(days=1))


async def test_several_engines_make_days_at_once(partitions: Partitions) -> None:
    made = await asyncio.gather(*(partitions.make(now=NOW) for _ in range(4)))
    assert sorted(map(len, made)) == [0, 0, 0, DAYS_AHEAD + 1]


async def test_rows_that_came_before_their_day_was_made_move_into_it_and_count_once(
    partitions: Partitions, database: Database
) -> None:
    early = a_request()
    await RequestStore(database).insert_batch([early])
    assert (await database.fetch("select count(*) from requests_default"))[0][0] == 1

    await partitions.make(now=NOW)

    assert (await database.fetch("select count(*) from requests_default"))[0][0] == 0
    assert await RequestStore(database).get(early.id) == early
    assert (await StatsStore(database).overview("24h", now=NOW)).total_requests == 1


async def test_behaviour_27_totals_outlive_the_log(
    partitions: Partitions, database: Database
) -> None:
    store = RequestStore(database)
    old, unpartitioned, new = NOW - timedelta(days=8), NOW - timedelta(days=20), NOW
    await partitions.make(now=old)
    await store.insert_batch([a_request(at=at, input_tokens=7) for at in (old, unpartitioned, new)])

    await partitions.maintain(now=NOW, keep_days=7)

    page = await store.page(RequestFilter())
    assert [record.timestamp for record in page.items] == [new]
    assert old.date() not in await partitions.days()
    assert NOW.date() - timedelta(days=7) in await partitions.days()
    overview = await StatsStore(database).overview("30d", now=NOW)
    assert (overview.total_requests, overview.total_input_tokens) == (3, 21)


async def test_a_session_outlives_its_rows_but_not_for_ever(
    partitions: Partitions, database: Database
) -> None:
    past = NOW - timedelta(days=7) - SESSIONS_KEPT
    used = {"just kept": past + timedelta(hours=1), "gone": past - timedelta(hours=1)}
    rows = [
        a_request(at=at, session_id=session, llm_key_id=uuid4(), agent_id=agent)
        for session, at in used.items()
        for agent in (None, "a1")
    ]
    await RequestStore(database).insert_batch(rows)

    await partitions.maintain(now=NOW, keep_days=7)

    store = SessionStore(database)
    assert (await RequestStore(database).page(RequestFilter())).items == ()
    kept = await store.get("just kept")
    assert kept is not None
    assert kept.sums.requests == 2
    assert await store.get("gone") is None
    assert await store.agents("gone") == ()
