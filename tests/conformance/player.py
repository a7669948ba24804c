"""Plays cases through a proxy: sends what a client would send, and reads what came at both ends."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp

from tests.conformance.case import FORMATS, Asked, Case, Client, Seen
from tests.conformance.cases import CASES
from tests.conformance.clients.anthropic_messages import AnthropicClient
from tests.conformance.clients.gemini_generate import GeminiClient
from tests.conformance.clients.openai_chat import ChatClient
from tests.conformance.clients.openai_responses import ResponsesClient
from tests.conformance.compare import compare_asked, compare_error, compare_seen
from tests.conformance.script import COUNT, UPSTREAMS, format_of, play
from tests.support.upstream import FakeUpstream

CLIENTS: dict[str, Client] = {
    client.format: client
    for client in (AnthropicClient(), ChatClient(), ResponsesClient(), GeminiClient())
}


@dataclass(frozen=True)
class Exchange:
    """One case between one client and one upstream, streamed or not."""

    case: Case
    client: str
    upstream: str
    stream: bool

    @property
    def name(self) -> str:
        """For people and for tests."""
        way = "streamed" if self.stream else "whole"
        return f"{self.client} to {self.upstream}, {way}: {self.case.name}"


@dataclass
class Verdict:
    """What came of an exchange; without differences it is as it should be."""

    exchange: Exchange
    differences: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Subject:
    """The proxy: where it is, a key for it, and its names of models (``{upstream}`` and ``{case}`` are put in)."""

    url: str
    key: str
    model_template: str = "{upstream}--{case}"

    def model(self, exchange: Exchange) -> str:
        """What the client calls the model."""
        return self.model_template.format(upstream=exchange.upstream, case=exchange.case.model)


def exchanges(
    clients: tuple[str, ...] = FORMATS,
    upstreams: tuple[str, ...] = FORMATS,
    cases: tuple[Case, ...] = CASES,
) -> Iterator[Exchange]:
    """Every exchange of these."""
    for client in clients:
        for upstream in upstreams:
            for case in cases:
                if client in case.clients and upstream in case.upstreams:
                    for stream in case.ways:
                        yield Exchange(case, client, upstream, stream)


def as_read(answer: bytes) -> bytes:
    """What is left for a validator to judge once a reader of server-sent events took off what the standard allows."""
    blocks = answer.replace(b"\r\n", b"\n").split(b"\n\n")
    return b"\n\n".join(block for block in blocks if not block.startswith(b":"))


class Player:
    """Plays exchanges one after another; ``upstream`` must be what the proxy asks."""

    def __init__(
        self, subject: Subject, upstream: FakeUpstream, session: aiohttp.ClientSession
    ) -> None:
        self._subject = subject
        self._upstream = upstream
        self._session = session
        upstream.aside = play

    async def play(self, exchange: Exchange) -> Verdict:
        """Send, and compare."""
        verdict = Verdict(exchange)
        self._upstream.requests.clear()
        try:
            await self._play(exchange, verdict)
        except (aiohttp.ClientError, TimeoutError) as error:
            verdict.differences.append(f"the client got no answer: {error!r}")
        return verdict

    async def _play(self, exchange: Exchange, verdict: Verdict) -> None:
        client, case = CLIENTS[exchange.client], exchange.case
        if case.kind == "models":
            await self._list_models(client, exchange, verdict)
        elif case.kind == "count":
            await self._count(client, exchange, verdict)
        else:
            await self._answer(client, exchange, verdict)

    async def _answer(self, client: Client, exchange: Exchange, verdict: Verdict) -> None:
        case, stream = exchange.case, exchange.stream
        model = self._subject.model(exchange)
        path = client.path(model, stream=stream)
        body = client.body(case.asks, model, stream=stream)
        status, headers, answer = await self._send(client, path, body)
        is_verbatim = exchange.client == exchange.upstream
        try:
            seen = client.read(answer, stream=stream) if status == 200 else Seen()
            error = seen.error or (
                client.read_error(status, headers, answer) if status != 200 else None
            )
            if case.error is not None:
                verdict.differences += compare_error(case, client, seen, error)
                return
            if status == 200:
                kind = "text/event-stream" if stream else "application/json"
                if kind not in headers.get("content-type", ""):
                    verdict.differences.append(f"the answer is {headers.get('content-type')}")
                if not (case.deviant and is_verbatim):
                    client.validate(as_read(answer), stream=stream)
            seen.error = error
            verdict.differences += compare_seen(case, client, exchange.upstream, seen)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            verdict.differences.append(
                f"a client stumbles over the answer ({status}): {error!r}\n{answer[:2000]!r}"
            )
        self._compare_asked(exchange, verdict)

    def _compare_asked(self, exchange: Exchange, verdict: Verdict) -> None:
        requests = self._upstream.requests
        if not requests:
            verdict.differences.append("the upstream was not asked")
            return
        received = requests[-1]
        if format_of(received.path) != exchange.upstream:
            verdict.differences.append(f"the upstream was asked at {received.path}")
            return
        try:
            asked: Asked = UPSTREAMS[exchange.upstream].read(received.path, received.json)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            verdict.differences.append(
                f"the upstream would refuse the request: {error!r}\n{received.body!r}"
            )
            return
        verdict.differences += compare_asked(exchange.case, asked, stream=exchange.stream)
        verdict.differences += [
            f"the upstream was not told {text!r}"
            for text in exchange.case.holds
            if text.encode() not in received.body
        ]

    async def _count(self, client: Client, exchange: Exchange, verdict: Verdict) -> None:
        assert client.count_path is not None
        model = self._subject.model(exchange)
        body = json.loads(client.body("hello", model, stream=False))
        for field_ in ("max_tokens", "max_output_tokens", "store", "generationConfig"):
            body.pop(field_, None)
        path = client.count_path.format(model=model)
        status, _, answer = await self._send(client, path, json.dumps(body).encode())
        counted = client.count(answer) if status == 200 else 0
        known = (
            exchange.upstream != "openai"
        )  # Chat Completions have no count: there the proxy estimates
        if counted != COUNT if known else not 1 <= counted <= 100:
            verdict.differences.append(f"the count is {counted} ({status}): {answer[:500]!r}")

    async def _list_models(self, client: Client, exchange: Exchange, verdict: Verdict) -> None:
        version = "v1beta" if exchange.client == "gemini" else "v1"
        status, _, answer = await self._send(client, f"/{version}/models", None)
        told = json.loads(answer) if status == 200 else {}
        listed = {m["name"].removeprefix("models/") for m in told.get("models", ()) if "name" in m}
        listed |= {m["id"] for m in told.get("data", ())}
        if (name := self._subject.model(exchange)) not in listed:
            verdict.differences.append(f"{name} is not among the models ({status})")

    async def _send(
        self, client: Client, path: str, body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        headers = {"content-type": "application/json", **client.headers(self._subject.key)}
        url = self._subject.url + path
        method = "GET" if body is None else "POST"
        timeout = aiohttp.ClientTimeout(total=30)
        async with self._session.request(
            method, url, data=body, headers=headers, timeout=timeout
        ) as answer:
            lowered = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, lowered, await answer.read()
