"""No secret is in anything that a full run writes: output, logs, spool, the database's own files, bodies that are kept,
answers, metrics.

The run is as bad as it can be: all logging is on and all bodies are kept, upstreams repeat the key that they were sent in
every way there is, and clients put keys where none belong.
"""

import asyncio
import io
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.engine_process import BOOTSTRAP_KEY, ROOT, EngineProcess, running_engine
from tests.support.upstream import (
    CUT,
    Answer,
    FakeUpstream,
    Received,
    data_event,
    json_answer,
    named_event,
    raw_answer,
    sse_answer,
)

pytestmark = pytest.mark.timeout(180)

UPSTREAM_KEYS = ("sk-first-0123456789abcdef", "sk-second-fedcba9876543210")
UNKNOWN_KEY = "pxb_" + "0badc0de" * 5
SEARCH_KEY = "BSA-search-key-0123456789"
ENCRYPTION_KEY = "an-encryption-key-for-tests"


def echoes(key: str) -> list[Answer]:
    """Every way in which an upstream may repeat a key."""
    said = f"Incorrect API key provided: {key}. Authorization: Bearer {key}"
    error = {"error": {"message": said, "type": "invalid_request_error", "code": key}}
    return [
        json_answer(error, status=401),
        json_answer(error, status=400),
        json_answer(error, status=429, Retry_After="0", X_Ratelimit_Limit_Requests=key),
        json_answer(error, status=500),
        raw_answer(f"<html>{said}</html>".encode(), status=502),
        raw_answer(f"<html>{said}</html>".encode()),
        json_answer({"nothing": said}),
        Answer(307, {"location": f"https://elsewhere.test/?key={key}"}),
        sse_answer(data_event(error)),
        sse_answer(named_event("error", error={"type": "api_error", "message": said})),
        sse_answer(f"data: {said}\n\n".encode()),
        sse_answer(data_event({"choices": [{"delta": {"content": "x"}}]}), data_event(error)),
        sse_answer(data_event({"choices": [{"delta": {"content": "x"}}]}), CUT),
    ]


def bodies(model: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A request in each dialect, streamed and whole."""
    said = [{"role": "user", "content": "Hi"}]
    for stream in (True, False):
        more = {"model": model, "stream": stream}
        yield "/v1/messages", {"max_tokens": 9, "messages": said} | more
        yield "/v1/chat/completions", {"messages": said} | more
        yield "/v1/responses", {"input": "Hi"} | more
    gemini = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    yield f"/v1beta/models/{model}:generateContent", gemini


class Run:
    """The engine, and everything that it has said."""

    def __init__(self, engine: EngineProcess, session: aiohttp.ClientSession, key: str) -> None:
        self.engine, self.key = engine, key
        self.answers: list[bytes] = []
        self.session = session

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | bytes | None = None,
        **headers: str,
    ) -> int:
        """Any request; its answer is kept."""
        more = {"json": body} if isinstance(body, Mapping) else {"data": body}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.engine.base_url}{path}"
        async with self.session.request(method, url, headers=sent, **more) as answer:
            try:
                content = await answer.read()
            except aiohttp.ClientPayloadError:  # broken off, as the script wants it
                content = b""
            self.answers.append(repr(answer.headers).encode() + content)
            return answer.status

    async def send_raw(self, data: bytes) -> None:
        """Bytes that are no request."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.engine.port)
        writer.write(data)
        writer.write_eof()
        async with asyncio.timeout(10):
            self.answers.append(await reader.read())
        writer.close()

    def command(self, *arguments: str) -> None:
        """A command of ``pxbin-engine``; what it writes is kept."""
        done = subprocess.run(
            [sys.executable, "-m", "pxbin_engine", *arguments],
            env=self.engine.environment,
            cwd=ROOT,
            capture_output=True,
            timeout=60,
            check=False,
        )
        self.answers += [done.stdout, done.stderr]


def repeat(upstream: FakeUpstream, number: int) -> None:
    """From now on it repeats the key of each request, in the way of that number."""

    def answer(received: Received) -> Answer:
        key = received.headers.get("Authorization", "").removeprefix("Bearer ")
        return echoes(key)[number]

    upstream.aside = answer


async def failing_upstreams(run: Run, upstream: FakeUpstream) -> None:
    """Each dialect meets each echo."""
    for number in range(len(echoes(""))):
        repeat(upstream, number)
        for path, body in bodies("m"):
            await run.ask("POST", path, body, x_api_key=run.key)


async def bad_clients(run: Run) -> None:
    """Keys in every place where none belongs."""
    secrets = (run.key, UNKNOWN_KEY, run.engine.manager)
    for key in secrets:
        await run.ask("POST", f"/v1/{key}", {}, x_api_key=key)
        await run.ask("GET", f"/v1beta/models?key={key}")
        await run.ask("POST", f"/v1/messages?key={key}", b"{", x_api_key=key)
        await run.ask("GET", f"/api/v1/keys/{key}", authorization=f"Bearer {key}")
        await run.ask("GET", "/api/v1/nothing", x_api_key=key)
        for raw in (
            f"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nx-api-key: {key}\x01\r\n\r\n",
            f"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nx-api-key: {key}{'x' * 9000}\r\n\r\n",
            f"{key} HTTP/1.1\r\n\r\n",
            f"POST /v1/messages HTTP/1.1\nx-api-key: {key}\n\n",
        ):
            await run.send_raw(raw.encode())
    for guess in (BOOTSTRAP_KEY[:-1], UNKNOWN_KEY):
        await run.ask("POST", "/api/v1/bootstrap", {"bootstrap_key": guess})
        await run.ask("POST", "/api/v1/bootstrap", {"bootstrap_key": [guess]})
    await run.ask("POST", "/api/v1/upstreams", {"name": "x", "api_key": [UPSTREAM_KEYS[0]]})


async def careless_prompts(run: Run, upstream: FakeUpstream) -> None:
    """Every secret in a prompt, also as JSON and a URL write it, and where the end of what is kept divides it."""
    secrets = (
        *UPSTREAM_KEYS[:1],
        run.key,
        run.engine.manager,
        BOOTSTRAP_KEY,
        ENCRYPTION_KEY,
        SEARCH_KEY,
    )
    upstream.aside = lambda received: json_answer({"choices": [], "echo": received.body.decode()})
    for secret in secrets:
        for said in (
            secret,
            f"https://me:{secret}@u.test/?key={secret}",
            f'"{secret}"',
            secret * 12_000,
        ):
            body = {"model": "m", "messages": [{"role": "user", "content": said}], "user": secret}
            await run.ask(
                "POST",
                f"/v1/chat/completions?api_key={secret}",
                body,
                x_api_key=run.key,
                cookie=secret,
            )


async def managing(run: Run, upstream: FakeUpstream, upstream_id: str) -> None:
    """The management API, with an upstream that repeats its key to whoever checks it."""
    manager = run.engine.manager
    check = {"upstream_id": upstream_id, "paid": True}
    new = {"base_url": upstream.url, "api_key": UPSTREAM_KEYS[1], "format": "openai"}
    for number in range(8):  # the streams are for generations
        repeat(upstream, number)
        await run.ask("POST", "/api/v1/upstreams/health-check", check, x_api_key=manager)
        await run.ask("POST", "/api/v1/upstreams/health-check", new, x_api_key=manager)
        discovery = {"upstream_id": upstream_id}
        await run.ask("POST", "/api/v1/models/discover", discovery, x_api_key=manager)
    bad = {"base_url": f"https://me:{UPSTREAM_KEYS[0]}@x.test", "name": "y", "format": "openai"}
    await run.ask("POST", "/api/v1/upstreams", bad, x_api_key=manager)
    for path in ("keys", "upstreams", f"upstreams/{upstream_id}", "models", "stats/overview"):
        await run.ask("GET", f"/api/v1/{path}", x_api_key=manager)
    await run.ask("GET", "/metrics", authorization=f"Bearer {manager}")
    await run.ask("GET", "/ready")


async def recordings_of(run: Run) -> bytes:
    """The bodies that were kept of all requests, as the API gives them."""
    manager, seen, cursor = run.engine.manager, b"", ""
    while True:
        url = f"{run.engine.base_url}/api/v1/logs?per_page=500{cursor}"
        async with run.session.get(url, headers={"x-api-key": manager}) as answer:
            page = await answer.json()
        for row in page["data"]:
            if row["recording"] == "kept":
                await run.ask("GET", f"/api/v1/logs/{row['id']}/recording", x_api_key=manager)
                seen += run.answers[-1]
        if page["meta"]["next_cursor"] is None:
            return seen
        cursor = f"&cursor={page['meta']['next_cursor']}"


async def spool_seen(run: Run, spool: Path) -> bytes:
    """What stood in the spool while more rows came than memory is given for."""
    asking = asyncio.gather(
        *(run.ask("POST", "/v1/messages", b"{", x_api_key=run.key) for _ in range(60))
    )
    seen = b""
    while not asking.done() or not seen:
        for file in spool.rglob("*") if spool.exists() else ():
            if file.is_file():
                try:
                    seen += file.read_bytes()
                except FileNotFoundError:
                    continue
        await asyncio.sleep(0.002)
    await asking
    return seen


def found(secrets: Mapping[str, str], where: Mapping[str, bytes]) -> list[str]:
    """Which secret stands where, with what stands around it."""
    hits = []
    for name, secret in secrets.items():
        for place, content in where.items():
            for match in re.finditer(re.escape(secret.encode()), content):
                around = content[max(0, match.start() - 80) : match.end() + 20]
                hits.append(f"{name} in {place}: {around!r}")
    return hits


async def test_no_secret_is_in_anything_that_a_full_run_writes(tmp_path: Path) -> None:
    data_dir, output = tmp_path / "data", tmp_path / "output.txt"
    settings = {
        "log_level": "debug",
        "log_bodies": "all",
        "metrics_enabled": "true",
        "bad_key_limit": "0",
        "log_buffer_size": "1",
        "retry_max_attempts": "1",
        "cb_failure_threshold": "100000",
        "cb_error_rate": "0",
        "key_rest_seconds": "0",
        "web_search_provider": "brave",
        "web_search_api_key": SEARCH_KEY,
    }
    async with (
        FakeUpstream() as upstream,
        running_engine(data_dir, output=output, **settings) as engine,
        aiohttp.ClientSession() as session,
    ):
        body = {"name": "u", "base_url": upstream.url, "format": "openai"}
        made = await engine.call("POST", "upstreams", body | {"api_key": UPSTREAM_KEYS[0]})
        await engine.add_model("m", made["id"])
        run = Run(engine, session, await engine.add_key())
        await failing_upstreams(run, upstream)
        await careless_prompts(run, upstream)
        await bad_clients(run)
        await managing(run, upstream, made["id"])
        spooled = await spool_seen(run, data_dir / "spool")
        await engine.call("DELETE", f"upstreams/{made['id']}/learned")
        rows = str(await engine.logs(100)).encode()
        await asyncio.sleep(1)  # what waits is written
        recordings = await recordings_of(run)
        for arguments in (("check",), ("logs", "--json")):
            run.command(*arguments)
        run.command("upstreams", "test", "u", "--paid")
        await engine.stop()
        run.command("migrate")

    written = {
        str(file.relative_to(tmp_path)): file.read_bytes()
        for file in tmp_path.rglob("*")
        if file.is_file()
    }
    answers = {f"answer {number}": answer for number, answer in enumerate(run.answers)}
    everything = written | answers | {"spool": spooled, "rows": rows}
    secrets = {
        "an upstream's key": UPSTREAM_KEYS[0],
        "a key that was only tried": UPSTREAM_KEYS[1],
        "a client's key": run.key,
        "an unknown key": UNKNOWN_KEY,
        "the management key": engine.manager,
        "the bootstrap key": BOOTSTRAP_KEY,
        "the encryption key": ENCRYPTION_KEY,
        "the search provider's key": SEARCH_KEY,
    }
    assert len(run.answers) > 150
    assert "output.txt" in written
    assert any("/base/" in name for name in written)  # the database's own files
    assert b"exchange.finished" in written["output.txt"]
    for kept in (
        b"Incorrect API key provided: ****",
        b"Bearer ****",
        b"?api_key=****",
        b'"cut":true',
    ):
        assert kept in recordings, "what is searched holds what secrets stood in"
    hits = found(secrets, everything)
    assert not hits, "\n".join(hits)
    (password_file,) = data_dir.glob("pg/pw")
    password = {"the database's password": password_file.read_text().strip()}
    del everything[str(password_file.relative_to(tmp_path))]
    assert found(password, everything) == []


def test_a_secret_would_be_found() -> None:
    assert found({"it": "sk-1"}, {"a": b"x sk-1 y", "b": io.BytesIO(b"sk-2").read()}) != []
