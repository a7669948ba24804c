"""pxbin as a process: bad input, ends of every kind, and what is there after the next start."""

import asyncio
import io
import json
import signal
import time
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.support.engine_process import EngineProcess, running_engine
from tests.support.upstream import (
    HANG,
    FakeUpstream,
    anthropic_events,
    openai_events,
    openai_stream,
    sse_answer,
)

pytestmark = pytest.mark.timeout(120)

STOPPING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]

BODY = {
    "model": "m",
    "max_tokens": 20,
    "stream": True,
    "messages": [{"role": "user", "content": "Hi"}],
}


def postgres_of(data_dir: Path) -> list[psutil.Process]:
    """The database's processes that work in this data directory."""
    found = []
    for process in psutil.process_iter(["name"]):
        if not (process.info["name"] or "").startswith("postgres"):
            continue
        try:
            if Path(process.cwd()).is_relative_to(data_dir):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


async def gone(data_dir: Path, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while postgres_of(data_dir) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return not postgres_of(data_dir)


async def ready(engine: EngineProcess, upstream: FakeUpstream) -> str:
    await engine.add_model("m", await engine.add_upstream("u", upstream.url))
    return await engine.add_key()


@pytest.mark.parametrize("kind", ["headless", "app"])
async def test_killed_in_the_middle_of_a_stream(tmp_path: Path, kind: str) -> None:
    """No orphan server, a clean next start, and what was logged before is there."""
    async with FakeUpstream() as upstream:
        upstream.script(openai_stream("Whole."), sse_answer(*openai_events("Half")[:2], HANG))
        async with running_engine(tmp_path, kind=kind) as engine:
            key = await ready(engine, upstream)
            url, headers = f"{engine.base_url}/v1/messages", {"x-api-key": key}
            async with aiohttp.ClientSession(headers=headers) as session:
                async with session.post(url, json=BODY) as answer:
                    assert b"message_stop" in await answer.read()
                before = await engine.logs(1)
                async with session.post(url, json=BODY) as answer:
                    assert b"Half" in await answer.content.readuntil(b"Half")
                    assert postgres_of(tmp_path)
                    await engine.stop(signal.SIGKILL)
            assert await gone(tmp_path), "the database outlived the app"
            await engine.start()
            assert [row["id"] for row in await engine.logs(1)] == [row["id"] for row in before]
        assert await gone(tmp_path)


@pytest.mark.parametrize("number", STOPPING)
async def test_an_ordered_end(tmp_path: Path, number: int) -> None:
    """A stream in flight at the end has its row, and nothing is left running."""
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(
            "whoever started this (nohup) wants hang-ups to be ignored, and pxbin inherits it"
        )
    async with FakeUpstream() as upstream:
        upstream.script(sse_answer(*openai_events("Half")[:2], HANG))
        async with running_engine(tmp_path) as engine:
            key = await ready(engine, upstream)
            async with (
                aiohttp.ClientSession(headers={"x-api-key": key}) as session,
                session.post(f"{engine.base_url}/v1/messages", json=BODY) as answer,
            ):
                await answer.content.readuntil(b"Half")
                assert await engine.stop(number) == 0
            assert await gone(tmp_path)
            await engine.start()
            rows = await engine.logs(1)
            assert len(rows) == 1
            assert rows[0]["outcome"] in {"stream_error", "cancelled"}


BAD = {
    "not JSON": ("/v1/messages", b"{", {}, 400),
    "binary": ("/v1/messages", bytes(range(256)) * 10, {}, 400),
    "no model": ("/v1/messages", b"{}", {}, 400),
    "unknown model": ("/v1/messages", json.dumps(BODY | {"model": "nobody"}).encode(), {}, 404),
    "wrong key": ("/v1/messages", json.dumps(BODY).encode(), {"x-api-key": "pxb_" + "0" * 40}, 401),
    "unknown path": ("/v1/nothing", b"", {}, 404),
    "openai: not JSON": ("/v1/chat/completions", b"[", {}, 400),
    "openai: unknown model": ("/v1/chat/completions", b'{"model":"nobody","messages":[]}', {}, 404),
    "openai: wrong key": (
        "/v1/chat/completions",
        b"{}",
        {"x-api-key": "", "authorization": "Bearer x"},
        401,
    ),
    "100 MB": ("/v1/messages", io.BytesIO(b"x" * 100_000_000), {}, 413),
}


async def test_bad_input_gets_a_clear_error_and_a_row(tmp_path: Path) -> None:
    async with FakeUpstream() as upstream, running_engine(tmp_path) as engine:
        key = await ready(engine, upstream)
        async with aiohttp.ClientSession() as session:
            for name, (path, body, headers, status) in BAD.items():
                given = {"x-api-key": key, "content-type": "application/json"} | headers
                async with session.post(engine.base_url + path, data=body, headers=given) as answer:
                    told = await answer.json()
                    assert answer.status == status, (name, told)
                    assert answer.headers["x-request-id"], name
                    assert told["error"]["message"], name
                    assert ("type" in told) == (not path.startswith("/v1/chat")), (name, told)
                    assert "Traceback" not in json.dumps(told), name
        rows = await engine.logs(len(BAD))
        assert [row["status_code"] for row in reversed(rows)] == [
            status for *_, status in BAD.values()
        ]
        assert upstream.requests == []


async def test_an_anthropic_upstream_is_verbatim(tmp_path: Path) -> None:
    """What the upstream says reaches the client byte for byte."""
    events = anthropic_events("Ver", "batim")
    async with FakeUpstream() as upstream, running_engine(tmp_path) as engine:
        upstream.script(sse_answer(*events))
        await engine.add_model("m", await engine.add_upstream("a", upstream.url, kind="anthropic"))
        headers = {
            "x-api-key": await engine.add_key(),
            "anthropic-beta": "some-beta-2026",
            "anthropic-version": "2023-06-01",
        }
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(f"{engine.base_url}/v1/messages?beta=true", json=BODY) as answer,
        ):
            assert await answer.read() == b"".join(events)
        sent = upstream.requests[0]
        assert (sent.path, sent.query) == ("/v1/messages", "beta=true")
        assert sent.headers["anthropic-beta"] == "some-beta-2026"
        assert sent.headers["x-api-key"] == "sk-upstream", dict(sent.headers)
        assert sent.json == BODY
