"""``log show``, ``log recording`` and ``log forget``, against a database of the test's own."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from pxbin_engine.records import AttemptRecord, RecordedMessage, RecordedRead
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.recordings import PackedRecording, RecordingStore, pack
from pxbin_engine.storage.requests import RequestStore
from tests.support.command_line import Cli
from tests.support.database import a_request

ATTEMPT = AttemptRecord(upstream_id=uuid4(), upstream_name="main", upstream_model="m", status=200)
ROW = a_request(at=datetime.now(UTC), model="glm", recording="kept", attempts=(ATTEMPT,))
MESSAGES = (
    RecordedMessage(
        side="client_request",
        method="POST",
        url="/v1/messages",
        headers=(("x-api-key", "****"),),
        body=b'{"a"',
        size=7,
        cut=True,
    ),
    RecordedMessage(side="upstream_response", attempt=1, status=500, body=b"\xff", size=1),
    RecordedMessage(
        side="client_response",
        status=200,
        headers=(("content-type", "text/event-stream"),),
        body=b"event: ping\ndata: 1\n\n",
        size=21,
        reads=(RecordedRead(12.5, 21),),
    ),
)


async def fill(database_url: str, schema: str) -> None:
    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=1)
    await RequestStore(database).insert_batch([ROW])
    await RecordingStore(database).insert([PackedRecording(ROW.id, ROW.timestamp, pack(MESSAGES))])
    await database.close()


def test_a_request_in_full_and_what_was_kept_of_it(
    cli: Cli, database_url: str, schema: str
) -> None:
    assert cli("log", "show", str(ROW.id)).code == 1
    asyncio.run(fill(database_url, schema))

    shown = dict(
        line.split(maxsplit=1) for line in cli("log", "show", str(ROW.id)).out.splitlines()
    )
    assert (shown["model"], shown["recording"]) == ("glm", "kept")
    assert '"upstream_name":"main"' in shown["attempts"]
    assert "error_type" not in shown
    assert cli("log", "show", str(ROW.id), "--json").json["recording"] == "kept"

    assert cli("log", "recording", str(ROW.id)).out == (
        '== client request\nPOST /v1/messages\nx-api-key: ****\n\n{"a"\n(the first 4 of 7 bytes)\n\n'
        "== upstream response, attempt 1\n500\n\n(1 bytes that are no text)\n\n"
        "== client response\n200\ncontent-type: text/event-stream\n\nevent: ping\ndata: 1\n\n\n"
    )
    (answer,) = cli("log", "recording", str(ROW.id), "--side", "upstream_response", "--json").json["messages"]  # fmt: skip
    assert (answer["body"], answer["encoding"]) == ("/w==", "base64")
    assert cli("log", "recording", str(ROW.id), "--events").out.splitlines()[1].split() == ["12.5", "ping", "1"]  # fmt: skip


def test_what_was_kept_is_erased_where_that_is_said(
    cli: Cli, database_url: str, schema: str
) -> None:
    cli("log", "show", str(ROW.id))
    asyncio.run(fill(database_url, schema))
    with pytest.raises(SystemExit):
        cli("log", "forget")
    assert cli("log", "forget", "--bodies").out == "The bodies of 1 requests were erased.\n"
    assert cli("log", "forget", "--bodies", "--json").json == {"deleted": 0}
    done = cli("log", "recording", str(ROW.id))
    assert (done.code, "not kept any more" in done.err) == (1, True)
