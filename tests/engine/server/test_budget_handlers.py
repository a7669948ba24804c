"""Budgets over the management API."""

from decimal import Decimal

from tests.support.database import a_request
from tests.support.management_api import UNKNOWN_ID, Api, error_of


async def test_a_budget_is_made_read_changed_and_deleted(api: Api) -> None:
    status, told = await api("POST", "/budgets", {"name": "team", "limit": 12.5, "period": "week"})
    assert status == 201
    made = told["data"]
    assert (made["limit"], made["period"], made["is_hard"]) == (Decimal("12.5"), "week", True)
    path = f"/budgets/{made['id']}"
    assert (await api("GET", path))[1]["data"] == made
    assert (await api("GET", "/budgets"))[1]["meta"]["total"] == 1
    status, told = await api("PATCH", path, {"limit": 20, "is_hard": False})
    assert (status, told["data"]["limit"], told["data"]["is_hard"]) == (200, 20, False)
    assert await api("DELETE", path) == (200, {"data": {"deleted": 1}})
    assert (await api("GET", path))[0] == 404


async def test_how_they_stand(api: Api) -> None:
    await api.control.request_store.insert_batch([a_request(cost=Decimal("8.5"))])
    await api("POST", "/budgets", {"name": "team", "limit": 10})
    status, told = await api("GET", "/budgets/status")
    (meter,) = told["data"]
    assert status == 200
    assert (meter["budget"]["name"], meter["spent"], meter["level"]) == (
        "team",
        Decimal("8.5"),
        "warning",
    )


async def test_what_cannot_be_used_is_refused(api: Api) -> None:
    for body, field in (
        ({"name": "team"}, "limit"),
        ({"name": "team", "limit": 0}, "limit"),
        ({"name": "team", "limit": 1, "scope": "planet"}, "scope"),
        ({"name": "team", "limit": 1, "size": 1}, "size"),
    ):
        status, told = await api("POST", "/budgets", body)
        assert (status, error_of(told)[0]) == (400, "invalid_request_error")
        assert told["error"]["field"] == field
    assert (await api("PATCH", f"/budgets/{UNKNOWN_ID}", {}))[0] == 404
    await api("POST", "/budgets", {"name": "team", "limit": 1})
    assert (await api("POST", "/budgets", {"name": "team", "limit": 1}))[0] == 409


async def test_reading_takes_the_right_to_read_and_changing_that_to_write(api: Api) -> None:
    reader = await api.key_with("read")
    assert (await api("GET", "/budgets/status", key=reader))[0] == 200
    assert (await api("POST", "/budgets", {"name": "b", "limit": 1}, key=reader))[0] == 403
