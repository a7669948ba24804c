"""Aliases and explain over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.management_api import UNKNOWN_ID, Api, error_of


async def make(api: Api, **fields: Any) -> dict[str, Any]:
    """An alias, as it is answered."""
    status, answer = await api("POST", "/aliases", {"pattern": "opus", "model": "big"} | fields)
    assert status == 201, answer
    made: dict[str, Any] = answer["data"]
    return made


@pytest.fixture(autouse=True)
async def models(api: Api) -> None:
    """Two models, ``big`` and ``small``."""
    await api.control.a_model("big")
    await api.control.a_model("small")


async def test_an_alias_from_its_making_to_its_end(api: Api) -> None:
    made = await make(api, client="Claude Code")
    assert made.keys() == {
        "id", "pattern", "model", "key_id", "client", "is_active", "created_at", "updated_at",
    }  # fmt: skip
    status, answer = await api("GET", "/aliases")
    assert (status, answer["data"], answer["meta"]["total"]) == (200, [made], 1)
    changes = {"model": "small", "client": "", "is_active": False}
    status, answer = await api("PATCH", f"/aliases/{made['id']}", changes)
    assert status == 200
    assert answer["data"].items() >= changes.items()
    assert await api("DELETE", f"/aliases/{made['id']}") == (200, {"data": {"deleted": 1}})
    assert (await api("GET", "/aliases"))[1]["data"] == []


async def test_null_makes_it_everyones(api: Api) -> None:
    key = (await api.control.keys.create("llm", "laptop")).record
    made = await make(api, key_id=str(key.id))
    assert made["key_id"] == str(key.id)
    _, answer = await api("PATCH", f"/aliases/{made['id']}", {"model": "small"})
    assert answer["data"]["key_id"] == str(key.id)
    _, answer = await api("PATCH", f"/aliases/{made['id']}", {"key_id": None})
    assert answer["data"]["key_id"] is None


@pytest.mark.parametrize(
    ("route", "body", "status", "text"),
    [
        ("POST /aliases", {"pattern": "x"}, 400, "model"),
        ("POST /aliases", {"pattern": "x", "model": "none"}, 400, "no model 'none'"),
        ("POST /aliases", {"pattern": "x", "model": "big", "colour": 1}, 400, "colour"),
        ("POST /aliases", {"pattern": "opus", "model": "big"}, 409, "already"),
        (f"PATCH /aliases/{UNKNOWN_ID}", {}, 404, "no alias"),
        (f"DELETE /aliases/{UNKNOWN_ID}", None, 404, "no alias"),
        ("POST /aliases/client-map", {"client": "x", "models": {}}, 400, "models"),
        ("POST /explain", {}, 400, "model"),
        ("POST /explain", {"model": "big", "format": "latin"}, 400, "format"),
        ("POST /explain", {"model": "big", "key_id": UNKNOWN_ID}, 404, "no key"),
    ],
)
async def test_what_cannot_be_said(api: Api, route: str, body: Any, status: int, text: str) -> None:
    await make(api)
    answered, answer = await api(*route.split(" "), body)
    assert answered == status
    assert text in error_of(answer)[1]


async def test_a_clients_names_are_set_at_once(api: Api) -> None:
    body = {"client": "Claude Code", "models": {"*opus*": "big", "*haiku*": "small"}}
    status, answer = await api("POST", "/aliases/client-map", body)
    assert status == 200
    assert {item["pattern"]: item["model"] for item in answer["data"]} == body["models"]
    gone = {"client": "Claude Code", "models": {"*opus*": None}}
    _, answer = await api("POST", "/aliases/client-map", gone)
    assert [item["pattern"] for item in answer["data"]] == ["*haiku*"]


async def test_a_reader_may_ask_where_a_request_would_go_and_change_nothing(api: Api) -> None:
    await make(api, client="Claude Code")
    reader = await api.key_with("read")
    question = {"model": "opus", "client": "Claude Code", "session_id": "s", "format": "openai"}
    status, answer = await api("POST", "/explain", question, key=reader)
    assert status == 200
    told = answer["data"]
    assert (told["asked_model"], told["model"], told["refusal"]) == ("opus", "big", "")
    assert told["alias"]["pattern"] == "opus"
    (target,) = told["targets"]
    assert target.keys() == {
        "upstream_id", "upstream_name", "upstream_model", "priority", "weight", "state", "reason",
        "verbatim",
    }  # fmt: skip
    assert (target["upstream_name"], target["verbatim"]) == ("for big", True)
    for method, path in (("POST", "/aliases"), ("DELETE", f"/aliases/{uuid4()}")):
        assert (await api(method, path, {}, key=reader))[0] == 403


async def test_the_weight_of_a_target_is_kept(api: Api) -> None:
    first, second = [await api.control.an_upstream(name) for name in ("one", "two")]
    targets = [
        {"upstream_id": str(first.id), "upstream_model": "m", "weight": 3},
        {"upstream_id": str(second.id), "upstream_model": "m", "priority": 1},
    ]
    status, answer = await api("POST", "/models", {"name": "shared", "targets": targets})
    assert status == 201
    assert [target["weight"] for target in answer["data"]["targets"]] == [3, 1]
    targets[0]["weight"] = 0
    status, answer = await api("POST", "/models", {"name": "other", "targets": targets})
    assert status == 400
    assert "weight" in error_of(answer)[1]
