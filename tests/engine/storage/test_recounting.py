"""What a recount of a day does beyond the hours (see test_totals): sessions, sums of closed days, steps that are gone."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from pxbin_engine.records import RequestRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.totals import Totals
from tests.support.database import a_request

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = UUID(int=1)


@pytest.fixture
async def totals(database: Database) -> Totals:
    await Partitions(database).make(now=MIDNIGHT - DAY)
    return Totals(database)


def asked(session: str, hours: int, **values: object) -> RequestRecord:
    """A dollar and a token of a session, so many hours after ``MIDNIGHT``."""
    given = {"llm_key_id": KEY, "upstream_id": KEY, "input_tokens": 1, "cost": Decimal(1)}
    at = MIDNIGHT + timedelta(hours=hours)
    return a_request(at=at, session_id=session, model="m", **given | values)


async def sessions(database: Database) -> Counter[str]:
    return Counter(row[0] for row in await database.fetch("select s::text from session_usage s"))


DAMAGES = {
    "another figure": "update session_usage set cost = cost + 1, requests = 9",
    "a session that is not there": "delete from session_usage where session_id = 'long'",
    "an agent that is not there": "delete from session_usage where agent_id = 'a'",
    "an agent that never was": "insert into session_usage"
    " select 'long', 'agent', 'made up', '', client, llm_key_id, key_name, project, first_at, last_at, 1, 0, 0, 0, 0, 0, 0, 0"
    " from session_usage where session_id = 'long' and level = 'session'",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_a_session_is_the_sum_of_its_rows_also_those_of_later_days(
    database: Database, totals: Totals, damage: str
) -> None:
    rows = [asked("long", hour, agent_id=agent) for hour in (1, 2, 30) for agent in (None, "a")]
    await RequestStore(database).insert_batch([*rows, asked("short", 3), asked("early", -1)])
    right = await sessions(database)
    await database.write(f"{damage}")

    found = [*await totals.recount((MIDNIGHT - DAY).date()), *await totals.recount(MIDNIGHT.date())]

    assert {one.table for one in found} == {"session_usage"}
    assert {one.dimension for one in found} <= {"session", "agent"}
    assert await sessions(database) == right
    assert await totals.recount(MIDNIGHT.date()) == ()


async def test_a_difference_says_which_session_or_agent_it_is_of(
    database: Database, totals: Totals
) -> None:
    await RequestStore(database).insert_batch([asked("s", 1, agent_id="a"), asked("s", 2)])
    await database.write("update session_usage set cost = cost + 5 where agent_id = 'a'")
    (found,) = await totals.recount(MIDNIGHT.date())
    assert (found.dimension, found.dimension_id, found.field) == ("agent", "s a", "cost")
    assert (found.held, found.counted) == (6, 1)
    assert found.bucket == MIDNIGHT + timedelta(hours=1)


async def test_a_session_whose_first_rows_are_gone_keeps_its_sums(
    database: Database, totals: Totals
) -> None:
    await RequestStore(database).insert_batch([asked("s", -10), asked("s", 1)])
    await database.write("delete from requests where timestamp < $1", MIDNIGHT)
    before = await sessions(database)
    assert await totals.recount(MIDNIGHT.date()) == ()
    assert await sessions(database) == before


@pytest.mark.parametrize("table", ["usage_daily", "latency_daily"])
async def test_a_day_that_is_over_is_the_sum_of_its_hours_and_stays_closed(
    database: Database, totals: Totals, table: str
) -> None:
    await RequestStore(database).insert_batch([asked("s", 1), asked("s", 5)])
    await totals.close_days(now=MIDNIGHT + DAY)
    right = await database.fetch(f"select t::text from {table} t order by 1")
    await database.write(f"delete from {table} where dimension = 'total'")
    found = await totals.recount(MIDNIGHT.date())
    assert {(one.table, one.bucket) for one in found} == {(table, MIDNIGHT)}
    assert await database.fetch(f"select t::text from {table} t order by 1") == right
    assert await totals.close_days(now=MIDNIGHT + DAY) == ()


async def test_steps_of_five_minutes_that_are_no_longer_kept_are_not_made_anew(
    database: Database, totals: Totals
) -> None:
    await RequestStore(database).insert_batch([asked("s", -20), asked("t", 1)])
    await database.write("delete from usage_5m where bucket < $1", MIDNIGHT)
    assert await totals.recount((MIDNIGHT - DAY).date()) == ()
    await database.write("delete from usage_5m where dimension = 'model'")
    assert {one.table for one in await totals.recount(MIDNIGHT.date())} == {"usage_5m"}
