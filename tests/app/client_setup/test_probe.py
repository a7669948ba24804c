"""One real request, and the row that it left."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast
from uuid import UUID

import pytest
from aiohttp import web
from msgspec.structs import replace

from pxbin_app.client_setup.probe import Probed, probe
from pxbin_app.clients import CLIENTS, Connection
from pxbin_engine import Engine
from pxbin_engine.events import RequestFinished
from pxbin_engine.records import RequestRecord
from tests.support.fake_engine import FakeEngine
from tests.support.traffic import a_days_requests

CLAUDE = CLIENTS[0]
ID = UUID(int=7)


def a_row(**more: Any) -> RequestRecord:
    return replace(a_days_requests(1)[0], id=ID, **{"outcome": "ok", "status_code": 200, **more})


class Answering:
    """Something that listens where pxbin would, and the events that pxbin would tell."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.headers = {"x-request-id": str(ID)}
        self.rows: list[RequestRecord] = [replace(a_row(), id=UUID(int=1)), a_row()]
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(
            (
                request.path_qs,
                {name.lower(): value for name, value in request.headers.items()},
                await request.json(),
            )
        )
        for row in self.rows:
            asyncio.get_running_loop().call_later(
                0.01, self.engine.events.publish, RequestFinished(row)
            )
        return web.Response(text="{}", headers=self.headers)

    async def probe(self, **more: float) -> Probed:
        models = CLAUDE.suggested(["glm-4.6"])
        connection = Connection(base_url=self.url, key="pxb_key", models=models)
        return await probe(cast("Engine", self.engine), CLAUDE, connection, **more)


@pytest.fixture
async def answering() -> AsyncIterator[Answering]:
    answering = Answering()
    app = web.Application()
    app.router.add_post("/{rest:.*}", answering.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    answering.url = f"http://127.0.0.1:{port}"
    yield answering
    await runner.cleanup()


async def test_it_asks_as_the_client_does_and_finds_its_own_row(answering: Answering) -> None:
    result = await answering.probe()
    assert result.passed
    assert result.record == a_row()
    ((path, headers, body),) = answering.asked
    assert path == "/v1/messages"
    assert headers["authorization"] == "Bearer pxb_key"
    assert headers["user-agent"] == "pxbin-test (Claude Code)"
    assert body["model"] == "glm-4.6"


async def test_a_row_that_tells_of_a_failure(answering: Answering) -> None:
    answering.rows = [
        a_row(outcome="refused", status_code=404, error_message="There is no such model.")
    ]
    result = await answering.probe()
    assert not result.passed
    assert result.problem == "There is no such model."
    assert "another model" in result.advice


async def test_a_failure_without_words_has_its_status(answering: Answering) -> None:
    answering.rows = [a_row(outcome="upstream_error", status_code=502, error_message=None)]
    assert (await answering.probe()).problem == "The answer had the status 502."


async def test_something_else_answers(answering: Answering) -> None:
    answering.headers = {"x-request-id": "abc"}
    result = await answering.probe()
    assert result.record is None
    assert result.problem == "Something else than this pxbin answered, with the status 200."


async def test_no_row_comes(answering: Answering) -> None:
    answering.rows = []
    result = await answering.probe(timeout=0.2)
    assert result.problem.startswith("No answer came within")


async def test_nobody_listens() -> None:
    answering = Answering()
    answering.url = "http://127.0.0.1:9"
    result = await answering.probe()
    assert result.problem.startswith("pxbin could not be reached at http://127.0.0.1:9")
    assert result.advice
