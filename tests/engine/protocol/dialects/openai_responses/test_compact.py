"""``/v1/responses/compact`` by a call of any model."""

import json
from typing import Any

import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses.compact import (
    decode_compact_request,
    encode_compact_response,
)
from pxbin_engine.protocol.dialects.openai_responses.compaction import (
    decode_summary,
    encode_summary,
    wants_summary,
)
from pxbin_engine.protocol.request import Request, Text
from pxbin_engine.protocol.response import Response, StopReason, Usage

PICTURE = "data:image/png;base64,AAAA"
INPUT: list[dict[str, Any]] = [
    {"role": "developer", "content": "Be kind."},
    {"role": "user", "content": [{"type": "input_text", "text": "Look"},
                                 {"type": "input_image", "image_url": PICTURE, "detail": "high"}]},
    {"type": "function_call", "call_id": "c", "name": "read", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c", "output": "secret"},
    {"role": "assistant", "content": "A cat."},
    encode_summary("cmp_0", "An older summary."),
    {"role": "user", "content": [{"type": "input_image", "image_url": "https://a.org/a.png"}]},
    {"role": "user", "content": "thanks"},
]  # fmt: skip


def decode(items: list[dict[str, Any]] = INPUT) -> Request:
    body = {"model": "m", "instructions": "Be brief.", "input": items, "parallel_tool_calls": True}
    return decode_compact_request(json.dumps(body).encode())


def encode(request: Request, *parts: Any) -> dict[str, Any]:
    response = Response("resp_1", "m", parts, StopReason("end_turn"), Usage(9, output_tokens=4))
    answer: dict[str, Any] = json.loads(encode_compact_response(response, request, now=7))
    return answer


def test_behaviour_25_a_model_is_asked_for_the_summary() -> None:
    request = decode()
    assert wants_summary(request)
    assert request.system == (Text("Be brief."), Text("Be kind."))
    assert decode([*INPUT, {"type": "compaction_trigger"}]) == request


def test_behaviour_25_the_answer_is_the_users_words_and_one_item() -> None:
    answer = encode(decode(), Text("The cat "), Text("is known."))
    assert (answer["id"], answer["object"], answer["created_at"]) == (
        "resp_1",
        "response.compaction",
        7,
    )
    assert answer["usage"]["total_tokens"] == 13
    *messages, item = answer["output"]
    assert [message["content"] for message in messages] == [
        [{"type": "input_text", "text": "Look"},
         {"type": "input_image", "image_url": PICTURE, "detail": "high"}],
        [{"type": "input_image", "image_url": "https://a.org/a.png", "detail": "auto"}],
        [{"type": "input_text", "text": "thanks"}],
    ]  # fmt: skip
    assert {message["role"] for message in messages} == {"user"}
    assert len({message["id"] for message in messages}) == 3
    assert (item["type"], item["id"]) == ("compaction", "cmp_1")
    assert (decode_summary(item["encrypted_content"]) or "").endswith("The cat is known.")


def test_the_oldest_words_give_way() -> None:
    items = [{"role": "user", "content": name * 120_000} for name in "abc"]
    *messages, _ = encode(decode(items), Text("So."))["output"]
    assert [message["content"][0]["text"][0] for message in messages] == ["b", "c"]


def test_no_summary_is_an_error() -> None:
    with pytest.raises(ProtocolError, match="no summary"):
        encode(decode(), Text(" "))


def test_a_bad_request_is_refused_as_any_other() -> None:
    with pytest.raises(ProtocolError, match="input"):
        decode_compact_request(b'{"model":"m"}')
