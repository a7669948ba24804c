"""A history condensed by any model: asked for in words, given as an item, read back as words."""

import json
from typing import Any

import pytest

from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.dialects.openai_responses.compaction import (
    SummaryEvents,
    ask_for_summary,
    decode_summary,
    encode_summary,
    is_summary,
    wants_summary,
)
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    FunctionTool,
    Message,
    OutputFormat,
    Part,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolChoice,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage
from pxbin_engine.protocol.stream import MessageStart, Ping, StreamFailed, events_of
from tests.support.validators.openai_responses import check_response, parse, validate

DIALECT = OpenAIResponses()
HI = Message("user", (Text("hi"),))
ASKED = ask_for_summary(Request("m", (HI,), tools=(FunctionTool("read"),)))


def answer(*parts: Part, stop: Any = "end_turn") -> Response:
    return Response("msg_1", "m", parts, StopReason(stop), Usage(9, output_tokens=4))


def test_behaviour_25_the_wish_comes_last_and_no_tool_may_be_called() -> None:
    assert ASKED.messages[0] == HI
    assert ASKED.tool_choice == ToolChoice("none")
    assert ASKED.tools == (FunctionTool("read"),)
    assert wants_summary(ASKED)
    assert not wants_summary(Request("m", (HI,)))
    assert not wants_summary(Request("m", ()))


def test_a_summary_is_plain_text_whatever_the_answers_were_to_be() -> None:
    request = ask_for_summary(Request("m", (HI,), output_format=OutputFormat("json_object")))
    assert (request.output_format, request.tool_choice) == (None, None)


def test_behaviour_25_codex_gets_exactly_one_compaction_item_and_the_usage() -> None:
    response = answer(Thinking("Hm."), Text("Said "), Text("hi.\n"), ToolCall("c", "read", "{}"))
    encoder = DIALECT.stream_encoder(ASKED, losses=Losses(), now=1)
    told = validate(encoder.encode([*events_of(response)[:3], Ping(), *events_of(response)[3:]]))
    (item,) = told["output"]
    assert (item["type"], item["id"], told["status"]) == ("compaction", "cmp_msg_1", "completed")
    assert told["usage"]["total_tokens"] == 13
    said = decode_summary(item["encrypted_content"])
    assert said is not None
    assert said.endswith("\n\nSaid hi.")
    whole = DIALECT.encode_response(response, ASKED, losses=Losses(), now=1)
    assert json.loads(whole)["output"] == [item]
    check_response(whole)


@pytest.mark.parametrize("stop", ["max_tokens", "context_window"])
def test_a_summary_that_was_cut_is_better_than_none(stop: str) -> None:
    encoder = DIALECT.stream_encoder(ASKED, losses=Losses())
    assert (
        validate(encoder.encode(events_of(answer(Text("Half"), stop=stop))))["status"]
        == "completed"
    )


@pytest.mark.parametrize(
    "response", [answer(), answer(Text(" \n")), answer(Text("No."), stop="refusal")]
)
def test_no_summary_is_a_failure_that_says_so(response: Response) -> None:
    encoder = DIALECT.stream_encoder(ASKED, losses=Losses())
    told = validate(encoder.encode(events_of(response)))
    assert told["status"] == "failed"
    assert "no summary" in told["error"]["message"]


def test_a_failure_of_the_upstream_stays_its_own() -> None:
    failure = StreamFailed(ApiError("api", 502, "Gone."))
    events = SummaryEvents().translate([MessageStart("m", "m"), failure])
    assert events == [MessageStart("m", "m"), failure]
    stream = DIALECT.stream_encoder(ASKED, losses=Losses()).encode(events)
    assert parse(stream)[-1]["response"]["error"]["message"] == "Gone."


def test_behaviour_25_the_item_comes_back_as_what_the_next_model_reads() -> None:
    item = encode_summary("cmp_1", "What was said.")
    body = {"model": "m", "input": [item, {"role": "user", "content": "go on"}]}
    request = DIALECT.decode_request(json.dumps(body).encode())
    condensed, next_turn = request.messages
    assert isinstance(condensed.parts[0], Text)
    assert condensed.parts[0].text.endswith("What was said.")
    assert is_summary(condensed.parts[0].text)
    assert next_turn == Message("user", (Text("go on"),))


@pytest.mark.parametrize("encrypted", [None, "", "gAAAAAB", "pxbin-anthropic_messages:x"])
def test_what_openai_condensed_only_openai_can_read(encrypted: str | None) -> None:
    assert decode_summary(encrypted) is None
