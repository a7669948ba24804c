import asyncio
import csv
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from pxbin_engine.admin.requests import RequestAdmin
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import RequestFilter
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.recordings import RecordingStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.tasks import spawn
from tests.support.database import NOW, a_request

ROWS = tuple(a_request(at=NOW - timedelta(seconds=age), model=f"m{age}") for age in range(5))


@pytest.fixture
async def requests(database: Database) -> RequestAdmin:
    store = RequestStore(database)
    await store.insert_batch(ROWS)
    return RequestAdmin(store, RecordingStore(database), clock=lambda: NOW)


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


async def test_a_query_and_other_conditions_hold_together(requests: RequestAdmin) -> None:
    within = RequestFilter(
        model="m", since=NOW - timedelta(seconds=3), until=NOW - timedelta(seconds=1)
    )
    where = requests.filter("-model:m2 since:1h until:30m -until:1s", within=within)
    assert where.model == "m"
    assert where.since == NOW - timedelta(seconds=1), "the latest of the beginnings"
    assert where.until == NOW - timedelta(minutes=30), "the earliest of the ends"
    page = await requests.page(requests.filter("-model:m2", within=within))
    assert [record.model for record in page.items] == ["m3"]
    with pytest.raises(InvalidInput, match="cots"):
        requests.filter("cots:>1")


def test_a_condition_is_said_as_it_is_read(requests: RequestAdmin) -> None:
    assert requests.term("model", "glm-4.6") == "model:glm-4.6"
    said = requests.term("key", 'my "laptop"')
    (condition,) = requests.parse(said).filter.conditions
    assert condition.alternatives[0].value == 'my "laptop"'


async def test_text_is_looked_for_in_a_bounded_range(requests: RequestAdmin) -> None:
    page = await requests.page(requests.filter("m3"))
    assert page.items == ROWS[3:4]
    assert (page.searched_since, page.searched_until) == (NOW - timedelta(hours=24), NOW)
    page = await requests.page(requests.filter("m3 until:2d"))
    assert page.items == ()
    assert page.searched_since == NOW - timedelta(days=3)
    page = await requests.page(requests.filter("m3 since:7d"))
    assert page.searched_since == NOW - timedelta(days=7)
    assert (await requests.page(requests.filter("model:m3"))).searched_since is None


async def test_an_export_has_every_row_once(
    requests: RequestAdmin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pxbin_engine.admin.requests.EXPORTED_AT_ONCE", 2)
    told: list[int] = []
    path = tmp_path / "rows.csv"
    assert await requests.export_to(path, RequestFilter(), "csv", on_progress=told.append) == 5
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [str(row.id) for row in ROWS]
    assert told == [0, 2, 4, 5, 5]


async def test_an_export_that_is_cancelled_leaves_no_file(
    requests: RequestAdmin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pxbin_engine.admin.requests.EXPORTED_AT_ONCE", 1)
    written = asyncio.Event()

    async def write() -> None:
        await requests.export_to(
            tmp_path / "rows.csv", RequestFilter(), "csv", on_progress=lambda _: written.set()
        )

    task = spawn(write(), name="test.export")
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(tmp_path.iterdir()) == []
