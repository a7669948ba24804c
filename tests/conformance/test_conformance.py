"""Every case in every pair of dialects, through a pxbin of its own; and that the harness tells good proxies from bad ones."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from tests.conformance.__main__ import play_all
from tests.conformance.case import FORMATS, Case
from tests.conformance.cases import CASES, case_named
from tests.conformance.engine import configured
from tests.conformance.player import Player, Subject, exchanges
from tests.conformance.script import play
from tests.conformance.table import differences, summary, table
from tests.support.engine_process import free_port
from tests.support.upstream import FakeUpstream

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAIRS = [(client, upstream) for client in FORMATS for upstream in FORMATS]
PLAYED = [
    pytest.param(client, upstream, case, id=f"{client}-to-{upstream}-{case.model}")
    for client, upstream in PAIRS
    for case in CASES
    if client in case.clients and upstream in case.upstreams
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def player(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Player]:
    async with (
        FakeUpstream() as upstream,
        configured(tmp_path_factory.mktemp("data"), upstream) as subject,
        aiohttp.ClientSession() as session,
    ):
        yield Player(subject, upstream, session)


@pytest.mark.parametrize(("client", "upstream", "case"), PLAYED)
async def test_pxbin_conforms(player: Player, client: str, upstream: str, case: Case) -> None:
    for exchange in exchanges((client,), (upstream,), (case,)):
        verdict = await player.play(exchange)
        assert not verdict.differences, exchange.name


# ---------------------------------------------------------------------- the harness itself


@asynccontextmanager
async def relay(
    upstream: FakeUpstream,
    *,
    ask: Callable[[bytes], bytes] = bytes,
    tell: Callable[[bytes], bytes] = bytes,
) -> AsyncIterator[Subject]:
    """Another proxy: it hands everything on, changed by ``ask`` on the way there and by ``tell`` on the way back."""

    async def handle(request: web.Request) -> web.Response:
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                request.method,
                upstream.url + request.raw_path,
                data=ask(await request.read()),
                headers={"content-type": "application/json"},
            ) as answer,
        ):
            headers = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() in ("content-type", "retry-after")
            }
            body = tell(await answer.read())
            return web.Response(status=answer.status, headers=headers, body=body)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Subject(f"http://127.0.0.1:{runner.addresses[0][1]}", "any", "{case}")
    finally:
        await runner.cleanup()


SAME = [case_named(name) for name in ("plain text", "tools", "parallel tool calls", "error 429 with retry-after", "unknown model")]  # fmt: skip


@pytest.mark.parametrize("format_", FORMATS)
async def test_another_proxy_that_hands_on_everything_conforms_where_nothing_is_translated(
    format_: str,
) -> None:
    async with FakeUpstream() as upstream, relay(upstream) as subject:
        verdicts = await play_all(subject, upstream, (format_,), (format_,), tuple(SAME))
    assert len(verdicts) == 10
    assert differences(verdicts) == ""
    assert "10 exchanges of 5 cases in 1 pairs: all as they should be." in summary(verdicts)


def without_tools(body: bytes) -> bytes:
    asked = json.loads(body)
    asked.pop("tools", None)
    return json.dumps(asked).encode()


BROKEN = {
    "tools left out": ("tools", {"ask": without_tools}, "asked with tools = {}"),
    "a text changed": (
        "plain text",
        {"tell": lambda body: body.replace(b"Hello", b"Hallo")},
        "saw text = 'Hallo there.'",
    ),
    "an end left out": (
        "plain text",
        {"tell": lambda body: body[: body.rfind(b"\n\n", 0, -2)] if b"\n\n" in body else body},
        "a client stumbles over the answer",
    ),
    "a stop forgotten": (
        "parallel tool calls",
        {"tell": lambda body: body.replace(b'"tool_use","stop_sequence"', b'"end_turn","stop_sequence"')},
        "saw the stop 'end_turn', not tool_use",
    ),
    "tokens counted wrong": (
        "usage",
        {"tell": lambda body: re.sub(rb'"output_tokens":\d+', b'"output_tokens":99', body)},
        "'output_tokens': 99",
    ),
    "an error's type changed": (
        "error 429 with retry-after",
        {"tell": lambda body: body.replace(b"rate_limit_error", b"api_error")},
        "saw the error 'api_error'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_proxy_that_breaks_something_comes_out_red(fault: str) -> None:
    name, changes, told = BROKEN[fault]
    async with FakeUpstream() as upstream, relay(upstream, **changes) as subject:
        verdicts = await play_all(
            subject, upstream, ("anthropic",), ("anthropic",), (case_named(name),)
        )
    assert told in differences(verdicts)
    assert re.search(rf"{name} +[12]\b", table(verdicts))


async def test_a_proxy_that_is_not_there_comes_out_red() -> None:
    subject = Subject(f"http://127.0.0.1:{free_port()}", "any")
    async with FakeUpstream() as upstream:
        verdicts = await play_all(
            subject, upstream, ("openai",), ("openai",), (case_named("usage"),)
        )
    assert "the client got no answer" in differences(verdicts)


async def test_a_proxy_that_answers_by_itself_comes_out_red() -> None:
    """What the client sees is right, but it is not this upstream that was asked."""
    async with FakeUpstream() as own, FakeUpstream() as idle, relay(own) as subject:
        own.aside = play
        cases = (case_named("plain text"),)
        verdicts = await play_all(subject, idle, ("openai",), ("openai",), cases)
    assert [verdict.differences for verdict in verdicts] == [["the upstream was not asked"]] * 2
