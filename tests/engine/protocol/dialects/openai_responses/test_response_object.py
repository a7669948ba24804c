"""The frame of an answer: its id, what was asked, counts and why it ended."""

import json
from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses.request import decode_request
from pxbin_engine.protocol.dialects.openai_responses.response_object import (
    Place,
    ResponseObject,
    encode_response_id,
    encode_usage,
)
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.request import OutputFormat, Request
from pxbin_engine.protocol.response import StopReason, Usage
from tests.support.validators.openai_responses import check_response


def response(request: Request) -> ResponseObject:
    return ResponseObject(request, response_id="chatcmpl-1", model="m", now=7)


def test_the_request_is_told_back() -> None:
    asked = {
        "model": "alias",
        "input": "Hi",
        "instructions": "Be brief.",
        "tools": [{"type": "web_search"}],
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "max_output_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"verbosity": "low", "format": {"type": "json_object"}},
        "metadata": {"a": "b"},
        "truncation": "auto",
        "prompt_cache_key": "k",
        "safety_identifier": "u",
        "service_tier": "flex",
        "store": True,
    }
    said = json.loads(response(decode_request(json.dumps(asked).encode())).in_progress())
    told = {
        name: said[name]
        for name in asked
        if name not in ("model", "input", "instructions", "store")
    }
    assert told == {name: asked[name] for name in told}
    assert (said["store"], said["previous_response_id"]) == (False, None)
    assert (said["id"], said["model"], said["created_at"]) == ("resp_chatcmpl-1", "m", 7)


def test_what_is_kept_has_an_id_of_its_own_and_says_so() -> None:
    place = Place("resp_own", "resp_before", keep=lambda _answer: None)
    kept = ResponseObject(Request("m", ()), response_id="chatcmpl-1", model="m", now=7, place=place)
    said = json.loads(kept.in_progress())
    assert (said["id"], said["store"]) == ("resp_own", True)
    assert said["previous_response_id"] == "resp_before"
    assert kept.key == "own"


def test_a_schema_is_told_back() -> None:
    format_ = OutputFormat("json_schema", None, Raw(b'{"type":"object"}'), strict=True)
    said = json.loads(response(Request("m", (), output_format=format_)).in_progress())
    assert said["text"]["format"] == {
        "type": "json_schema",
        "name": "answer",
        "schema": {"type": "object"},
        "strict": True,
    }


@pytest.mark.parametrize(
    ("stop", "status", "reason"),
    [
        ("end_turn", "completed", None),
        ("stop_sequence", "completed", None),
        ("tool_use", "completed", None),
        ("pause_turn", "completed", None),
        ("max_tokens", "incomplete", "max_output_tokens"),
        ("context_window", "incomplete", "max_output_tokens"),
        ("refusal", "incomplete", "content_filter"),
    ],
)
def test_behaviour_05_every_stop_reason_is_told_in_openais_words(
    stop: Any, status: str, reason: str | None
) -> None:
    said = check_response(response(Request("m", ())).ended(StopReason(stop), [], None))
    assert said.status == status
    assert (said.incomplete_details.reason if said.incomplete_details else None) == reason
    assert said.usage is None


def test_behaviour_10_cached_and_thought_tokens_are_inside_the_counts() -> None:
    usage = Usage(5, 10, 3, 2, output_tokens=7, reasoning_tokens=4, web_searches=2)
    assert encode_usage(usage) == {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 5},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 27,
    }
    said = check_response(response(Request("m", ())).ended(StopReason("end_turn"), [], usage))
    assert said.tool_usage is not None
    assert said.tool_usage.web_search.num_requests == 2


def test_a_failure_keeps_what_was_finished() -> None:
    item = b'{"type":"reasoning","id":"rs_1","summary":[]}'
    said = json.loads(response(Request("m", ())).failed(ApiError("timeout", 504, "Late."), [item]))
    assert (said["status"], said["output"]) == ("failed", [json.loads(item)])
    assert said["error"] == {"code": "server_error", "message": "Late."}


@pytest.mark.parametrize(
    ("given", "told"),
    [("resp_1", "resp_1"), ("msg_1", "resp_msg_1"), ("a b/c", "resp_a_b_c")],
)
def test_an_id_keeps_what_the_upstream_called_it(given: str, told: str) -> None:
    assert encode_response_id(given) == told


def test_an_answer_without_an_id_gets_one_that_fits_into_its_items() -> None:
    assert encode_response_id("") != encode_response_id("")
    assert len(ResponseObject(Request("m", ()), response_id="x" * 99, model="m", now=0).key) == 40
