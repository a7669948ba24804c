"""The gateway's door, without HTTP: events, checks in their order, and exactly one row for each exchange."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from multidict import CIMultiDict

from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus, RequestStarted
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.tasks import spawn
from tests.support.gateway import KEY, Proxy, anthropic_request, key_record, model_record
from tests.support.upstream import openai_stream


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
            "/v1/messages", anthropic_request(stream=True), User_Agent="claude-cli/2.1.330 (x)"
        )
        (event,) = heard
        row = await proxy.finished()
        assert event.id == row.id
        assert (event.model, event.upstream_name, event.stream) == ("alias", "upstream-1", True)
        assert (event.key_name, event.client_name) == ("test key", "Claude Code 2.1.330")


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
