"""``log replay``, against a database of the test's own and a model on loopback."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pxbin_engine.records import RecordedMessage
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.recordings import PackedRecording, RecordingStore, pack
from pxbin_engine.storage.requests import RequestStore
from tests.support.command_line import Cli
from tests.support.database import a_request
from tests.support.upstream import anthropic_message, openai_completion

BODY = json.dumps(
    {"model": "a", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
).encode()


@pytest.fixture
def model_url() -> Iterator[str]:
    """An upstream that greets whoever asks."""
    answer = b"".join(step for step in openai_completion("Good day").steps if isinstance(step, bytes))  # fmt: skip

    class Model(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Model) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def record(database_url: str, schema: str, key_id: UUID) -> UUID:
    """A request that was answered, with its recording."""
    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=1)
    row = a_request(
        at=datetime.now(UTC),
        input_format="anthropic",
        llm_key_id=key_id,
        model="a",
        input_tokens=7,
        cost=Decimal("0.25"),
        recording="kept",
    )
    await RequestStore(database).insert_batch([row])
    answer = b"".join(step for step in anthropic_message("Hello").steps if isinstance(step, bytes))
    messages = [
        RecordedMessage(side="client_request", method="POST", url="/v1/messages", body=BODY, size=len(BODY)),
        RecordedMessage(side="client_response", status=200, body=answer, size=len(answer)),
    ]  # fmt: skip
    store = RecordingStore(database)
    await store.insert([PackedRecording(row.id, row.timestamp, pack(messages))])
    await database.close()
    return row.id


def test_a_request_is_sent_again_and_both_answers_are_shown(
    cli: Cli, database_url: str, schema: str, model_url: str, tmp_path: Path
) -> None:
    cli("upstreams", "add", "home", model_url, "--no-key")
    cli("models", "add", "b", "--upstream", "home")
    key = cli("keys", "create", "laptop", "--json").json
    request_id = asyncio.run(record(database_url, schema, UUID(key["id"])))

    spool = tmp_path / "spool"
    spool.mkdir()
    others = spool / "waiting.jsonl"
    others.write_text("what an engine that serves on this directory has there\n", "utf-8")
    done = cli("log", "replay", str(request_id), "--model", "b")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].split() == ["ORIGINAL", "REPLAY"]
    assert lines[1].split() == ["model", "a", "b"]
    assert lines[-5:] == ["== original", "Hello", "", "== replay", "Good day"]
    (replayed, original) = cli("logs", "--json").json
    assert original["id"] == str(request_id)
    assert replayed["request_metadata"] == {"replay_of": str(request_id)}
    assert list(spool.glob("**/*")) == [others]
    assert others.read_text("utf-8").startswith("what an engine")

    told = cli("log", "replay", str(request_id), "--model", "b", "--key", "laptop", "--json").json
    assert (told["original"]["text"], told["replayed"]["text"]) == ("Hello", "Good day")


def test_what_cannot_be_sent_again_is_told(cli: Cli, database_url: str, schema: str) -> None:
    key = cli("keys", "create", "laptop", "--json").json
    request_id = asyncio.run(record(database_url, schema, UUID(key["id"])))
    done = cli("log", "replay", str(request_id), "--model", "nothing")
    assert done.code == 1
    assert "There is no model 'nothing'" in done.err
    assert "There is no key 'mine'" in cli("log", "replay", str(request_id), "--model", "b", "--key", "mine").err  # fmt: skip
