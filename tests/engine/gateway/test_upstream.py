"""HTTP out: headers go where they belong, connections are reused."""

import asyncio
import socket
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pxbin_engine import errors
from pxbin_engine.errors import UpstreamError
from pxbin_engine.gateway.upstream import (
    LARGE_BODY,
    UpstreamClient,
    request_headers,
)
from pxbin_engine.search.provider import HttpQuestion
from tests.support.upstream import CUT, HANG, Answer, FakeUpstream, json_answer, raw_answer


async def _answer(client: UpstreamClient, upstream: FakeUpstream, **more: Any) -> bytes:
    answer = await client.send(
        **{"base_url": upstream.url, "format": "openai", "api_key": "k", "path": "/v1/x"} | more
    )
    try:
        return await answer.read_all()
    finally:
        answer.close()


async def test_a_connection_is_reused_and_nothing_is_remembered() -> None:
    async with FakeUpstream() as upstream, _client() as client:
        upstream.script(*[json_answer({}, Set_Cookie="a=b")] * 3)
        for _ in range(3):
            await _answer(client, upstream, body=b"{}")
        assert all("cookie" not in request.headers for request in upstream.requests)
        assert upstream.connections == 1


async def test_a_large_body_arrives_whole() -> None:
    body = b"x" * (LARGE_BODY * 3 + 1)
    async with FakeUpstream() as upstream, _client() as client:
        upstream.script(json_answer({}))
        await _answer(client, upstream, body=body)
        assert upstream.requests[0].body == body


async def test_a_redirect_is_not_followed() -> None:
    async with FakeUpstream() as upstream, _client() as client:
        upstream.script(Answer(307, {"location": upstream.url + "/elsewhere"}))
        answer = await client.send(
            base_url=upstream.url, format="openai", api_key="k", path="/v1/x", body=b"{}"
        )
        answer.close()
        assert answer.status == 307
        assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(before=[CUT]), errors.UpstreamDisconnected),
        (Answer(steps=[b"half", CUT]), errors.UpstreamDisconnected),
    ],
)
async def test_a_broken_connection_is_disconnected(answer: Answer, kind: type[Exception]) -> None:
    async with FakeUpstream() as upstream, _client() as client:
        upstream.script(answer)
        with pytest.raises(kind, match=r"127\.0\.0\.1"):
            await _answer(client, upstream, body=b"{}")


async def test_nobody_there_is_unreachable() -> None:
    async with _client() as client:
        with pytest.raises(errors.UpstreamUnreachable):
            await client.send(
                base_url="http://127.0.0.1:1", format="openai", api_key=None, path="/v1/x"
            )


async def test_what_does_not_speak_http_is_an_upstream_error() -> None:
    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, _client() as client:
        with pytest.raises(UpstreamError):
            await client.send(
                base_url=f"http://127.0.0.1:{port}", format="openai", api_key=None, path="/v1/x"
            )


async def test_behaviour_22_our_own_address_is_never_sent_to() -> None:
    async with FakeUpstream() as upstream, _client() as client:
        client.own_addresses = frozenset({("127.0.0.1", upstream.port)})
        with pytest.raises(errors.UpstreamMisconfigured, match="own address"):
            await _answer(client, upstream)
        assert "own address" in client.objection(f"http://localhost:{upstream.port}/v1")
        assert not upstream.requests


async def test_a_name_that_was_rebound_to_pxbin_is_never_sent_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rebound = [("127.0.0.1", 0)]

    async def resolve(_self: object, host: str, port: int = 0, family: Any = None) -> Any:
        address = rebound[0][0]
        return [
            {"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        ]  # fmt: skip

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    async with FakeUpstream() as upstream, _client() as client:
        asked: dict[str, Any] = {"format": "openai", "api_key": "k", "path": "/v1/models"}
        base_url = f"http://evil.test:{upstream.port}"
        upstream.script(json_answer({"data": []}))
        (await client.send(base_url=base_url, **asked)).close()
        await client.close()
        await client.start()
        client.own_addresses = frozenset({("127.0.0.1", upstream.port)})
        with pytest.raises(
            errors.UpstreamMisconfigured, match=r"leads to 127\.0\.0\.1.*own address"
        ):
            await client.send(base_url=base_url, **asked)
        rebound[0] = ("169.254.169.254", 0)
        with pytest.raises(errors.UpstreamMisconfigured, match=r"169\.254\.169\.254.*link-local"):
            await client.send(base_url="http://other.test", **asked)
        assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:a9fe:a9fe]", "0xa9fea9fe", "2852039166"]
)
async def test_a_link_local_address_is_sent_to_only_where_that_is_allowed(host: str) -> None:
    url = f"http://{host}/v1"
    async with _client() as client:
        assert "allow_link_local" in client.objection(url)
        with pytest.raises(errors.UpstreamMisconfigured, match="link-local"):
            await client.send(base_url=url, format="openai", api_key="k", path="/v1/models")
    allowing = UpstreamClient(connect_timeout=1.0, allow_link_local=True)
    assert allowing.objection(url) == ""


async def test_get_json_decodes_or_says_what_is_wrong() -> None:
    cases: list[tuple[Answer, type[Exception], str]] = [
        (raw_answer(b"<html>"), UpstreamError, "did not answer with JSON"),
        (json_answer({"error": "no"}, status=401), errors.UpstreamMisconfigured, "refused the key"),
        (json_answer({"error": "no"}, status=500), UpstreamError, "answered 500"),
        (Answer(before=[HANG]), errors.UpstreamTimeout, "within"),
    ]
    async with FakeUpstream() as upstream, _client() as client:
        asked: dict[str, Any] = {"base_url": upstream.url, "format": "openai", "api_key": "k"}
        upstream.script(json_answer({"data": []}))
        assert await client.get_json(**asked, path="/v1/models", query="limit=5") == {"data": []}
        assert (upstream.requests[0].method, upstream.requests[0].query) == ("GET", "limit=5")
        for answer, kind, text in cases:
            upstream.script(answer)
            with pytest.raises(kind, match=text):
                await client.get_json(**asked, path="/v1/models", timeout=0.2)


async def test_somebody_who_is_no_upstream_is_asked_over_the_same_pool() -> None:
    async with FakeUpstream() as searxng, _client() as client:
        searxng.script(json_answer({"a": 1}), Answer(307, {"location": "/elsewhere"}))
        question = HttpQuestion(
            f"{searxng.url}/search?lang=de", {"q": "llm & proxy"}, {"x-key": "k"}
        )
        assert await client.fetch(question) == (200, b'{"a": 1}')
        assert (await client.fetch(question))[0] == 307
        asked = searxng.requests[0]
        assert (asked.method, asked.query) == ("GET", "lang=de&q=llm+%26+proxy")
        assert asked.headers["x-key"] == "k"
        assert "content-type" not in asked.headers
        assert searxng.connections == 1


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:1/search", errors.UpstreamUnreachable),
        ("http://[", errors.UpstreamMisconfigured),
        ("http://127.0.0.1:9/own", errors.UpstreamMisconfigured),
    ],
)
async def test_somebody_who_cannot_be_asked(url: str, kind: type[UpstreamError]) -> None:
    async with _client() as client:
        client.own_addresses = frozenset({("127.0.0.1", 9)})
        with pytest.raises(kind):
            await client.fetch(HttpQuestion(url, {"q": "x"}, {}))


async def test_an_answer_that_goes_on_after_its_end_is_drained_for_reuse() -> None:
    async with FakeUpstream() as upstream, _client() as client:
        upstream.script(Answer(steps=[b"all", 0.05, b"rest"]), json_answer({}))
        answer = await client.send(
            base_url=upstream.url, format="openai", api_key="k", path="/v1/x", body=b"{}"
        )
        await answer.read()
        answer.drain()
        answer.close()
        await asyncio.sleep(0.2)
        await _answer(client, upstream, body=b"{}")
        assert upstream.connections == 1


CLIENT_HEADERS = {
    "Authorization": "Bearer pxb_client",
    "X-Api-Key": "pxb_client",
    "Cookie": "session=1",
    "Host": "127.0.0.1:8080",
    "Content-Length": "3",
    "Accept-Encoding": "gzip, br",
    "User-Agent": "claude-cli/2.1.330",
    "X-App": "cli",
    "X-Stainless-OS": "Linux",
    "Anthropic-Version": "2099-01-01",
    "Anthropic-Beta": "a,b",
    "Anthropic-Anything-New": "kept",
    "X-Claude-Code-Session-Id": "s",
}


def test_an_anthropic_upstream_gets_every_anthropic_header_and_its_own_key() -> None:
    assert request_headers("anthropic", "sk-ant", CLIENT_HEADERS, json=True) == {
        "user-agent": "claude-cli/2.1.330",
        "x-app": "cli",
        "anthropic-version": "2099-01-01",
        "anthropic-beta": "a,b",
        "anthropic-anything-new": "kept",
        "x-claude-code-session-id": "s",
        "accept-encoding": "identity",
        "content-type": "application/json",
        "x-api-key": "sk-ant",
    }


def test_an_openai_upstream_gets_a_bearer_and_nothing_of_anthropics() -> None:
    assert request_headers("openai", "sk-oai", CLIENT_HEADERS, json=False) == {
        "user-agent": "claude-cli/2.1.330",
        "x-app": "cli",
        "accept-encoding": "identity",
        "authorization": "Bearer sk-oai",
    }


def test_a_client_without_a_version_gets_the_documented_one_and_no_key_is_made_up() -> None:
    headers = request_headers("anthropic", None, {}, json=False)
    assert headers == {"accept-encoding": "identity", "anthropic-version": "2023-06-01"}


def _client() -> "_Started":
    return _Started()


class _Started:
    async def __aenter__(self) -> UpstreamClient:
        self._client = UpstreamClient(connect_timeout=2.0)
        await self._client.start()
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()


@pytest.mark.parametrize(
    ("spoken", "auth_header", "expected"),
    [
        ("openai", "api-key", {"api-key": "sk-1"}),
        ("openai", None, {"authorization": "Bearer sk-1"}),
        (
            "anthropic",
            "authorization",
            {"anthropic-version": "2023-06-01", "authorization": "Bearer sk-1"},
        ),
        ("anthropic", None, {"anthropic-version": "2023-06-01", "x-api-key": "sk-1"}),
    ],
)
def test_the_key_stands_in_the_header_that_the_upstream_reads(
    spoken: Any, auth_header: str | None, expected: dict[str, str]
) -> None:
    sent = request_headers(spoken, "sk-1", {}, json=False, auth_header=auth_header)
    assert sent == {**expected, "accept-encoding": "identity"}
    without = request_headers(spoken, None, {}, json=False, auth_header=auth_header)
    assert not without.keys() & {"authorization", "x-api-key", "api-key"}


# ---------------------------------------------------------------------- certificates


def _certificate(directory: Path) -> tuple[Path, Path]:
    """Of ``localhost``, signed by itself: the files of the certificate and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, key_pem = directory / "certificate.pem", directory / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem, key_pem


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the store is no file")
async def test_a_certificate_is_checked_by_the_systems_own_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem, key_pem = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key_pem)
    heard: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    asked: dict[str, Any] = {"format": "openai", "api_key": "k", "path": "/v1/models"}
    async with server:
        async with _client() as client:
            with pytest.raises(errors.UpstreamUnreachable, match="certificate"):
                await client.get_json(base_url=f"https://localhost:{port}", **asked)
        assert heard == []
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        async with _client() as client:
            assert await client.get_json(base_url=f"https://localhost:{port}", **asked) == {}
        assert len(heard) == 1
