"""The OpenAPI document says what the code does, and docs/management-api.md says the same."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pxbin_engine.server.admin_items import LogItem, key_item, log_item
from pxbin_engine.server.admin_routes import ROUTES, Route, openapi_document
from pxbin_engine.server.route_shapes import SHAPES
from tests.support.database import a_key, a_request
from tests.support.management_api import Api

PAGE = (Path(__file__).parents[3] / "docs" / "management-api.md").read_text("utf-8")
ROWS = {
    (method, path): takes
    for method, path, takes in re.findall(
        r"^\| ([A-Z]+) \| `/api(/[^`]+)` \| \w+ \|([^|]*)\|", PAGE, re.MULTILINE
    )
}
"""What stands in the page's column "Takes"."""
TAKES = {key: set(re.findall(r"`([a-z0-9_]+)\??`", takes)) for key, takes in ROWS.items()}

DOCUMENT = openapi_document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][f"/api{route.path}"][route.method.lower()]
    return found


def body_of(route: Route) -> dict[str, Any]:
    """The schema of what is sent, or an empty one."""
    if "requestBody" not in operation(route):
        return {"properties": {}}
    reference = operation(route)["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    found: dict[str, Any] = SCHEMAS[reference.rpartition("/")[2]]
    return found


EACH = pytest.mark.parametrize(
    "route", ROUTES, ids=[f"{route.method} {route.path}" for route in ROUTES]
)


def test_every_route_is_there_and_no_other() -> None:
    there = {
        (method.upper(), path.removeprefix("/api"))
        for path, methods in DOCUMENT["paths"].items()
        for method in methods
    }
    assert there == {(route.method, route.path) for route in ROUTES} == {*SHAPES}


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation(route)["operationId"] for route in ROUTES]
    assert len({*names}) == len(names)


@EACH
def test_a_key_is_asked_where_the_route_asks_one(route: Route) -> None:
    told = operation(route)
    assert bool(told["security"]) == (route.permission is not None)
    assert f"`{route.permission}`" in told.get("description", "`None`")


@EACH
def test_the_page_names_the_same_fields(route: Route) -> None:
    told = operation(route)
    parameters = {one["name"] for one in told["parameters"] if one["in"] == "query"}
    taken = parameters | body_of(route)["properties"].keys()
    here = TAKES[route.method, route.path]
    told_below = (
        " the f" in f" {ROWS[route.method, route.path]}"
    )  # the fields of a model, the filters of the log
    assert here <= taken if told_below else here == taken


def test_the_items_are_as_their_types_say() -> None:
    assert log_item(a_request()).keys() == {*LogItem.__struct_fields__}
    for record in (a_key(), a_key(type="management", permissions=("read",))):
        item = msgspec.json.decode(msgspec.json.encode(key_item(record)))
        assert item["type"] == record.type
        assert item.keys() == SCHEMAS[type(key_item(record)).__name__]["properties"].keys()


def test_what_msgspec_does_not_know_is_added() -> None:
    model, new = SCHEMAS["ModelRecord"], SCHEMAS["NewModel"]
    price = "input_cost_per_million"
    assert {"type": "number"} in model["properties"][price]["anyOf"]
    assert any("pattern" in str(kind) for kind in new["properties"][price]["anyOf"])
    assert {*model["required"]} == {*model["properties"]}
    assert {*new["required"]} == {"name"}
    assert model["properties"]["created_at"]["format"] == "date-time"
    assert (
        "required" not in SCHEMAS["TargetRecordGiven"]
        or "weight" not in (SCHEMAS["TargetRecordGiven"]["required"])
    )


def test_every_reference_leads_somewhere() -> None:
    text = msgspec.json.encode(DOCUMENT).decode()
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert named == SCHEMAS.keys()


async def test_it_is_served_to_who_may_read(api: Api) -> None:
    assert (await api("GET", "/openapi.json", key=""))[0] == 401
    status, told = await api("GET", "/openapi.json", key=await api.key_with("read"))
    assert (status, told["openapi"]) == (200, "3.1.0")
    assert (await api("GET", "/openapi.json", key=await api.key_with("write")))[0] == 403
