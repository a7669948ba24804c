"""Pages and counts are the same rows however they are read: at once, page by page, of all models or of each."""

from collections import Counter
from datetime import timedelta

import pytest

from pxbin_engine.records import RequestFilter, RequestRecord
from pxbin_engine.storage import requests as requests_module
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import NOW, a_request

MODELS = ("glm-4.5", "glm-4.6", "gpt-5.2")
ROWS = [
    a_request(at=NOW - timedelta(hours=n), model=MODELS[n % 7 % 3], status_code=200 + 300 * (n % 2))
    for n in range(40)
]
FILTERS = {
    "all": RequestFilter(),
    "some models": RequestFilter(model="glm"),
    "some models, failures": RequestFilter(model="LM-4", status_code=500),
    "one model": RequestFilter(model_name="gpt-5.2"),
    "no model": RequestFilter(model="claude"),
}


@pytest.fixture
async def store(database: Database) -> RequestStore:
    store = RequestStore(database)
    await store.insert_batch(ROWS)
    return store


def wanted(where: RequestFilter) -> list[RequestRecord]:
    return [
        row
        for row in ROWS
        if (where.model or "").lower() in row.model
        and where.model_name in (None, row.model)
        and where.status_code in (None, row.status_code)
    ]


@pytest.mark.parametrize("most_names", [0, 100], ids=["as one", "each model by itself"])
@pytest.mark.parametrize("name", FILTERS)
async def test_pages_by_number_and_by_cursor_are_all_rows_newest_first(
    store: RequestStore, name: str, most_names: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests_module, "MOST_NAMES", most_names)
    where, rows = FILTERS[name], wanted(FILTERS[name])
    by_number = [await store.page(where, page=number, limit=3) for number in range(1, 16)]
    assert [row for page in by_number for row in page.items] == rows
    assert {page.total for page in by_number} == {len(rows)}
    found, cursor = await store.rows(where, limit=3)
    while cursor is not None:
        more, cursor = await store.rows(where, cursor=cursor, limit=3)
        found += more
    assert list(found) == rows


async def test_what_is_counted_has_an_end(
    store: RequestStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests_module, "COUNTED_UP_TO", 5)
    totals = {name: (await store.page(FILTERS[name], limit=2)).total for name in FILTERS}
    assert totals == {name: min(5, len(wanted(where))) for name, where in FILTERS.items()}


async def test_rows_that_are_passed_over_are_read_from_an_index_alone(
    store: RequestStore, database: Database
) -> None:
    async with database.transaction() as connection:
        await connection.execute("set local enable_seqscan = off")
        await connection.execute("set local enable_sort = off")
        sql, values = (await store._query(RequestFilter())).page(limit=3, offset=20)
        plan = [row[0] for row in await connection.fetch(f"explain {sql}", *values)]
    kinds = Counter("Only" in line for line in plan if "Scan" in line and "pkey" in line)
    assert kinds[True] >= 1, "\n".join(plan)
