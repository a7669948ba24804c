"""Blocks of an answer: what a client of Anthropic's is given of another vendor's, and what it is told is missing."""

import json

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.dialects.anthropic_messages.answer_parts import encode_answer_part
from pxbin_engine.protocol.dialects.anthropic_messages.parts import decode_block
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    Image,
    OpaquePart,
    Part,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    UrlSource,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage
from pxbin_engine.protocol.stream import events_of
from tests.support.validators.anthropic_messages import validate

ASKED = Request("m", ())
FOREIGN = OpaquePart("openai_responses", "code_interpreter_call", Raw(b"{}"))


@pytest.mark.parametrize(
    "part",
    [
        Thinking("hm", "EqQB", vendor=NAME),
        Thinking("hm", "gAAAAB", vendor="openai_responses"),
        Thinking("", "CiQB", vendor="gemini_generate"),
        Thinking("", '{"type":"reasoning.encrypted","data":"é"}', vendor="openai_chat"),
        Thinking("", redacted="Em", vendor=NAME),
        Thinking("", redacted="xx", vendor="openai_chat"),
    ],
)
def test_behaviour_18_a_proof_comes_back_from_the_client_whoever_made_it(part: Part) -> None:
    losses = Losses()
    block = encode_answer_part(part, "answer[0]", losses)
    assert decode_block(Raw(json.dumps(block).encode()), "") == part
    assert losses == []


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (FOREIGN, None),
        (Image(UrlSource("https://a.example/cat.png")), "![picture](https://a.example/cat.png)"),
        (
            Image(Base64Source("image/png", "iVBO")),
            "[The model answered with a picture, which has no place here.]",
        ),
    ],
)
def test_what_an_answer_cannot_hold_is_a_loss_of_the_answer(part: Part, shown: str | None) -> None:
    losses = Losses()
    block = encode_answer_part(part, "answer[0]", losses)
    assert block == (shown and {"type": "text", "text": shown})
    assert [loss.path for loss in losses] == ["answer[0]"]


ANSWER = Response(
    "msg_1",
    "m",
    (
        Thinking("hm", "CiQB", vendor="gemini_generate"),
        SearchCall("call_1", "cats"),
        SearchResult("call_1", (SearchHit("https://a.example", "A", None, "Cats purr."),)),
        FOREIGN,
        Text("They purr.", (Citation("https://a.example", "A", "Cats purr."),)),
        Image(Base64Source("image/png", "iVBO")),
    ),
    StopReason("end_turn"),
    Usage(input_tokens=3, output_tokens=9, web_searches=1),
)


def test_a_stream_tells_the_same_as_a_whole_answer_and_loses_the_same() -> None:
    whole_losses, stream_losses = Losses(), Losses()
    whole = json.loads(ANTHROPIC_MESSAGES.encode_response(ANSWER, ASKED, losses=whole_losses))
    encoder = ANTHROPIC_MESSAGES.stream_encoder(ASKED, losses=stream_losses)
    told = validate(encoder.encode(events_of(ANSWER)))
    for block in told["content"]:
        if block["type"] == "server_tool_use":
            block["input"] = json.loads(block["input"])
    assert told["content"] == whole["content"]
    assert told["usage"] == whole["usage"]
    assert whole["usage"]["server_tool_use"] == {"web_search_requests": 1}
    assert stream_losses == whole_losses
    assert [loss.path for loss in whole_losses] == ["answer[3]", "answer[5]"]
