from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pxbin_engine.records import AttemptRecord, LearnedQuirk
from tests.support.control_plane import BOOTSTRAP
from tests.support.database import NOW, a_request
from tests.support.management_api import UNKNOWN_ID, Api, error_of

# Bootstrap


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"bootstrap_key": BOOTSTRAP}, {}),
        ({}, {"X-Bootstrap-Key": BOOTSTRAP}),
        (None, {"Authorization": f"Bearer {BOOTSTRAP}"}),
        ({"name": "first"}, {"X-Api-Key": BOOTSTRAP}),
    ],
)
async def test_bootstrap_makes_a_management_key(
    api: Api, body: Any, headers: dict[str, str]
) -> None:
    status, answer = await api("POST", "/bootstrap", body, key="", headers=headers)
    assert status == 201
    data = answer["data"]
    assert data["key"].startswith("pxm_")
    assert data["name"] == (body or {}).get("name", "bootstrap")
    assert data.keys() >= {"key", "id", "name", "created_at"}
    assert (await api("POST", "/keys", {"type": "llm", "name": "x"}, key=data["key"]))[0] == 201


async def test_bootstrap_with_another_key_is_401(api: Api) -> None:
    status, answer = await api("POST", "/bootstrap", {"bootstrap_key": "guess"}, key="")
    assert (status, error_of(answer)[0]) == (401, "authentication_error")


# Keys


async def test_keys_are_listed_with_the_fields_of_their_type(api: Api) -> None:
    _, answer = await api(
        "POST", "/keys", {"type": "llm", "name": "laptop", "rate_limit": 60, "metadata": {"a": 1}}
    )
    created = answer["data"]
    assert created["created_at"] == "2026-11-23T12:34:56.789000Z"
    status, answer = await api("GET", "/keys?type=llm")
    assert (status, answer["meta"]) == (200, {"total": 1, "page": 1, "per_page": 50})
    (item,) = answer["data"]
    assert item == {
        "id": created["id"], "type": "llm", "key_prefix": created["key"][:8], "name": "laptop", "is_active": True,
        "rate_limit": 60, "tokens_per_minute": None, "max_concurrency": None, "allowed_models": [], "metadata": {"a": 1},
        "expires_at": None, "last_used_at": None,
        "created_at": created["created_at"], "updated_at": created["created_at"],
    }  # fmt: skip
    _, answer = await api("GET", "/keys?type=management")
    of_llm = {"rate_limit", "tokens_per_minute", "max_concurrency", "allowed_models", "metadata"}
    assert answer["data"][0].keys() == item.keys() - of_llm | {"permissions"}
    assert answer["data"][0]["permissions"] == ["read", "write"]


async def test_no_answer_holds_a_hash_or_a_plaintext_again(api: Api) -> None:
    _, answer = await api("POST", "/keys", {"type": "llm", "name": "laptop"})
    _, listed = await api("GET", "/keys")
    assert "hash" not in str(listed)
    assert answer["data"]["key"] not in str(listed)


async def test_a_key_is_changed_and_revoked(api: Api) -> None:
    record = (await api.control.keys.create("llm", "laptop", rate_limit=5)).record
    status, answer = await api("PATCH", f"/keys/{record.id}", {"name": "desk", "rate_limit": None})
    assert (status, answer["data"]["name"], answer["data"]["rate_limit"]) == (200, "desk", None)
    assert (await api("PATCH", f"/keys/{record.id}", {"type": "management", "name": "x"}))[0] == 404
    assert (await api("DELETE", f"/keys/{record.id}?type=management"))[0] == 404
    status, answer = await api("DELETE", f"/keys/{record.id}?type=llm")
    assert (status, answer["data"]["is_active"]) == (200, False)


async def test_lists_are_paged(api: Api) -> None:
    for number in range(3):
        await api.control.keys.create("llm", f"key {number}")
    _, answer = await api("GET", "/keys?type=llm&page=2&per_page=2")
    assert (len(answer["data"]), answer["meta"]) == (1, {"total": 3, "page": 2, "per_page": 2})
    _, answer = await api("GET", "/keys?type=llm&page=9")
    assert answer["data"] == []


# Upstreams


async def test_an_upstream_from_its_making_to_its_end(api: Api) -> None:
    body = {
        "name": "OpenAI",
        "base_url": "https://api.openai.com/v1/",
        "format": "openai",
        "api_key": "sk-secret",
    }
    status, answer = await api("POST", "/upstreams", body)
    assert status == 201
    item = answer["data"]
    assert item == {
        "id": item["id"], "name": "OpenAI", "base_url": "https://api.openai.com/v1", "format": "openai",
        "is_active": True, "priority": 0, "secret_place": "keyring", "preset": None, "learned": [],
        "first_byte_timeout_seconds": None, "idle_timeout_seconds": None, "keys": [item["keys"][0]],
        "created_at": item["created_at"], "updated_at": item["updated_at"],
    }  # fmt: skip
    assert (await api("GET", f"/upstreams/{item['id']}"))[1]["data"] == item
    assert (await api("GET", "/upstreams"))[1]["data"] == [item]
    _, answer = await api("PATCH", f"/upstreams/{item['id']}", {"priority": 5, "api_key": None})
    assert (answer["data"]["priority"], answer["data"]["secret_place"]) == (5, "none")
    assert (await api("DELETE", f"/upstreams/{item['id']}")) == (200, {"data": {"deleted": 1}})
    assert (await api("GET", "/upstreams"))[1]["data"] == []


async def test_an_upstreams_own_patience(api: Api) -> None:
    upstream = await api.control.an_upstream()
    changes = {"first_byte_timeout_seconds": 2.5, "idle_timeout_seconds": 30}
    _, answer = await api("PATCH", f"/upstreams/{upstream.id}", changes)
    assert {name: answer["data"][name] for name in changes} == changes
    status, answer = await api("PATCH", f"/upstreams/{upstream.id}", {"idle_timeout_seconds": 0})
    assert (status, answer["error"]["field"]) == (400, "idle_timeout_seconds")


async def test_many_upstreams_are_deleted_at_once(api: Api) -> None:
    ids = [str((await api.control.an_upstream(name)).id) for name in "ab"]
    assert await api("POST", "/upstreams/bulk-delete", {"ids": [*ids, UNKNOWN_ID]}) == (
        200,
        {"data": {"deleted": 2}},
    )


async def test_a_health_check_says_what_it_found(api: Api) -> None:
    upstream = await api.control.an_upstream()
    for body in (
        {"upstream_id": str(upstream.id)},
        {"base_url": upstream.base_url, "api_key": "x", "format": "openai"},
    ):
        status, answer = await api("POST", "/upstreams/health-check", body)
        assert status == 200
        assert answer["data"].keys() == {
            "healthy",
            "models_found",
            "tested_model",
            "latency_ms",
            "error",
            "warning",
        }
        assert answer["data"]["healthy"] is False
        assert "cannot be reached" in answer["data"]["error"]


# Models


async def test_a_model_from_its_making_to_its_end(api: Api) -> None:
    upstream = await api.control.an_upstream()
    body = {
        "name": "fast",
        "upstream_id": str(upstream.id),
        "input_cost_per_million": 0.15,
        "display_name": "Fast",
    }
    status, answer = await api("POST", "/models", body)
    assert status == 201
    item = answer["data"]
    assert item.keys() >= {
        "id", "name", "display_name", "provider", "upstream_id", "input_cost_per_million",
        "output_cost_per_million", "is_active", "created_at", "updated_at",
    }  # fmt: skip
    assert item["input_cost_per_million"] == Decimal("0.15")
    assert item["output_cost_per_million"] is None
    assert item["targets"] == [
        {"upstream_id": str(upstream.id), "upstream_model": "fast", "priority": 0, "weight": 1}
    ]
    _, answer = await api(
        "PATCH", f"/models/{item['id']}", {"output_cost_per_million": 0.6, "is_active": False}
    )
    assert (answer["data"]["output_cost_per_million"], answer["data"]["is_active"]) == (
        Decimal("0.6"),
        False,
    )
    assert (await api("GET", "/models"))[1]["data"] == [answer["data"]]
    assert (await api("GET", f"/models/{item['id']}"))[1] == answer
    assert (await api("DELETE", f"/models/{item['id']}")) == (200, {"data": {"deleted": 1}})


async def test_models_are_discovered_imported_priced_and_deleted(api: Api) -> None:
    async def models(_: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "gpt-4o", "owned_by": "them"}, {"id": "mine"}]})

    app = web.Application()
    app.router.add_get("/v1/models", models)
    async with TestServer(app) as server:
        upstream = await api.control.an_upstream("up", base_url=f"http://127.0.0.1:{server.port}")
        _, answer = await api("POST", "/models/discover", {"upstream_id": str(upstream.id)})
    assert [(model["id"], model["owned_by"]) for model in answer["data"]] == [
        ("gpt-4o", "them"),
        ("mine", ""),
    ]
    body = {
        "upstream_id": str(upstream.id),
        "models": ["gpt-4o", {"name": "mine", "provider": "me"}, "gpt-4o"],
    }
    _, answer = await api("POST", "/models/import", body)
    assert answer["data"] == {"upstream": "up", "models_created": 2, "models_skipped": 1}
    _, answer = await api("POST", "/models/sync-pricing")
    assert answer["data"] == {
        "models_updated": 0,
        "models_not_found": 1,
        "total_models": 2,
        "changes": [],
    }
    _, answer = await api("GET", "/models")
    ids = [model["id"] for model in answer["data"]]
    assert await api("POST", "/models/bulk-delete", {"ids": ids}) == (200, {"data": {"deleted": 2}})


# The log and statistics


async def test_the_log_has_the_contracts_fields_filters_and_pages(api: Api) -> None:
    attempt = AttemptRecord(upstream_id=uuid4(), upstream_name="up", upstream_model="m", status=200)
    rows = [
        a_request(
            at=NOW - timedelta(minutes=age), model=f"model-{age}", input_format="anthropic", attempts=(attempt,),
            cache_write_5m_tokens=2, cache_write_1h_tokens=3, cost=Decimal("0.000012"), metadata={"a": 1},
            status_code=200 if age else 404,
        )
        for age in range(3)
    ]  # fmt: skip
    await api.control.request_store.insert_batch(rows)
    status, answer = await api("GET", "/logs?per_page=2")
    assert (
        status,
        answer["meta"]["total"],
        answer["meta"]["page"],
        answer["meta"]["per_page"],
    ) == (200, 3, 1, 2)
    item = answer["data"][1]
    assert item.keys() >= {
        "id", "llm_key_id", "timestamp", "method", "path", "model", "input_format", "upstream_id", "status_code",
        "latency_ms", "input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens", "cost",
        "overhead_us", "error_message", "request_metadata", "created_at",
    }  # fmt: skip
    assert (item["cache_creation_tokens"], item["cost"], item["request_metadata"]) == (
        5,
        Decimal("0.000012"),
        {"a": 1},
    )
    _, on = await api("GET", f"/logs?per_page=2&cursor={answer['meta']['next_cursor']}")
    assert [row["model"] for row in on["data"]] == ["model-2"]
    assert on["meta"]["next_cursor"] is None
    assert on["data"] == (await api("GET", "/logs?per_page=2&page=2"))[1]["data"]
    assert (await api("GET", f"/logs/{item['id']}"))[1]["data"] == item
    for query, models in {
        "model=EL-1": ["model-1"],
        "status_code=400": ["model-0"],
        "status_code=404": ["model-0"],
        "input_format=openai": [],
        "from=2026-11-23T12:34:00Z&to=2026-11-23T12:35:00Z": ["model-0"],
        f"key_id={UNKNOWN_ID}": [],
    }.items():
        _, answer = await api("GET", f"/logs?{query}")
        assert [row["model"] for row in answer["data"]] == models, query


async def test_statistics_have_the_contracts_fields(api: Api) -> None:
    upstream_id = uuid4()
    row = a_request(
        at=NOW,
        model="m",
        upstream_id=upstream_id,
        cost=Decimal("0.5"),
        input_tokens=10,
        latency_ms=7.0,
    )
    await api.control.request_store.insert_batch([row])
    fields = {
        "overview": {
            "total_requests", "total_input_tokens", "total_output_tokens", "total_cache_read_tokens",
            "cache_hit_rate", "total_cost", "avg_latency_ms", "avg_overhead_us", "error_count", "error_rate",
        },
        "by-key": {
            "key_id", "key_prefix", "key_name", "total_requests", "total_input_tokens", "total_output_tokens",
            "total_cost", "avg_latency_ms",
        },
        "by-model": {
            "model", "total_requests", "total_input_tokens", "total_output_tokens", "total_cost", "avg_latency_ms",
        },
        "by-upstream": {
            "upstream_id", "upstream_name", "total_requests", "error_count", "total_input_tokens",
            "total_output_tokens", "total_cost", "unpriced_requests", "avg_latency_ms",
        },
        "timeseries": {
            "bucket", "requests", "input_tokens", "output_tokens", "cost", "avg_latency_ms", "avg_overhead_us",
            "errors",
        },
        "latency": {"p50", "p95", "p99", "overhead_p50_us", "overhead_p95_us", "overhead_p99_us", "ttft_p50"},
    }  # fmt: skip
    for name, expected in fields.items():
        status, answer = await api("GET", f"/stats/{name}?period=24h")
        assert status == 200
        item = answer["data"] if isinstance(answer["data"], dict) else answer["data"][-1]
        assert item.keys() >= expected, name
    assert (await api("GET", "/stats/overview"))[1]["data"]["total_cost"] == Decimal("0.5")
    _, answer = await api("GET", "/stats/timeseries?period=7d&interval=1d&tz=Europe/Berlin")
    assert len(answer["data"]) == 8
    assert answer["data"][-1]["bucket"] == "2026-11-22T23:00:00Z"


async def test_the_month_has_a_forecast_once_a_day_is_counted(api: Api) -> None:
    assert (await api("GET", "/stats/forecast"))[1]["data"] is None
    row = a_request(at=NOW - timedelta(days=10), cost=Decimal(7))
    await api.control.request_store.insert_batch([row, a_request(at=NOW, cost=Decimal(14))])
    _, answer = await api("GET", "/stats/forecast?tz=Europe/Berlin")
    forecast = answer["data"]
    assert (forecast["spent"], forecast["pace"], forecast["pace_days"]) == (21, 2, 7)
    assert forecast["month_end"] == "2026-11-30T23:00:00Z"
    assert 35 < forecast["total"] < 37
    status, answer = await api("GET", "/stats/forecast?tz=Mars/Olympus")
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")


# Presets, and what refusals have taught


async def test_a_preset_is_chosen_and_what_was_learned_is_shown_and_forgotten(api: Api) -> None:
    status, answer = await api("GET", "/presets")
    vllm = next(preset for preset in answer["data"] if preset["id"] == "vllm")
    assert status == 200
    assert vllm.keys() >= {"name", "base_url", "format", "source"}

    body = {"name": "u", "base_url": "http://127.0.0.1:9", "format": "openai", "preset": "vllm"}
    item = (await api("POST", "/upstreams", body))[1]["data"]
    assert (item["preset"], item["learned"]) == ("vllm", [])
    quirk = LearnedQuirk(
        upstream_model="m",
        quirk="dropped_fields",
        value=["user"],
        description="does not take `user`",
        learned_at=NOW,
    )
    await api.control.upstreams.learn(UUID(item["id"]), [quirk])
    path = f"/upstreams/{item['id']}"
    (told,) = (await api("GET", path))[1]["data"]["learned"]
    assert (told["value"], told["description"]) == (["user"], "does not take `user`")

    status, answer = await api("DELETE", f"{path}/learned")
    assert (status, answer["data"]["learned"]) == (200, [])
    assert (await api("DELETE", f"/upstreams/{UNKNOWN_ID}/learned"))[0] == 404
    status, answer = await api("PATCH", path, {"preset": "nonsense"})
    assert (status, answer["error"]["field"]) == (400, "preset")
