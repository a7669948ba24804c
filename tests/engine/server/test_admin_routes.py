import io
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pxbin_engine import errors
from pxbin_engine.errors import DatabaseUnavailable, PxbinError
from pxbin_engine.records import Permission
from pxbin_engine.server.admin_routes import ANSWERS, ROUTES
from tests.support.control_plane import OWN_ADDRESS
from tests.support.management_api import UNKNOWN_ID, Api, error_of

# Who may do what


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_every_route_asks_for_its_permission(api: Api, route: Any) -> None:
    path = (
        route.path.removeprefix("/v1")
        .replace("{id}", UNKNOWN_ID)
        .replace("{key_id}", UNKNOWN_ID)
        .replace("{session_id}", "s1")
    )
    if route.permission is None:
        assert (await api(route.method, path, {}, key=""))[0] == 401
        return
    assert (await api(route.method, path, {}, key=""))[0] == 401
    other: Permission = "read" if route.permission == "write" else "write"
    status, answer = await api(route.method, path, {}, key=await api.key_with(other))
    assert (status, error_of(answer)[0]) == (403, "permission_error")
    status, _ = await api(
        route.method,
        path,
        {} if route.method != "GET" else None,
        key=await api.key_with(route.permission),
    )
    assert status not in {401, 403, 405, 500}


def test_reading_never_changes_and_changing_needs_the_right_to_write() -> None:
    read_by_post = {"/v1/explain"}  # a question with a body
    assert all(
        (route.method == "GET" or route.path in read_by_post) == (route.permission == "read")
        for route in ROUTES
        if route.permission
    )


@pytest.mark.parametrize("header", [{"Authorization": "bearer {}"}, {"X-Api-Key": "{}"}])
async def test_a_key_comes_in_either_header(api: Api, header: dict[str, str]) -> None:
    headers = {name: value.format(api.key) for name, value in header.items()}
    assert (await api("GET", "/keys", key="", headers=headers))[0] == 200


async def test_an_llm_key_is_no_management_key(api: Api) -> None:
    key = (await api.control.keys.create("llm", "laptop")).key
    assert (await api("GET", "/keys", key=key))[0] == 403


async def test_a_revoked_key_stops_at_once(api: Api) -> None:
    _, answer = await api("POST", "/keys", {"type": "management", "name": "short"})
    created = answer["data"]
    assert (await api("GET", "/keys", key=created["key"]))[0] == 200
    assert (await api("DELETE", f"/keys/{created['id']}"))[0] == 200
    assert (await api("GET", "/keys", key=created["key"]))[0] == 401


async def test_every_answer_has_an_id(api: Api) -> None:
    ids = set()
    for path in ("/keys", "/keys", "/nothing", f"/keys/{UNKNOWN_ID}/x"):
        await api("GET", path)
        assert api.headers["Server"] == "pxbin"
        ids.add(api.headers["X-Request-ID"])
    assert len(ids) == 4


# Errors


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nothing", 404, "not_found_error"),
        ("GET", "", 404, "not_found_error"),
        ("GET", "/keys/1/2/3", 404, "not_found_error"),
        ("PUT", "/keys", 405, "invalid_request_error"),
        ("DELETE", "/models/sync-pricing", 404, "not_found_error"),
    ],
)
async def test_what_is_not_there_is_refused_in_json(
    api: Api, method: str, path: str, status: int, kind: str
) -> None:
    answered, answer = await api(method, path)
    assert (answered, error_of(answer)[0]) == (status, kind)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/keys/{}"), ("DELETE", "/keys/{}"),
        ("GET", "/upstreams/{}"), ("PATCH", "/upstreams/{}"), ("DELETE", "/upstreams/{}"),
        ("GET", "/models/{}"), ("PATCH", "/models/{}"), ("DELETE", "/models/{}"),
        ("GET", "/logs/{}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "unknown", [UNKNOWN_ID, "not-an-id", "ffffffff-ffff-7fff-bfff-ffffffffffff"]
)
async def test_an_id_that_does_not_exist_is_404(
    api: Api, method: str, path: str, unknown: str
) -> None:
    status, answer = await api(method, path.format(unknown), {} if method == "PATCH" else None)
    assert (status, error_of(answer)[0]) == (404, "not_found_error")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/keys", {"type": "llm"}, "name"),
        ("/keys", {"type": "other", "name": "a"}, "type"),
        ("/keys", {"type": "llm", "name": 7}, "name"),
        ("/keys", {"type": "llm", "name": "a", "colour": "red"}, "colour"),
        ("/keys", {"type": "llm", "name": "a", "permissions": ["read"]}, "permissions"),
        (
            "/keys",
            {"type": "management", "name": "a", "permissions": ["read", "x"]},
            "permissions[1]",
        ),
        ("/upstreams", {"name": "a", "base_url": "http://x", "format": "ollama"}, "format"),
        ("/upstreams", {"name": "a", "base_url": OWN_ADDRESS, "format": "openai"}, "base_url"),
        ("/upstreams/bulk-delete", {"ids": []}, "ids"),
        ("/upstreams/health-check", {}, "base_url"),
        (
            "/upstreams/health-check",
            {"upstream_id": UNKNOWN_ID, "base_url": "http://x"},
            "upstream_id",
        ),
        ("/models", {"name": "m", "upstream_id": "7"}, "upstream_id"),
        (
            "/models",
            {"name": "m", "targets": [{"upstream_id": UNKNOWN_ID}]},
            "targets[0].upstream_model",
        ),
        (
            "/models",
            {"name": "m", "upstream_id": UNKNOWN_ID, "input_cost_per_million": "cheap"},
            "input_cost_per_million",
        ),
        (
            "/models/import",
            {"upstream_id": UNKNOWN_ID, "models": [{"provider": "x"}]},
            "models[0].name",
        ),
    ],
)
async def test_a_bad_body_is_refused_by_its_field(
    api: Api, path: str, body: Any, field: str
) -> None:
    status, answer = await api("POST", path, body)
    kind, message = error_of(answer)
    assert (status, kind, answer["error"]["field"]) == (400, "invalid_request_error", field)
    assert field.rsplit(".", maxsplit=1)[-1].split("[", maxsplit=1)[0] in message


@pytest.mark.parametrize(
    "data",
    [
        b"{", b"\xff\xfe", b"[]", b'"text"', b"null", b'{"type":"llm","name":"\xff"}',
        b'{"type":"llm","name":"n","metadata":' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        b'{"type":"llm","name":"n","metadata":{"a":"\\u0000"}}',
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_used_is_refused(api: Api, data: bytes) -> None:
    status, answer = await api("POST", "/keys", data=data)
    assert (status, error_of(answer)[0]) == (400, "invalid_request_error")


async def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    status, answer = await api("POST", "/keys", data=io.BytesIO(b" " * (2 << 20)))
    assert (status, error_of(answer)[1]) == (413, "The body is too large.")


@pytest.mark.parametrize(
    "path",
    [
        "/keys?page=0", "/logs?page=99999999999", "/keys?per_page=501", "/keys?page=x", "/keys?typ=llm", "/keys?type=other",
        "/logs?status_code=7", "/logs?from=yesterday", "/logs?from=2026-01-01T00:00:00", "/logs?input_format=x",
        "/logs?cursor=x", "/stats/overview?period=1h", "/stats/timeseries?interval=1m",
        "/stats/timeseries?tz=Mars/Olympus",
    ],
)  # fmt: skip
async def test_a_bad_query_is_refused_by_its_field(api: Api, path: str) -> None:
    status, answer = await api("GET", path)
    assert status == 400
    assert answer["error"]["field"] == path.partition("?")[2].partition("=")[0]
    error_of(answer)


async def test_a_name_that_is_taken_is_a_conflict(api: Api) -> None:
    body = {"name": "main", "base_url": "http://127.0.0.1:9", "format": "openai"}
    assert (await api("POST", "/upstreams", body))[0] == 201
    status, answer = await api("POST", "/upstreams", body)
    assert (status, error_of(answer)[0]) == (409, "conflict_error")


async def test_an_upstream_that_does_not_answer_is_502_and_a_locked_keyring_503(api: Api) -> None:
    upstream = await api.control.an_upstream(api_key="sk-1")
    status, answer = await api("POST", "/models/discover", {"upstream_id": str(upstream.id)})
    assert (status, error_of(answer)[0]) == (502, "upstream_error")
    api.control.secrets.locked = True
    status, answer = await api("POST", "/models/discover", {"upstream_id": str(upstream.id)})
    assert (status, error_of(answer)) == (503, ("secret_error", "The keyring is locked."))


async def test_a_database_that_is_away_is_503(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.control.stats, "overview", failing(DatabaseUnavailable("It is away.")))
    status, answer = await api("GET", "/stats/overview")
    assert (status, error_of(answer)) == (503, ("database_unavailable", "It is away."))


@pytest.mark.expects_error_log("management.failed")
async def test_what_nobody_expected_is_500_without_its_details(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.control.stats, "overview", failing(RuntimeError("inner detail")))
    status, answer = await api("GET", "/stats/overview")
    assert (status, error_of(answer)[0]) == (500, "internal_error")
    assert "inner detail" not in str(answer)


def failing(error: Exception) -> Callable[..., Awaitable[None]]:
    async def fail(*_: object) -> None:
        raise error

    return fail


def test_every_error_of_the_house_has_its_answer() -> None:
    houses = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, PxbinError)
    ]
    statuses = {
        kind.__name__: next(ANSWERS[a] for a in kind.__mro__ if a in ANSWERS)[0] for kind in houses
    }
    assert [name for name, status in statuses.items() if status == 500] == [
        "PxbinError", "ConfigError", "StorageError", "MigrationError", "ServerStartError",
    ]  # fmt: skip
