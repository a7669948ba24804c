from datetime import timedelta
from uuid import uuid4

import pytest

from pxbin_engine.admin.requests import RequestAdmin
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import RequestFilter
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from tests.support.database import NOW, a_request

ROWS = tuple(a_request(at=NOW - timedelta(seconds=age), model=f"m{age}") for age in range(5))


@pytest.fixture
async def requests(database: Database) -> RequestAdmin:
    store = RequestStore(database)
    await store.insert_batch(ROWS)
    return RequestAdmin(store)


async def test_pages_by_number_and_by_cursor_are_the_same(requests: RequestAdmin) -> None:
    first = await requests.page(limit=2)
    assert first.items == ROWS[:2]
    assert first.total == 5
    by_cursor = await requests.page(cursor=first.next_cursor, limit=2)
    by_number = await requests.page(page=2, limit=2)
    assert by_cursor.items == by_number.items == ROWS[2:4]
    assert (await requests.page(page=3, limit=2)).next_cursor is None


async def test_a_filter_narrows_the_log(requests: RequestAdmin) -> None:
    page = await requests.page(RequestFilter(model="M3"))
    assert (page.items, page.total) == (ROWS[3:4], 1)


async def test_one_request_in_full(requests: RequestAdmin) -> None:
    assert await requests.get(ROWS[4].id) == ROWS[4]
    with pytest.raises(NotFound):
        await requests.get(uuid4())


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"cursor": "what"}, "cursor"),
        ({"cursor": "1.2", "page": 1}, "cursor"),
        ({"page": 0}, "page"),
        ({"limit": 0}, "per_page"),
        ({"limit": 501}, "per_page"),
    ],
)
async def test_a_page_that_cannot_be_is_refused(
    requests: RequestAdmin, arguments: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await requests.page(**arguments)  # type: ignore[arg-type]  # bad on purpose
    assert refused.value.field == field
