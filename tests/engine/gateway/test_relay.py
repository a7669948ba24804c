"""The gateway's door, without HTTP: events, checks in their order, and exactly one row for each exchange."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace
from multidict import CIMultiDict

from pxbin_engine.accounting.ledger import record_of
from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus, RequestStarted
from pxbin_engine.gateway.affinity import ranked
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import AliasRecord, TargetRecord
from pxbin_engine.server.auth import KeyTable
from pxbin_engine.tasks import spawn
from tests.support.gateway import (
    KEY,
    NOW,
    Proxy,
    anthropic_request,
    key_record,
    model_record,
    openai_request,
    upstream_record,
)
from tests.support.upstream import (
    anthropic_error,
    anthropic_message,
    anthropic_stream,
    openai_stream,
)


class Recorder:
    """A responder that keeps what it was given; ``gone``: the client has left."""

    def __init__(self, *, gone: bool = False) -> None:
        self.status = 0
        self.body = b""
        self._gone = gone

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        self.status = status

    async def write(self, data: bytes) -> None:
        self.body += data

    async def end(self) -> None:
        pass

    async def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        if self._gone:
            raise ConnectionResetError
        self.status, self.body = status, body


def inbound(body: object, **fields: Any) -> Inbound:
    return Inbound(
        **{
            "method": "POST",
            "path": "/v1/messages",
            "headers": CIMultiDict(),
            "body": body if isinstance(body, bytes) else msgspec.json.encode(body),
            "format": "anthropic",
            "key": key_record(KEY),
            "timestamp": datetime.now(UTC),
            "arrived": 0.0,
            "received": 0.0,
        }
        | fields
    )


def gateway(**settings: Any) -> tuple[Gateway, list[Exchange]]:
    rows: list[Exchange] = []
    client = UpstreamClient(connect_timeout=1.0)
    made = Gateway(EngineConfig(**settings), client, EventBus(), rows.append, clock=lambda: 1.0)
    return made, rows


async def test_the_checks_come_in_their_order() -> None:
    door, rows = gateway(rate_limit_rps=0.001, rate_limit_burst=1)
    door.paused = True
    for body in (b"not json", b"not json", {"model": "none"}, {"model": "none"}):
        await door.handle(inbound(body), Recorder())
        door.paused = False
    assert [row.status for row in rows] == [503, 400, 404, 429]
    assert all(row.outcome == "refused" and row.finished is not None for row in rows)


async def test_a_model_without_an_active_upstream_is_a_404_that_says_so() -> None:
    door, rows = gateway()
    door.replace_routing(RoutingTable.build([model_record("m", [], "x")], [], {}), [])
    responder = Recorder()
    await door.handle(inbound({"model": "m"}), responder)
    assert (responder.status, rows[0].status) == (404, 404)
    assert b"switched on" in responder.body


async def test_a_refusal_nobody_waits_for_is_still_one_row() -> None:
    door, rows = gateway()
    await door.refuse(inbound(b""), ApiError("not_found", 404, "no"), Recorder(gone=True))
    assert [(row.outcome, row.status) for row in rows] == [("refused", 404)]
    assert door.in_flight == 0


async def test_long_lists_of_models_are_cut() -> None:
    door, rows = gateway()
    models = [model_record(f"m{n:03}", [], "x") for n in range(60)]
    door.replace_routing(RoutingTable.build(models, [], {}), [])
    await door.handle(inbound({"model": "none"}), Recorder())
    message = rows[0].error_message or ""
    assert "m049 and 10 more" in message
    assert "m050" not in message


async def test_names_that_no_database_can_keep_are_cleaned() -> None:
    door, rows = gateway()
    await door.handle(inbound(b'{"model": "a\\u0000b"}'), Recorder())
    assert rows[0].model == "a\ufffdb"


@pytest.mark.expects_error_log("exchange.failed")
async def test_a_fault_of_our_own_is_one_row_too() -> None:
    door, rows = gateway()
    door.routing = None  # type: ignore[assignment]  # the fault
    responder = Recorder()
    await door.handle(inbound({"model": "m"}), responder)
    assert (responder.status, rows[0].error_type) == (500, "internal_error")


async def test_everyone_hears_that_a_request_was_routed() -> None:
    async with Proxy() as proxy:
        heard: list[RequestStarted] = []
        proxy.events.subscribe(RequestStarted, heard.append)
        proxy.upstreams[0].script(openai_stream("Hello"))
        await proxy.post(
            "/v1/messages",
            anthropic_request(stream=True),
            User_Agent="claude-cli/2.1.330 (x)",
            X_Claude_Code_Session_Id="s1",
            X_Claude_Code_Agent_Id="a1",
        )
        (event,) = heard
        row = await proxy.finished()
        assert event.id == row.id
        assert (event.model, event.upstream_name, event.stream) == ("alias", "upstream-1", True)
        assert (event.key_name, event.client_name) == ("test key", "Claude Code 2.1.330")
        assert (event.session_id, event.agent_id) == ("s1", "a1")


@pytest.mark.parametrize(("recorded", "expected"), [(True, "/work"), (False, "")])
async def test_the_project_directory_is_kept_unless_that_is_switched_off(
    recorded: bool, expected: str
) -> None:
    async with Proxy(record_project_directory=recorded) as proxy:
        proxy.upstreams[0].always = openai_stream("Hello")
        told = anthropic_request(" - Primary working directory: /work\n - more", stream=True)
        agent = {"User_Agent": "claude-cli/2.1.330", "X_Claude_Code_Session_Id": "s1"}
        await proxy.post("/v1/messages", told, **agent)
        await proxy.post("/v1/messages", anthropic_request("and on", stream=True), **agent)
        await proxy.post("/v1/messages", told)
        await proxy.finished(3)
        directories = [record_of(row).project for row in proxy.rows]
        assert directories == [expected, expected, ""]  # the last one's client is not known to tell


async def test_drain_waits_then_cancels_and_says_why() -> None:
    door, rows = gateway()

    async def respond(seconds: float) -> None:
        async with door._serving(inbound(b""), Recorder()) as (exchange, _):
            await asyncio.sleep(seconds)
            exchange.complete(200)

    tasks = [spawn(respond(seconds), name="test") for seconds in (0.02, 30.0)]
    await asyncio.sleep(0)
    assert door.in_flight == 2
    await door.drain(0.1)
    assert all(task.done() for task in tasks)
    assert [row.outcome for row in rows] == ["ok", "cancelled"]
    assert rows[1].error_message == "pxbin was stopped before the answer was complete."
    await door.drain(0.1)


def shared_table(proxy: Proxy, *aliases: AliasRecord, weights: tuple[int, ...] = (1, 1)) -> None:
    """Let ``alias`` be shared by the proxy's upstreams, by ``weights``; ``aliases`` mean it too."""
    upstreams = [
        upstream_record(number, upstream.url, "anthropic")
        for number, upstream in enumerate(proxy.upstreams, start=1)
    ]
    targets = tuple(
        TargetRecord(upstream_id=upstream.id, upstream_model="there", weight=weight)
        for upstream, weight in zip(upstreams, weights, strict=True)
    )
    model = replace(model_record("alias", [], "there"), targets=targets)
    table = RoutingTable.build([model], upstreams, {}, aliases)
    proxy.gateway.replace_routing(table, [upstream.id for upstream in upstreams])


CLAUDES_OPUS = AliasRecord(
    id=UUID(int=5),
    pattern="*opus*",
    model="alias",
    client="Claude Code",
    created_at=NOW,
    updated_at=NOW,
)


async def test_an_alias_and_a_session_decide_where_a_request_goes_and_the_row_says_so() -> None:
    async with Proxy("anthropic", "anthropic") as proxy:
        shared_table(proxy, CLAUDES_OPUS)
        for upstream in proxy.upstreams:
            upstream.script(*[anthropic_stream("Hello")] * 12)
        said = {"User_Agent": "claude-cli/2.1.330 (external, cli)"}
        for number in range(12):
            session = {"X_Claude_Code_Session_Id": f"session-{number // 3}"}
            body = anthropic_request(model="claude-opus-5", stream=True)
            assert (await proxy.post("/v1/messages", body, **said, **session)).status == 200
        await proxy.finished(12)
        went = [row.upstream.name if row.upstream else "" for row in proxy.rows]
        assert all(len(set(went[start : start + 3])) == 1 for start in range(0, 12, 3))
        assert len(set(went)) == 2
        record = record_of(proxy.rows[0])
        assert (record.model, record.asked_model) == ("alias", "claude-opus-5")
        assert record.route_reason == (
            "the alias *opus* of Claude Code; session affinity, 2 targets of priority 0"
        )


async def test_a_session_whose_target_fails_is_answered_by_another_and_comes_back() -> None:
    async with Proxy("anthropic", "anthropic") as proxy:
        shared_table(proxy)
        session, body = {"X_Session_Id": "s"}, anthropic_request()
        route = proxy.gateway.routing.resolve("alias")
        assert route is not None
        home, other = [
            proxy.upstreams[target.upstream.id.int - 1] for target in ranked(route.targets, "s")
        ]
        home.script(anthropic_error(500, "api_error", "broken"), anthropic_message("home"))
        other.script(anthropic_message("other"))
        texts = []
        for _ in range(2):
            seen = await proxy.post("/v1/messages", body, **session)
            texts.append(seen.json["content"][0]["text"])
        assert texts == ["other", "home"]
        await proxy.finished(2)
        assert len(proxy.rows[0].attempts) == 2


@pytest.mark.parametrize(
    ("path", "body", "shape"),
    [
        ("/v1/messages", anthropic_request(model="alias"), ("error", "type", "permission_error")),
        ("/v1/chat/completions", openai_request(model="alias"), ("error", "param", "model")),
        ("/v1/responses", {"model": "alias", "input": "Hi"}, ("error", "param", "model")),
        (
            "/v1beta/models/alias:generateContent",
            {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]},
            ("error", "status", "PERMISSION_DENIED"),
        ),
    ],
)
async def test_a_model_that_the_key_may_not_use_is_a_403_in_the_clients_dialect(
    path: str, body: Any, shape: tuple[str, str, str]
) -> None:
    async with Proxy("openai") as proxy:
        proxy.authenticator.keys = KeyTable([key_record(KEY, allowed_models=("other", "gpt-*"))])
        seen = await proxy.post(path, body)
        assert seen.status == 403
        outer, field, value = shape
        assert seen.json[outer][field] == value
        assert "it may use: other, gpt-*" in seen.json[outer]["message"]
        row = await proxy.finished()
        assert (row.outcome, row.model, row.attempts) == ("refused", "alias", [])
        assert not proxy.upstreams[0].requests


@pytest.mark.parametrize(
    ("path", "headers", "names"),
    [
        (
            "/v1/models",
            {"anthropic_version": "2023-06-01"},
            ["alias", "claude-alias", "fast", "claude-fast"],
        ),
        ("/v1/models", {"X_Api_Key": "", "Authorization": f"Bearer {KEY}"}, ["alias", "fast"]),
        ("/v1beta/models", {}, ["models/alias", "models/fast"]),
    ],
)
async def test_lists_hold_what_the_key_may_use_and_its_aliases(
    path: str, headers: dict[str, str], names: list[str]
) -> None:
    async with Proxy("openai") as proxy:
        fast = replace(CLAUDES_OPUS, pattern="fast", client="")
        own = replace(fast, pattern="own", key_id=UUID(int=9))
        models = [model_record(name, [], "x") for name in ("alias", "hidden")]
        proxy.gateway.replace_routing(RoutingTable.build(models, [], {}, [fast, own]), [])
        proxy.authenticator.keys = KeyTable([key_record(KEY, allowed_models=("alias",))])
        key = None if "Authorization" in headers else KEY
        said = {name: value for name, value in headers.items() if value}
        seen = await proxy.ask("GET", path, key=key, **said)
        items = seen.json.get("data") or seen.json.get("models")
        assert sorted(item.get("id") or item["name"] for item in items) == sorted(names)
