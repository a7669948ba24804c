"""The proxy's routes as clients see them: what is answered where, in which words, and that each leaves its row."""

import asyncio
import io
import json
from typing import Any

import aiohttp
import pytest

from pxbin_engine.records import UpstreamFormat
from pxbin_engine.server.auth import KeyTable
from tests.support.gateway import (
    KEY,
    MANAGEMENT_KEY,
    Proxy,
    Seen,
    anthropic_request,
    key_record,
    openai_request,
)
from tests.support.upstream import (
    HANG,
    anthropic_message,
    openai_chunk,
    openai_completion,
    openai_stream,
    sse_answer,
)


def kind_of(seen: Seen) -> str:
    """The error's type, by whichever dialect it came in; no answer is ever HTML."""
    assert seen.headers["content-type"].startswith("application/json")
    body = seen.json
    if body.get("type") == "error":
        assert body["request_id"] == seen.headers["x-request-id"]
        return "anthropic " + body["error"]["type"]
    if isinstance(body["error"]["code"], int):
        assert body["error"]["code"] == seen.status
        return "gemini " + body["error"]["status"]
    assert set(body["error"]) >= {"message", "type", "param", "code"}
    return "openai " + body["error"]["type"]


# ---------------------------------------------------------------------- behaviour 26: a row for whatever arrived


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("/v1/messages", b"not json", 400, "anthropic invalid_request_error"),
        ("/v1/messages", b"", 400, "anthropic invalid_request_error"),
        ("/v1/messages", b"[]", 400, "anthropic invalid_request_error"),
        ("/v1/messages", b"\x00\xff\xfe\x80" * 1000, 400, "anthropic invalid_request_error"),
        ("/v1/messages", b"[" * 100_000, 400, "anthropic invalid_request_error"),
        ("/v1/messages", b'{"model": 5}', 400, "anthropic invalid_request_error"),
        ("/v1/messages", {"messages": []}, 400, "anthropic invalid_request_error"),
        ("/v1/messages", openai_request(), 400, "anthropic invalid_request_error"),
        ("/v1/messages", anthropic_request(messages=5), 400, "anthropic invalid_request_error"),
        ("/v1/messages", anthropic_request(model="x"), 404, "anthropic not_found_error"),
        ("/v1/messages/count_tokens", b"{", 400, "anthropic invalid_request_error"),
        ("/v1/messages/other", b"{}", 404, "anthropic not_found_error"),
        ("/v2/anything", b"{}", 404, "anthropic not_found_error"),
        ("/v1/chat/completions", b"not json", 400, "openai invalid_request_error"),
        ("/v1/chat/completions", openai_request(model="x"), 404, "openai not_found_error"),
        ("/v1/chat/other", b"{}", 404, "openai not_found_error"),
        ("/v1/embeddings", b"{}", 404, "openai not_found_error"),
        ("/v1/responses", {"model": "alias"}, 400, "openai invalid_request_error"),
        ("/v1/responses", {"model": "x"}, 404, "openai not_found_error"),
        ("/v1/responses/compact", {"model": "alias"}, 400, "openai invalid_request_error"),
        ("/v1/responses/input_tokens", b"{", 400, "openai invalid_request_error"),
        ("/v1beta/models/alias:generateContent", b"not json", 400, "gemini INVALID_ARGUMENT"),
        ("/v1beta/models/alias:streamGenerateContent", b"[]", 400, "gemini INVALID_ARGUMENT"),
        ("/v1beta/models/x:generateContent", {"contents": []}, 404, "gemini NOT_FOUND"),
        ("/v1beta/models/alias:countTokens", b"{", 400, "gemini INVALID_ARGUMENT"),
        ("/v1beta/models/alias:embedContent", b"{}", 404, "gemini NOT_FOUND"),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_behaviour_26_bad_input_has_a_clear_error_and_a_row(
    path: str, body: Any, status: int, kind: str
) -> None:
    async with Proxy() as proxy:
        seen = await proxy.post(path, body)
        assert (seen.status, kind_of(seen)) == (status, kind)
        row = await proxy.finished()
        assert (row.outcome, row.status, row.path) == ("refused", status, path)
        assert row.error_message
        assert "Traceback" not in seen.body.decode()
        assert seen.headers["x-request-id"] == str(row.id)


async def test_missing_max_tokens_is_named() -> None:
    async with Proxy() as proxy:
        body = anthropic_request()
        del body["max_tokens"]
        seen = await proxy.post("/v1/messages", body)
        assert (seen.status, kind_of(seen)) == (400, "anthropic invalid_request_error")
        assert "max_tokens" in seen.json["error"]["message"]
        assert not proxy.upstreams[0].requests


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-api-key": "pxb_unknown"}, 401),
        ({"Authorization": "Bearer pxb_unknown"}, 401),
        ({"x-api-key": MANAGEMENT_KEY}, 403),
    ],
    ids=["none", "unknown", "unknown bearer", "management"],
)
async def test_behaviour_26_a_wrong_key_is_refused_with_a_row(
    path: str, headers: dict[str, str], status: int
) -> None:
    async with Proxy() as proxy:
        seen = await proxy.post(path, anthropic_request(), key=None, **headers)
        assert seen.status == status
        assert "pxb_unknown" not in seen.body.decode()
        row = await proxy.finished()
        assert (row.outcome, row.status, row.key) == ("refused", status, None)


async def test_a_revoked_key_stops_at_once() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("Hello"))
        assert (await proxy.post("/v1/messages", anthropic_request())).status == 200
        proxy.authenticator.keys = KeyTable([key_record(KEY, is_active=False)])
        assert (await proxy.post("/v1/messages", anthropic_request())).status == 401


async def test_behaviour_26_over_the_limit_is_429_with_retry_after_and_a_row() -> None:
    async with Proxy() as proxy:
        proxy.authenticator.keys = KeyTable([key_record(KEY, rate_limit=1)])
        proxy.upstreams[0].script(openai_completion("Hello"))
        assert (await proxy.post("/v1/messages", anthropic_request())).status == 200
        seen = await proxy.post("/v1/messages", anthropic_request())
        assert (seen.status, kind_of(seen)) == (429, "anthropic rate_limit_error")
        assert 1 <= float(seen.headers["retry-after"]) <= 60
        row = await proxy.finished(2)
        assert (row.outcome, row.model) == ("refused", "alias")


async def test_a_paused_engine_says_so() -> None:
    async with Proxy() as proxy:
        proxy.gateway.paused = True
        seen = await proxy.post("/v1/messages", anthropic_request())
        assert seen.status == 503
        assert "paused" in seen.json["error"]["message"]
        assert (await proxy.finished()).outcome == "refused"
        proxy.gateway.paused = False
        proxy.upstreams[0].script(openai_completion("Hello"))
        assert (await proxy.post("/v1/messages", anthropic_request())).status == 200


# ---------------------------------------------------------------------- behaviour 23: paths and models


async def test_behaviour_23_an_unknown_model_is_told_what_there_is() -> None:
    async with Proxy() as proxy:
        seen = await proxy.post("/v1/messages", anthropic_request(model="claude-none"))
        assert seen.status == 404
        assert "claude-none" in seen.json["error"]["message"]
        assert "alias" in seen.json["error"]["message"]
        assert (await proxy.finished()).model == "claude-none"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/messages", 405),
        ("DELETE", "/v1/messages", 405),
        ("PUT", "/v1/chat/completions", 405),
        ("GET", "/v1/responses", 405),
        ("POST", "/v1/models", 405),
        ("GET", "/", 405),
        ("GET", "/favicon.ico", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/messages/", 404),
        ("PATCH", "/%F0%9F%98%80/..%2f", 404),
        ("OPTIONS", "/v1/messages", 405),
        ("FROB", "/nothing", 400),
    ],
)
async def test_behaviour_23_unknown_paths_and_methods_are_json(
    method: str, path: str, status: int
) -> None:
    async with Proxy() as proxy:
        seen = await proxy.ask(method, path)
        assert seen.status == status
        assert ("allow" in seen.headers) == (status == 405)
        kind_of(seen)
        assert (await proxy.finished()).status == status


@pytest.mark.parametrize(
    ("line", "more", "status"),
    [
        ("OPTIONS *", "", 404),
        ("CONNECT evil.test:443", "", 404),
        ("GET /health", "Expect: the-unexpected\r\n", 417),
    ],
)
async def test_behaviour_23_what_no_route_takes_is_json_too(
    line: str, more: str, status: int
) -> None:
    async with Proxy() as proxy:
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        writer.write(
            f"{line} HTTP/1.1\r\nHost: localhost\r\n{more}Connection: close\r\n\r\n".encode()
        )
        head, _, body = (await asyncio.wait_for(reader.read(), 5)).partition(b"\r\n\r\n")
        writer.close()
        assert head.split(b" ")[1] == str(status).encode()
        assert json.loads(body)["type"] == "error"
        row = await proxy.finished()
        assert f"{row.method} {row.path}" == line


async def test_without_a_key_an_unknown_path_is_a_401_in_its_dialect() -> None:
    async with Proxy() as proxy:
        seen = await proxy.ask("GET", "/v1/chat/nothing", key=None)
        assert (seen.status, kind_of(seen).split()[0]) == (401, "openai")


@pytest.mark.parametrize("path", ["/", "/api/hello"])
async def test_probes_need_no_key_and_leave_no_row(path: str) -> None:
    async with Proxy() as proxy:
        seen = await proxy.ask("HEAD", path, key=None)
        assert (seen.status, seen.body) == (200, b"")
        assert not proxy.rows


async def test_health_and_readiness() -> None:
    async with Proxy() as proxy:
        assert (await proxy.ask("GET", "/health", key=None)).json == {"status": "ok"}
        seen = await proxy.ask("GET", "/ready", key=None)
        assert (seen.status, seen.json) == (200, {"status": "ok", "db": "ok"})
        proxy.database_available = False
        seen = await proxy.ask("GET", "/ready", key=None)
        assert (seen.status, seen.json) == (503, {"status": "unavailable", "db": "down"})
        assert (await proxy.ask("GET", "/health", key=None)).status == 200
        proxy.gateway.stopping = True
        seen = await proxy.ask("GET", "/ready", key=None)
        assert (seen.status, seen.json["status"]) == (503, "stopping")
        assert not proxy.rows


async def test_a_websocket_for_responses_is_told_426_at_once() -> None:
    async with Proxy() as proxy:
        seen = await proxy.ask(
            "GET",
            "/v1/responses",
            Connection="Upgrade",
            Upgrade="websocket",
            Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAA==",
            Sec_WebSocket_Version="13",
        )
        assert (seen.status, kind_of(seen).split()[0]) == (426, "openai")
        assert (await proxy.finished()).status == 426


async def test_the_model_list_in_both_shapes() -> None:
    async with Proxy() as proxy:
        anthropic = await proxy.ask("GET", "/v1/models?limit=1000", anthropic_version="2023-06-01")
        item = {
            "type": "model",
            "id": "alias",
            "display_name": "alias",
            "created_at": "2026-01-01T00:00:00Z",
            "max_input_tokens": None,
            "max_tokens": None,
        }
        assert anthropic.json == {
            "data": [item, item | {"id": "claude-alias"}],
            "has_more": False,
            "first_id": "alias",
            "last_id": "claude-alias",
        }
        openai = await proxy.ask("GET", "/v1/models", key=None, Authorization=f"Bearer {KEY}")
        assert openai.json["object"] == "list"
        assert [m["id"] for m in openai.json["data"]] == ["alias"]
        one = await proxy.ask("GET", "/v1/models/alias%5B1m%5D")
        assert one.json == anthropic.json["data"][0]
        none = await proxy.ask("GET", "/v1/models/none")
        assert (none.status, kind_of(none)) == (404, "anthropic not_found_error")
        assert [row.outcome for row in proxy.rows] == ["ok", "ok", "ok", "refused"]


# ---------------------------------------------------------------------- behaviour 24: sizes


async def test_behaviour_24_a_body_of_100_mb_is_413_and_the_client_sees_it() -> None:
    async with Proxy(max_body_mb=1) as proxy:
        body = io.BytesIO(b"x" * (100 << 20))
        async with proxy.http.post(
            proxy.url + "/v1/messages", data=body, headers={"x-api-key": KEY}
        ) as answer:
            seen = Seen(answer.status, answer.headers, await answer.read())
        assert (seen.status, kind_of(seen)) == (413, "anthropic request_too_large")
        assert "1 MB" in seen.json["error"]["message"]
        row = await proxy.finished()
        assert (row.outcome, row.status) == ("refused", 413)


async def test_behaviour_24_a_chunked_body_is_bounded_too() -> None:
    async def chunks() -> Any:
        for _ in range(40):
            yield b"x" * (100 << 10)

    async with Proxy(max_body_mb=1) as proxy:
        async with proxy.http.post(
            proxy.url + "/v1/chat/completions", data=chunks(), headers={"x-api-key": KEY}
        ) as answer:
            assert answer.status == 413
        assert (await proxy.finished()).status == 413


async def test_a_body_just_within_the_limit_is_served_on_the_same_connection() -> None:
    async with Proxy(max_body_mb=1) as proxy:
        proxy.upstreams[0].script(openai_completion("Hello"), openai_completion("Hello"))
        padding = "x" * ((1 << 20) - 500)
        for body in (anthropic_request(padding), anthropic_request()):
            assert (await proxy.post("/v1/messages", body)).status == 200


async def test_a_compressed_body_is_read_and_bounded_as_what_it_unpacks_to() -> None:
    import gzip

    async with Proxy(max_body_mb=1) as proxy:
        proxy.upstreams[0].script(openai_completion("Hello"))
        small = gzip.compress(json.dumps(anthropic_request()).encode())
        assert (await proxy.post("/v1/messages", small, Content_Encoding="gzip")).status == 200
        bomb = gzip.compress(b" " * (50 << 20))
        assert (await proxy.post("/v1/messages", bomb, Content_Encoding="gzip")).status == 413


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
async def test_a_body_that_is_not_what_its_encoding_says_is_a_400(encoding: str) -> None:
    async with Proxy() as proxy:
        for count in (1, 2):
            seen = await proxy.post("/v1/messages", b"\0garbage", Content_Encoding=encoding)
            assert (seen.status, kind_of(seen)) == (400, "anthropic invalid_request_error")
            await proxy.finished(count)


# ---------------------------------------------------------------------- clients that do not go on


async def _open(proxy: Proxy, body: bytes, *, length: int) -> tuple[Any, Any]:
    """A connection on which this much of a request was sent."""
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port, limit=1024)
    head = f"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nx-api-key: {KEY}\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    return reader, writer


async def test_behaviour_26_a_client_that_leaves_while_it_sends_has_its_row() -> None:
    async with Proxy() as proxy:
        _, writer = await _open(proxy, b'{"model"', length=500)
        await asyncio.sleep(0.05)
        writer.close()
        row = await proxy.finished()
        assert (row.outcome, row.status, row.path) == ("cancelled", 499, "/v1/messages")
        assert row.key is not None


async def test_a_body_that_does_not_go_on_is_408() -> None:
    async with Proxy(client_timeout_seconds=0.1) as proxy:
        reader, writer = await _open(proxy, b'{"model"', length=500)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        body = await asyncio.wait_for(reader.readuntil(b"}"), 5)
        writer.close()
        assert head.split(b" ")[1] == b"408"
        assert b"timeout_error" in body
        assert (await proxy.finished()).outcome == "refused"


async def test_a_client_that_reads_nothing_holds_its_upstream_no_longer_than_it_may() -> None:
    body = json.dumps(anthropic_request(stream=True)).encode()
    chunk = openai_chunk({"content": "x" * 100_000})
    async with Proxy(client_timeout_seconds=0.2) as proxy:
        proxy.upstreams[0].script(sse_answer(*[chunk] * 400, HANG))
        _, writer = await _open(proxy, body, length=len(body))
        row = await proxy.finished()
        assert (row.outcome, row.status) == ("cancelled", 200)
        assert "read nothing" in (row.error_message or "")
        await asyncio.wait_for(proxy.upstreams[0].requests[0].left.wait(), 5)
        assert proxy.gateway.in_flight == 0
        writer.close()


# ---------------------------------------------------------------------- connections


async def test_a_request_may_name_the_whole_url() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("Hello"))
        body = json.dumps(anthropic_request()).encode()
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        head = (
            f"POST http://localhost/v1/messages?beta=true HTTP/1.1\r\nHost: localhost\r\nx-api-key: {KEY}\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        assert answer.split(b" ")[1] == b"200"
        assert (await proxy.finished()).path == "/v1/messages"


async def test_a_connection_is_kept_alive_across_streams() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(*[openai_stream("Hello")] * 3)
        made: list[object] = []

        async def count(*arguments: object) -> None:
            made.append(arguments)

        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(count)
        async with aiohttp.ClientSession(trace_configs=[trace]) as session:
            for _ in range(3):
                async with session.post(
                    proxy.url + "/v1/messages",
                    json=anthropic_request(stream=True),
                    headers={"x-api-key": KEY},
                ) as answer:
                    await answer.read()
        assert len(made) == 1
        assert proxy.upstreams[0].connections == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 100 + b"\r\n\r\n",
        b"hello\r\n\r\n",
    ],
    ids=["tls", "zeros", "words"],
)
async def test_behaviour_26_bytes_that_are_no_http_are_answered_in_json(garbage: bytes) -> None:
    async with Proxy() as proxy:
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        writer.write(garbage)
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.split(b" ")[1] == b"400"
        assert json.loads(body)["error"]["type"] == "invalid_request_error"
        row = await proxy.finished()
        assert (row.outcome, row.status, row.method) == ("refused", 400, "")


@pytest.mark.parametrize(
    "request_bytes",
    [
        f"POST /v1/messages HTTP/1.1\nHost: localhost\nx-api-key: {KEY}\n\n".encode(),
        f"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nx-api-key: {KEY}{'x' * 9000}\r\n\r\n".encode(),
        f"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nx-api-key: {KEY}\x01\r\n\r\n".encode(),
    ],
    ids=["bare line feeds", "too long", "control character"],
)
async def test_a_key_in_a_request_that_cannot_be_read_is_never_repeated(
    request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "pxbin_engine")
    async with Proxy() as proxy:
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        writer.write(request_bytes)
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        row = await proxy.finished()
    assert "request.unreadable" in caplog.text
    assert KEY[:20] not in caplog.text + answer.decode() + str(row.error_message)


async def test_headers_that_are_no_text_do_no_harm() -> None:
    async with Proxy() as proxy:
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        writer.write(
            b"POST /v1/messages\xff HTTP/1.1\r\nHost: localhost\r\nUser-Agent: \xff\xfe\r\n"
            b"x-api-key: \xff\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
        )
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        assert answer.split(b" ", 2)[1] in {b"400", b"401"}
        row = await proxy.finished()
        (row.user_agent + row.path).encode()


@pytest.mark.parametrize("upstream", ["openai", "anthropic"])
async def test_a_history_is_condensed_by_whatever_model_there_is(upstream: UpstreamFormat) -> None:
    said = "They want the number; it is 42."
    async with Proxy(upstream) as proxy:
        answer = openai_completion(said) if upstream == "openai" else anthropic_message(said)
        proxy.upstreams[0].script(answer, answer)
        asked = {"model": "alias", "input": "What is the number?", "instructions": "Be brief."}
        seen = await proxy.post("/v1/responses/compact", asked)
        assert (seen.status, seen.json["object"]) == (200, "response.compaction")
        question, summary = seen.json["output"]
        assert question["content"] == [{"type": "input_text", "text": "What is the number?"}]
        assert summary["type"] == "compaction"
        row = await proxy.finished()
        assert (row.path, row.outcome, row.model) == ("/v1/responses/compact", "ok", "alias")

        going_on = {
            "model": "alias",
            "input": [*seen.json["output"], {"role": "user", "content": "And?"}],
        }
        assert (await proxy.post("/v1/responses", going_on)).status == 200
        assert said in proxy.upstreams[0].requests[1].body.decode()
