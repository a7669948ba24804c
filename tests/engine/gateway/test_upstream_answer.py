"""What comes back: every foreign exception has its meaning, nothing is read without end, no key is repeated."""

import asyncio
import inspect
import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp import client_exceptions

from pxbin_engine import errors
from pxbin_engine.errors import UpstreamError
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.gateway.upstream_answer import ERRORS, LARGEST_ERROR, translated
from tests.support.upstream import HANG, Answer, FakeUpstream, json_answer


def _foreign() -> list[type[Exception]]:
    found = [
        kind
        for _, kind in inspect.getmembers(client_exceptions, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == client_exceptions.__name__
    ]
    # Only our own WebSocket code could see these, and there is none.
    return [kind for kind in found if issubclass(kind, aiohttp.ClientError)]


@pytest.mark.parametrize("kind", _foreign(), ids=lambda kind: kind.__name__)
def test_every_exception_of_the_library_has_a_meaning(kind: type[Exception]) -> None:
    nearest = next(ancestor for ancestor in kind.__mro__ if ancestor in ERRORS)
    assert kind is aiohttp.ClientError or nearest is not aiohttp.ClientError


def test_every_upstream_error_is_meant_by_something() -> None:
    kinds = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, UpstreamError)
    }
    assert kinds == set(ERRORS.values())


def test_certificates_are_checked_by_the_systems_store() -> None:
    assert ERRORS[ssl.SSLError] is errors.UpstreamUnreachable


async def _answer(client: UpstreamClient, upstream: FakeUpstream, **more: Any) -> bytes:
    answer = await client.send(
        **{"base_url": upstream.url, "format": "openai", "api_key": "k", "path": "/v1/x"} | more
    )
    try:
        return await answer.read_all()
    finally:
        answer.close()


async def test_an_error_is_cut_and_its_connection_closed() -> None:
    async with FakeUpstream() as upstream, _client() as client:
        upstream.script(Answer(500, {}, [b"x" * LARGEST_ERROR, b"y", HANG]))
        async with asyncio.timeout(5):
            assert await _answer(client, upstream) == b"x" * LARGEST_ERROR
            await upstream.requests[0].left.wait()


async def test_an_answer_that_is_too_large_to_hold_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pxbin_engine.gateway.upstream_answer.LARGEST_ANSWER", 2 << 20)
    async with FakeUpstream() as upstream, _client() as client:
        upstream.script(Answer(200, {}, [b"x" * (1 << 20)] * 3 + [HANG]))
        with pytest.raises(UpstreamError, match="more than 2 MB"):
            await _answer(client, upstream)


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("sk-a-real-secret", b'{"error": {"message": "no such key: (the key)"}}'),
        ("ollama", b'{"error": {"message": "no such key: ollama"}}'),
    ],
)
async def test_a_key_that_an_error_repeats_is_taken_out(key: str, told: bytes) -> None:
    async with FakeUpstream() as upstream, _client() as client:
        upstream.script(json_answer({"error": {"message": f"no such key: {key}"}}, status=401))
        assert await _answer(client, upstream, api_key=key) == told


def _client() -> "_Started":
    return _Started()


class _Started:
    async def __aenter__(self) -> UpstreamClient:
        self._client = UpstreamClient(connect_timeout=2.0)
        await self._client.start()
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()


def test_an_answer_that_broke_off_is_told_in_plain_words() -> None:
    inside = aiohttp.ClientPayloadError(
        "Response payload is not completed: <TransferEncodingError: 400 ...>"
    )
    assert translated(inside, "api.test").message == (
        "api.test broke the connection in the middle of its answer"
    )
