"""The dialect whose answers are kept: once, as they were told, and only where that was wanted."""

import json
from typing import Any

import pytest

from pxbin_engine.protocol.dialects.openai_responses.references import Turn
from pxbin_engine.protocol.dialects.openai_responses.remembering import Remembering
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Request, Text
from pxbin_engine.protocol.response import Response, StopReason, Usage
from pxbin_engine.protocol.stream import MessageEnd, MessageStart, StreamFailed, events_of

ANSWER = Response(
    "chatcmpl-1", "m", (Text("Hello"),), StopReason("end_turn"), Usage(input_tokens=1)
)
REQUEST = Request("m", ())


class Kept:
    """A dialect and what it kept."""

    def __init__(self, longest: int = 1000, **body: Any) -> None:
        self.turns: list[Turn] = []
        self.dialect = Remembering(
            json.dumps({"model": "m", "input": "Hi"} | body).encode(),
            response_id="resp_own",
            keep=self.turns.append,
            longest=longest,
        )


def test_a_whole_answer_is_kept_as_it_was_told() -> None:
    kept = Kept(previous_response_id="resp_before", input=[{"role": "user", "content": "Hi"}])
    told = kept.dialect.encode_response(ANSWER, REQUEST, losses=Losses(), now=7)
    (turn,) = kept.turns
    assert (turn.id, turn.previous, turn.answer) == ("resp_own", "resp_before", told)
    assert json.loads(turn.asked) == [{"role": "user", "content": "Hi"}]
    said = json.loads(told)
    assert (said["id"], said["store"]) == ("resp_own", True)
    assert said["output"][0]["id"] == "msg_own_0"


def test_a_streamed_answer_is_kept_before_its_end_leaves() -> None:
    kept = Kept()
    encoder = kept.dialect.stream_encoder(REQUEST, losses=Losses(), now=7)
    *begin, end = events_of(ANSWER)
    assert isinstance(end, MessageEnd)
    encoder.encode(begin)
    assert kept.turns == []
    last = encoder.encode([end])
    assert kept.turns[0].answer in last


def test_a_failed_answer_is_not_kept() -> None:
    kept = Kept()
    encoder = kept.dialect.stream_encoder(REQUEST, losses=Losses())
    failed = StreamFailed(ApiError("api", 500, "broken"))
    assert b'"store":true' in encoder.encode([MessageStart("", "m"), failed])
    assert kept.turns == []


@pytest.mark.parametrize(
    "fields",
    [{"store": False}, {"longest": 3}, {"store": "yes"}, {"input": 3}],
    ids=["store", "size", "bad", "bad input"],
)
def test_what_is_not_kept_says_so(fields: dict[str, Any]) -> None:
    kept = Kept(**fields)
    told = json.loads(kept.dialect.encode_response(ANSWER, REQUEST, losses=Losses()))
    assert (told["id"], told["store"], kept.turns) == ("resp_chatcmpl-1", False, [])


def test_what_is_not_kept_still_says_from_where_it_went_on() -> None:
    kept = Kept(store=False, previous_response_id="resp_before")
    told = json.loads(kept.dialect.encode_response(ANSWER, REQUEST, losses=Losses()))
    assert told["previous_response_id"] == "resp_before"
