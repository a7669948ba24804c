"""Sessions over the management API."""

from decimal import Decimal
from uuid import uuid4

import pytest

from tests.support.database import a_request
from tests.support.management_api import Api, error_of

KEY_ID = uuid4()


@pytest.fixture
async def used(api: Api) -> Api:
    """An API that tells of two sessions; the names are as clients may choose them."""
    told = {"llm_key_id": KEY_ID, "client_name": "Claude Code 2.1.330", "upstream_id": uuid4()}
    await api.control.request_store.insert_batch(
        [
            a_request(session_id="s/1 ü", cost=Decimal("0.5"), project="/work", **told),
            a_request(session_id="s/1 ü", cost=Decimal("0.25"), agent_id="a1", **told),
            a_request(session_id="s2", cost=Decimal(2), **told),
        ]
    )
    return api


async def test_sessions_are_listed(used: Api) -> None:
    status, told = await used("GET", "/sessions?order=cost&period=24h&per_page=1")
    assert (status, told["meta"]) == (200, {"total": 2, "page": 1, "per_page": 1})
    (dear,) = told["data"]
    assert (dear["session_id"], dear["client"], dear["sums"]["cost"]) == ("s2", "Claude Code", 2)
    assert dear["key_id"] == str(KEY_ID)
    _, told = await used("GET", "/sessions?order=cost&per_page=1&page=2")
    assert told["data"][0]["project"] == "/work"


async def test_one_has_its_tree(used: Api) -> None:
    status, told = await used("GET", "/sessions/s%2F1%20%C3%BC")
    assert status == 200
    tree = told["data"]
    assert tree["session"]["session_id"] == "s/1 ü"
    assert (tree["main"]["own"]["cost"], tree["main"]["whole"]["cost"]) == (
        Decimal("0.5"),
        Decimal("0.75"),
    )
    assert [agent["agent_id"] for agent in tree["main"]["agents"]] == ["a1"]


async def test_what_cannot_be_is_refused(used: Api) -> None:
    for query in ("period=1y", "order=age", "per_page=0", "page=0", "per_page=501"):
        status, told = await used("GET", f"/sessions?{query}")
        assert (status, error_of(told)[0]) == (400, "invalid_request_error"), query
    assert (await used("GET", "/sessions/nobody"))[0] == 404
    assert (await used("GET", "/sessions/%00"))[0] == 400
    assert (await used("GET", "/sessions", key=await used.key_with("write")))[0] == 403


async def test_sums_by_client(used: Api) -> None:
    status, told = await used("GET", "/stats/by-client?period=24h")
    assert status == 200
    assert [(one["client"], one["total_requests"], one["total_cost"]) for one in told["data"]] == [
        ("Claude Code", 3, Decimal("2.75"))
    ]
