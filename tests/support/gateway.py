"""A gateway behind its real HTTP skin, on loopback, with scripted upstreams: what clients see, and the rows they leave.

::

    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_stream("Hello"))
        answer = await proxy.post("/v1/messages", body)
        assert proxy.rows[0].outcome == "ok"
"""

import asyncio
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

import aiohttp
from aiohttp import web
from msgspec.structs import replace

from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.exchange import Exchange
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.records import (
    KeyRecord,
    LearnedQuirk,
    ModelRecord,
    TargetRecord,
    UpstreamFormat,
    UpstreamKeyRecord,
    UpstreamRecord,
)
from pxbin_engine.server.app import HttpServer
from pxbin_engine.server.auth import Authenticator, KeyTable
from pxbin_engine.server.lockout import Lockout
from tests.support.upstream import FakeUpstream

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = "pxb_" + "a" * 40
MANAGEMENT_KEY = "pxm_" + "b" * 40


def key_record(plaintext: str, **fields: Any) -> KeyRecord:
    """A key's row."""
    return KeyRecord(
        **{
            "id": UUID(bytes=hashlib.md5(plaintext.encode()).digest()),
            "type": "llm" if plaintext.startswith("pxb_") else "management",
            "name": "test key",
            "key_prefix": plaintext[:8],
            "key_hash": hashlib.sha256(plaintext.encode()).hexdigest(),
            "created_at": NOW,
            "updated_at": NOW,
        }
        | fields
    )


def upstream_record(number: int, base_url: str, format: UpstreamFormat) -> UpstreamRecord:  # noqa: A002
    """An upstream's row; ``number`` gives its id and its name."""
    return UpstreamRecord(
        id=UUID(int=number),
        name=f"upstream-{number}",
        base_url=base_url,
        format=format,
        created_at=NOW,
        updated_at=NOW,
    )


def with_keys(upstream: UpstreamRecord, *labels: str) -> UpstreamRecord:
    """The upstream with a key for each label, in their order; the first has the upstream's own id."""
    keys = tuple(
        UpstreamKeyRecord(
            id=UUID(int=upstream.id.int + 100 * position),
            label=label,
            secret_place="keyring",
            position=position,
            created_at=NOW,
            updated_at=NOW,
        )
        for position, label in enumerate(labels or ("",))
    )
    return replace(upstream, secret_place="keyring", keys=keys)


def model_record(
    name: str, upstreams: Sequence[UpstreamRecord], upstream_model: str
) -> ModelRecord:
    """A model's row, served by all of ``upstreams`` in their order."""
    targets = tuple(
        TargetRecord(upstream_id=upstream.id, upstream_model=upstream_model, priority=position)
        for position, upstream in enumerate(upstreams)
    )
    return ModelRecord(
        id=UUID(int=1000), name=name, targets=targets, created_at=NOW, updated_at=NOW
    )


@dataclass
class Seen:
    """An answer as the client saw it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def events(self) -> list[tuple[str, Any]]:
        """The body as server-sent events: (name, data)."""
        return parse_events(self.body)

    @property
    def text(self) -> str:
        """All the text of a streamed message (Anthropic's) or completion (OpenAI's)."""
        parts = []
        for _, data in self.events:
            if isinstance(data, dict):
                parts.append(data.get("delta", {}).get("text", ""))
                parts.extend(c["delta"].get("content") or "" for c in data.get("choices", ()))
        return "".join(parts)


def parse_events(body: bytes) -> list[tuple[str, Any]]:
    """Server-sent events as (name, data), the data decoded where it is JSON."""
    events = []
    for block in body.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields:
            data = fields["data"]
            events.append((fields.get("event", ""), data if data == "[DONE]" else json.loads(data)))
    return events


class Proxy:
    """See the module; an async context manager.

    Args:
        formats: one fake upstream each, tried in this order for the model ``alias``.
        preset: of them all.
        settings: of the engine; the pauses are short unless told otherwise.
    """

    def __init__(
        self,
        *formats: UpstreamFormat,
        admin_app: Callable[..., web.Application] | None = None,
        grace_seconds: float = 0.2,
        preset: str | None = None,
        **settings: Any,
    ) -> None:
        self.config = EngineConfig(
            **{"listen_addr": "127.0.0.1:0", "retry_base_delay_ms": 1, "retry_max_attempts": 1}
            | settings
        )
        self.upstreams = [FakeUpstream() for _ in formats or ("openai",)]
        self.rows: list[Exchange] = []
        self.learned: list[LearnedQuirk] = []
        self.events = EventBus()
        self.database_available = True
        self.upstream_model = "upstream-model"
        self.preset = preset
        self.authenticator = Authenticator(
            KeyTable([key_record(KEY), key_record(MANAGEMENT_KEY)]),
            lockout=Lockout(self.config.bad_key_limit, self.config.bad_key_lockout_seconds),
        )
        self.client = UpstreamClient(connect_timeout=2.0)
        self.gateway = Gateway(
            self.config,
            self.client,
            self.events,
            self.rows.append,
            on_learned=lambda _upstream, quirks: self.learned.extend(quirks),
            jitter=lambda: 0.5,
        )
        self.server = HttpServer(
            self.config,
            self.gateway,
            self.authenticator,
            database_available=lambda: self.database_available,
            admin_app=admin_app,
            grace_seconds=grace_seconds,
        )
        self._formats: tuple[UpstreamFormat, ...] = formats or ("openai",)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for upstream in self.upstreams:
            await self._stack.enter_async_context(upstream)
        await self.client.start()
        self._stack.push_async_callback(self.client.close)
        self.host, self.port = await self.server.start()
        self.url = f"http://{self.host}:{self.port}"
        self._stack.push_async_callback(self.server.stop)
        self.client.own_addresses = frozenset({(self.host, self.port)})
        self.http = await self._stack.enter_async_context(aiohttp.ClientSession())
        self.route(*(upstream.url for upstream in self.upstreams))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def route(self, *urls: str, secrets: Mapping[UUID, Any] | None = None) -> None:
        """Let ``alias`` be served at these addresses, as ``upstream-model``; ``secrets`` by the upstreams' ids."""
        records = [
            with_keys(replace(upstream_record(number, url, spoken), preset=self.preset))
            for number, (url, spoken) in enumerate(zip(urls, self._formats, strict=True), start=1)
        ]
        known = {record.id: f"sk-upstream-{record.id.int}" for record in records} | (secrets or {})
        self.serve(records, known)

    def serve(self, upstreams: Sequence[UpstreamRecord], secrets: Mapping[UUID, Any]) -> None:
        """Let ``alias`` be served by these upstreams, as ``upstream-model``; ``secrets`` by the keys' ids."""
        models = [model_record("alias", upstreams, self.upstream_model)]
        self.gateway.replace_routing(
            RoutingTable.build(models, upstreams, secrets), [record.id for record in upstreams]
        )

    async def post(self, path: str, body: object, *, key: str | None = KEY, **headers: str) -> Seen:
        """Post JSON (or bytes as they are) and read the whole answer; underscores in headers stand for hyphens."""
        return await self.ask("POST", path, body=body, key=key, **headers)

    async def ask(
        self, method: str, path: str, *, body: object = None, key: str | None = KEY, **headers: str
    ) -> Seen:
        """Any request."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["x-api-key"] = key
        async with self.http.request(
            method,
            self.url + path,
            data=None if body is None else io.BytesIO(data),
            headers=sent,
            allow_redirects=False,
        ) as answer:
            return Seen(answer.status, answer.headers, await answer.read())

    async def finished(self, count: int = 1) -> Exchange:
        """Wait until so many rows are there; the last of them."""
        async with asyncio.timeout(5):
            while len(self.rows) < count:
                await asyncio.sleep(0.005)
        assert len(self.rows) == count
        return self.rows[-1]


def anthropic_request(text: str = "Hello", **fields: Any) -> dict[str, Any]:
    """A small request in Anthropic's dialect."""
    return {
        "model": "alias",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": text}],
    } | fields


def openai_request(text: str = "Hello", **fields: Any) -> dict[str, Any]:
    """A small request in OpenAI's dialect."""
    return {"model": "alias", "messages": [{"role": "user", "content": text}]} | fields
