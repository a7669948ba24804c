"""Replays over the management API."""

import json
from uuid import UUID

import pytest

from pxbin_engine.records import RecordedMessage
from pxbin_engine.storage.recordings import PackedRecording, pack
from tests.support.database import a_request
from tests.support.gateway import anthropic_request
from tests.support.management_api import UNKNOWN_ID, Api, error_of
from tests.support.upstream import FakeUpstream, openai_completion


@pytest.fixture
async def recorded(api: Api) -> UUID:
    """A request that was recorded, and was never answered."""
    key = await api.control.keys.create("llm", "laptop")
    row = a_request(input_format="anthropic", llm_key_id=key.record.id, recording="kept")
    body = json.dumps(anthropic_request()).encode()
    asked = RecordedMessage(
        side="client_request", method="POST", url="/v1/messages", body=body, size=len(body)
    )
    await api.control.request_store.insert_batch([row])
    await api.control.recording_store.insert(
        [PackedRecording(row.id, row.timestamp, pack([asked]))]
    )
    return row.id


async def test_both_answers_are_told(api: Api, recorded: UUID) -> None:
    async with FakeUpstream() as upstream:
        upstream.script(openai_completion("Good day"))
        made = await api.control.an_upstream(base_url=upstream.url)
        await api.control.a_model("other", upstream_id=made.id)
        await api.control.take_routes()
        status, told = await api("POST", f"/logs/{recorded}/replay", {"model": "other"})
    assert status == 200
    assert (told["data"]["original"]["text"], told["data"]["replayed"]["text"]) == ("", "Good day")
    assert told["data"]["original"]["request_id"] == str(recorded)


async def test_what_cannot_be_is_refused(api: Api, recorded: UUID) -> None:
    status, told = await api("POST", f"/logs/{recorded}/replay", {"model": "nobody's"})
    assert (status, told["error"]["field"]) == (400, "model")
    status, told = await api("POST", f"/logs/{recorded}/replay", {"model": "m", "key_id": UNKNOWN_ID})  # fmt: skip
    assert (status, told["error"]["field"]) == (400, "key_id")
    assert error_of((await api("POST", f"/logs/{recorded}/replay", {}))[1])[0] == "invalid_request_error"  # fmt: skip
    assert (await api("POST", f"/logs/{UNKNOWN_ID}/replay", {"model": "m"}))[0] == 404
    reader = await api.key_with("read")
    assert (await api("POST", f"/logs/{recorded}/replay", {"model": "m"}, key=reader))[0] == 403
