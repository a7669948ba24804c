"""What is refused before any route, and connections that never say what they want."""

import asyncio
from typing import Any

import pytest

from pxbin_engine.server.auth import KeyTable
from tests.support.gateway import (
    KEY,
    MANAGEMENT_KEY,
    Proxy,
    anthropic_request,
    key_record,
    openai_request,
)
from tests.support.upstream import openai_completion


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/v1/messages", anthropic_request(), "permission_error"),
        ("/v1/chat/completions", openai_request(), "permission_error"),
        ("/v1beta/models/alias:generateContent", {}, "PERMISSION_DENIED"),
        ("/nothing/here", {}, "permission_error"),
    ],
)
@pytest.mark.parametrize("headers", [{"Host": "evil.test"}, {"Origin": "https://evil.test"}])
async def test_what_is_refused_is_told_in_its_dialect_and_has_its_row(
    path: str, body: dict[str, Any], kind: str, headers: dict[str, str]
) -> None:
    async with Proxy() as proxy:
        seen = await proxy.post(path, body, **headers)
        assert (seen.status, kind in seen.body.decode()) == (403, True)
        row = await proxy.finished()
        assert (row.outcome, row.status, row.path) == ("refused", 403, path)
        assert seen.headers["x-request-id"] == row.request_id
        assert proxy.upstreams[0].requests == []


@pytest.mark.parametrize("path", ["/health", "/ready", "/api/v1/keys", "/metrics"])
async def test_what_has_no_rows_is_refused_without_one(path: str) -> None:
    async with Proxy() as proxy:
        seen = await proxy.ask("GET", path, key=MANAGEMENT_KEY, Host="evil.test")
        assert (seen.status, seen.json["error"]["type"]) == (403, "permission_error")
        assert proxy.rows == []


async def test_names_that_are_listed_are_served() -> None:
    async with Proxy(allowed_hosts=("pxbin.lan",)) as proxy:
        proxy.upstreams[0].script(openai_completion("Hello"))
        seen = await proxy.post("/v1/messages", anthropic_request(), Host="pxbin.lan:8080")
        assert seen.status == 200


async def test_unknown_keys_lock_their_address_out_but_no_known_key() -> None:
    async with Proxy(bad_key_limit=3, bad_key_lockout_seconds=30.0) as proxy:
        proxy.upstreams[0].script(openai_completion("Hello"))
        statuses = [
            (await proxy.post("/v1/messages", anthropic_request(), key=f"pxb_{number}")).status
            for number in range(3)
        ]
        assert statuses == [401, 401, 401]
        seen = await proxy.post("/v1/messages", anthropic_request(), key="pxb_4")
        assert (seen.status, seen.json["error"]["type"]) == (429, "rate_limit_error")
        assert 1 <= int(seen.headers["retry-after"]) <= 31
        assert (await proxy.post("/v1/messages", anthropic_request(), key=None)).status == 401
        assert (await proxy.post("/v1/messages", anthropic_request())).status == 200
        assert [row.status for row in proxy.rows] == [401, 401, 401, 429, 401, 200]


async def test_an_expired_key_locks_nobody_out() -> None:
    async with Proxy(bad_key_limit=2) as proxy:
        record = key_record(KEY)
        expired = key_record(KEY, expires_at=record.created_at)
        proxy.authenticator.keys = KeyTable([expired])
        statuses = [(await proxy.post("/v1/messages", {})).status for _ in range(4)]
        assert statuses == [401] * 4


@pytest.mark.parametrize("said", [b"", b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nx-a"])
async def test_a_head_that_never_ends_is_cut(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pxbin_engine.server.app.HEAD_SECONDS", 0.1)
    async with Proxy() as proxy:
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        writer.write(said)
        async with asyncio.timeout(2):
            assert await reader.read() == b""
        writer.close()


async def test_a_second_head_that_never_ends_is_cut_and_an_idle_connection_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pxbin_engine.server.app.HEAD_SECONDS", 0.2)
    async with Proxy() as proxy:
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(0.4)
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(0.1)
        writer.write(b"GET /hea")
        async with asyncio.timeout(2):
            assert (await reader.read()).count(b"HTTP/1.1 200") == 1
        writer.close()


async def test_a_request_that_takes_long_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pxbin_engine.server.app.HEAD_SECONDS", 0.1)
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("Hello").after(0.4))
        assert (await proxy.post("/v1/messages", anthropic_request())).status == 200
