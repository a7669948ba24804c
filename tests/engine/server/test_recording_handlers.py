"""Recordings over the management API."""

from uuid import UUID

import pytest

from pxbin_engine.records import RecordedMessage, RecordedRead, RecordingState
from pxbin_engine.storage.recordings import PackedRecording, pack
from tests.support.database import NOW, a_request
from tests.support.management_api import UNKNOWN_ID, Api, error_of

SAID = "data: 1\n\ndata: ü\n\n"
ANSWER = RecordedMessage(
    side="upstream_response",
    attempt=1,
    status=200,
    headers=(("content-type", "text/event-stream"),),
    body=SAID.encode(),
    size=19,
    reads=(RecordedRead(5.0, 9), RecordedRead(7.0, 10)),
)
MESSAGES = (
    RecordedMessage(side="client_request", method="POST", url="/v1/messages", body=b"{}", size=2),
    ANSWER,
    RecordedMessage(side="client_response", status=200, body="ü".encode()[:1], size=2, cut=True),
    RecordedMessage(side="client_response", status=200, body=b"\xff\x00", size=2),
)


async def a_row(api: Api, recording: RecordingState) -> UUID:
    row = a_request(recording=recording)
    await api.control.request_store.insert_batch([row])
    return row.id


@pytest.fixture
async def recorded(api: Api) -> UUID:
    request_id = await a_row(api, "kept")
    await api.control.recording_store.insert([PackedRecording(request_id, NOW, pack(MESSAGES))])
    return request_id


async def test_a_recording_is_text_where_it_can_be_and_base64_else(
    api: Api, recorded: UUID
) -> None:
    status, told = await api("GET", f"/logs/{recorded}/recording")
    assert (status, told["data"]["request_id"]) == (200, str(recorded))
    bodies = [(m["body"], m["encoding"], m["size"], m["cut"]) for m in told["data"]["messages"]]
    assert bodies == [
        ("{}", "utf-8", 2, False),
        (SAID, "utf-8", 19, False),
        ("", "utf-8", 2, True),
        ("/wA=", "base64", 2, False),
    ]
    answer = told["data"]["messages"][1]
    assert answer["headers"] == [["content-type", "text/event-stream"]]
    assert answer["reads"][1] == {"ms": 7, "size": 10}
    assert (answer["side"], answer["attempt"], answer["status"]) == ("upstream_response", 1, 200)


async def test_the_events_of_an_answer(api: Api, recorded: UUID) -> None:
    path = f"/logs/{recorded}/recording/events"
    status, told = await api("GET", f"{path}?side=upstream_response")
    events = [{"ms": 5, "name": "", "data": "1"}, {"ms": 7, "name": "", "data": "ü"}]
    assert (status, told["data"]) == (200, events)
    assert (await api("GET", f"{path}?side=upstream_response&attempt=1"))[1]["data"] == events
    assert (await api("GET", f"{path}?side=upstream_response&attempt=2"))[1]["data"] == []
    assert (await api("GET", path))[1]["data"] == []
    assert (await api("GET", f"{path}?side=both"))[0] == 400


@pytest.mark.parametrize(
    ("recording", "why"), [("", "not kept"), ("dropped", "no room"), ("kept", "not kept any more")]
)
async def test_why_there_is_none_is_told(api: Api, recording: RecordingState, why: str) -> None:
    for what in ("recording", "recording/events"):
        status, told = await api("GET", f"/logs/{await a_row(api, recording)}/{what}")
        assert (status, error_of(told)[0]) == (404, "not_found_error")
        assert why in told["error"]["message"]


async def test_a_request_that_never_was_has_none(api: Api) -> None:
    status, told = await api("GET", f"/logs/{UNKNOWN_ID}/recording")
    assert status == 404
    assert "no request" in told["error"]["message"]


async def test_bodies_are_erased_by_who_may_write(api: Api, recorded: UUID) -> None:
    reader = await api.key_with("read")
    assert (await api("GET", f"/logs/{recorded}/recording", key=reader))[0] == 200
    assert (await api("DELETE", "/logs/recordings", key=reader))[0] == 403
    writer = await api.key_with("write")
    assert (await api("GET", f"/logs/{recorded}/recording", key=writer))[0] == 403
    assert await api("DELETE", "/logs/recordings", key=writer) == (200, {"data": {"deleted": 1}})
    assert (await api("GET", f"/logs/{recorded}/recording"))[0] == 404
    assert (await api("GET", f"/logs/{recorded}"))[0] == 200
