"""The log over HTTP: queries combine with parameters, exports stream."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientPayloadError, web
from aiohttp.test_utils import TestClient, TestServer

from pxbin_engine.admin.log_export import Piece
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import KeyRecord
from pxbin_engine.server.admin_routes import admin_app
from tests.support.control_plane import ControlPlane
from tests.support.database import NOW, a_key, a_request
from tests.support.management_api import Api, error_of

ROWS = [
    a_request(at=NOW - timedelta(seconds=1), model="glm-4.6", cost=Decimal("0.000000123456789")),
    a_request(at=NOW - timedelta(seconds=2), model="glm-4.6", status_code=429, outcome="client_error"),
    a_request(at=NOW - timedelta(seconds=3), model="gpt-5.2", status_code=500, outcome="upstream_error",
              error_message="It timed out."),
]  # fmt: skip
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def filled(control: ControlPlane) -> ControlPlane:
    await control.request_store.insert_batch(ROWS)
    control.requests._clock = lambda: NOW
    return control


@pytest.fixture
async def client(filled: ControlPlane) -> AsyncIterator[Client]:
    """The API with a key that may only read."""

    def authenticate(_: web.Request) -> KeyRecord:
        return a_key(type="management", permissions=("read",))

    app = web.Application()
    app.add_subapp("/api", admin_app(filled, authenticate))
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=model:glm", [0, 1]),
        ("q=" + quote("status:>=400"), [1, 2]),
        ("q=" + quote("status:>=400") + "&model=glm", [1]),
        ("q=-model:glm&errors_only=true", [2]),
        ("q=" + quote('"TIMED OUT"'), [2]),
        ("q=since:1h&from=2026-11-23T12:34:55Z", [0]),
        ("q=&status_code=500", [2]),
        ("input_format=gemini", []),
    ],
)
async def test_a_query_combines_with_the_parameters(
    filled: ControlPlane, api: Api, query: str, expected: list[int]
) -> None:
    status, answer = await api("GET", f"/logs?{query}")
    assert status == 200
    assert [item["id"] for item in answer["data"]] == [str(ROWS[n].id) for n in expected]
    assert answer["meta"]["total"] == len(expected)


async def test_the_range_of_a_search_for_text_is_told(filled: ControlPlane, api: Api) -> None:
    _, answer = await api("GET", "/logs?q=timed")
    assert answer["meta"]["searched_from"] == "2026-11-22T12:34:56.789000Z"
    assert answer["meta"]["searched_to"] == "2026-11-23T12:34:56.789000Z"
    _, answer = await api("GET", "/logs?q=model:glm")
    assert "searched_from" not in answer["meta"]


@pytest.mark.parametrize("path", ["/logs?q=", "/logs/export?format=csv&q="])
async def test_a_query_that_is_not_understood_is_refused(api: Api, path: str) -> None:
    status, answer = await api("GET", path + quote("glm cots:>1"))
    assert status == 400
    kind, message = error_of(answer)
    assert kind == "invalid_request_error"
    assert message == "At character 5: “cots:” is no filter. Did you mean cost:?"
    assert answer["error"]["field"] == "q"


@pytest.mark.parametrize("query", ["", "format=xlsx", "format=csv&page=2", "format=csv&from=x"])
async def test_an_export_of_nothing_known_is_refused(api: Api, query: str) -> None:
    status, answer = await api("GET", f"/logs/export?{query}")
    assert (status, error_of(answer)[0]) == (400, "invalid_request_error")


async def test_csv_is_a_file_to_save(client: Client) -> None:
    answer = await client.get("/api/v1/logs/export?format=csv&q=model:glm")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pxbin-requests.csv"'
    assert answer.headers["X-Request-ID"]
    assert answer.headers["Server"] == "pxbin"
    rows = list(csv.DictReader(io.StringIO(await answer.text(), newline="")))
    assert [row["id"] for row in rows] == [str(row.id) for row in ROWS[:2]]
    assert rows[0]["cost"] == "0.000000123456789"


async def test_json_lines_have_the_names_of_the_api(client: Client) -> None:
    answer = await client.get("/api/v1/logs/export?format=jsonl&q=timed")
    assert answer.headers["X-Searched-From"] == "2026-11-22T12:34:56.789000+00:00"
    (line,) = (await answer.text()).splitlines()
    item = json.loads(line)
    (listed,) = (await (await client.get("/api/v1/logs?q=timed")).json())["data"]
    assert item == {name: listed[name] for name in item}


async def test_parquet_is_parquet(client: Client) -> None:
    answer = await client.get("/api/v1/logs/export?format=parquet")
    data = await answer.read()
    assert data[:4] == data[-4:] == b"PAR1"


async def test_a_log_that_cannot_be_read_is_an_error_in_the_usual_shape(
    filled: ControlPlane, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailable("The database is away.")

    monkeypatch.setattr(filled.request_store, "rows", away)
    answer = await client.get("/api/v1/logs/export?format=csv")
    assert answer.status == 503
    assert error_of(await answer.json())[1] == "The database is away."


async def test_a_file_that_is_not_whole_is_seen_to_be_broken(
    filled: ControlPlane, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> AsyncIterator[Piece]:
        for _number in range(3):
            yield Piece(b"x" * 100, 1)
        await asyncio.sleep(0)
        raise DatabaseUnavailable("The database is away.")

    monkeypatch.setattr(filled.requests, "export", broken)
    answer = await client.get("/api/v1/logs/export?format=csv")
    assert answer.status == 200
    with pytest.raises(ClientPayloadError):
        await answer.read()
