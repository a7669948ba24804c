import json
import time
from typing import Any

import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages.answer_parts import encode_answer_part
from pxbin_engine.protocol.dialects.anthropic_messages.patch import patch_request
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    SYNTHETIC_SIGNATURE,
    Part,
    SearchCall,
    SearchHit,
    SearchResult,
)


def patch(body: bytes, model: str = "new") -> bytes:
    return patch_request(body, model=model, losses=Losses())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"model":"old","x": 1.0}', b'{"model":"new","x": 1.0}'),
        (b' {\n  "model" : "o\\"ld", "x":"\\u00e9"}', b' {\n  "model" : "new", "x":"\\u00e9"}'),
        (b'{"x":{"model":"old"},"model":"old"}', b'{"x":{"model":"old"},"model":"new"}'),
        (
            b'{"x":[{"model": "old"}], "model": "old" }',
            b'{"x":[{"model": "old"}], "model": "new" }',
        ),
        (
            b'{"x":"\\"model\\":\\"old\\"","model":"old"}',
            b'{"x":"\\"model\\":\\"old\\"","model":"new"}',
        ),
        (b'{"a\\"model":"old","model":"old"}', b'{"a\\"model":"old","model":"new"}'),
        (b'{"x":1,"model":"new"}', b'{"x":1,"model":"new"}'),
    ],
)
def test_behaviour_20_only_the_requests_own_model_changes(body: bytes, expected: bytes) -> None:
    assert patch(body) == expected


def test_a_name_is_escaped() -> None:
    assert json.loads(patch(b'{"model":"old"}', 'a"\\b'))["model"] == 'a"\\b'


@pytest.mark.parametrize("body", [b"{}", b"[]", b"", b'{"messages":[{"model":"x"}]}'])
def test_a_body_without_a_model_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        patch(body)


def test_a_body_of_lookalikes_costs_no_more_than_a_few_readings() -> None:
    lookalikes = b",".join([b'{"model":"old"}'] * 100_000)
    started = time.perf_counter()
    patched = patch(b'{"x":[%b], "model":"old", "y":1}' % lookalikes)
    assert time.perf_counter() - started < 2  # to try each would read 160 GB
    assert patched == b'{"x":[%b],"model":"new","y":1}' % lookalikes


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"old","model":"dear"}',
        b'{"model":"old","model":"old"}',
        b'{"model":"old","model":"new"}',
        b'{"model":"old","x":1,"mod\\u0065l":"dear"}',
        b'{"x":1,"model":"old","model":"dear"}',
        b'{"x":1,"model":"dear","model":"new"}',
    ],
)
def test_a_model_given_twice_is_refused_because_parsers_differ(body: bytes) -> None:
    with pytest.raises(ProtocolError, match="once"):
        patch(body)


def test_behaviour_18_thinking_signed_here_is_left_out_and_nothing_else_changes() -> None:
    ours = {"type": "thinking", "thinking": "hm", "signature": f"{SYNTHETIC_SIGNATURE}unsigned"}
    theirs = {"type": "thinking", "thinking": "hm", "signature": "EqQB"}
    text = {"type": "text", "text": f"I saw {SYNTHETIC_SIGNATURE} in a file"}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": f"What is {SYNTHETIC_SIGNATURE}?"},
        {"role": "assistant", "content": [ours, text]},
        {"role": "assistant", "content": [theirs, text]},
        {"role": "assistant", "content": [ours]},
    ]
    losses = Losses()
    body = json.dumps({"model": "old", "n": 1.50, "messages": messages}).encode()
    patched = json.loads(patch_request(body, model="new", losses=losses))
    assert patched["n"] == 1.5
    assert patched["messages"] == [
        messages[0],
        {"role": "assistant", "content": [text]},
        messages[2],
        {"role": "assistant", "content": [{"type": "text", "text": "(no content)"}]},
    ]
    assert [loss.path for loss in losses] == ["messages[1]", "messages[3]"]


CALL = {"type": "tool_use", "id": "a", "name": "f", "input": {}}
SIGNED = {"type": "thinking", "thinking": "hm", "signature": "EqQB"}
OURS = SIGNED | {"signature": f"{SYNTHETIC_SIGNATURE}unsigned"}
REDACTED = {"type": "redacted_thinking", "data": "x"}
RESULT = {"type": "tool_result", "tool_use_id": "a", "content": "1"}


@pytest.mark.parametrize(
    ("content", "replays", "kept", "thinks"),
    [
        ([SIGNED, CALL], True, [SIGNED, CALL], True),
        ([OURS, CALL], True, [CALL], False),
        ([OURS, SIGNED, CALL], True, [SIGNED, CALL], True),
        ([SIGNED, REDACTED, CALL], False, [CALL], False),
        ([SIGNED], False, [{"type": "text", "text": "(no content)"}], True),
        ([CALL], False, [CALL], True),
    ],
)
def test_behaviour_18_a_turn_of_calls_that_loses_its_thinking_is_not_asked_for_more(
    content: list[Any], replays: bool, kept: list[Any], thinks: bool
) -> None:
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": content},
        {"role": "user", "content": [RESULT]},
    ]
    asked = {"type": "enabled", "budget_tokens": 2000}
    body = json.dumps({"model": "old", "thinking": asked, "messages": messages}).encode()
    patched = json.loads(
        patch_request(body, model="new", losses=Losses(), replays_thinking=replays)
    )
    assert patched["messages"] == [messages[0], messages[1] | {"content": kept}, messages[2]]
    assert patched["thinking"] == (asked if thinks else {"type": "disabled"})


def test_behaviour_18_what_other_vendors_made_is_fit_for_anthropic() -> None:
    cited = {"type": "web_search_result_location", "url": "u", "cited_text": "",
             "encrypted_index": f"{SYNTHETIC_SIGNATURE}cited"}  # fmt: skip
    found: list[Part] = [
        SearchCall("call_1", "cats"),
        SearchResult("call_1", (SearchHit("https://a.example", "A", None, "Cats purr."),)),
    ]
    content = [
        SIGNED | {"signature": "pxbin-gemini_generate:CiQB"},
        REDACTED | {"data": "pxbin-openai_chat:x"},
        *(encode_answer_part(part, "", Losses()) for part in found),
        {"type": "text", "text": "They purr.", "citations": [cited]},
        {"type": "text", "text": "pxbin-gemini_generate: is a mark", "citations": None},
    ]
    losses = Losses()
    body = {"model": "old", "messages": [{"role": "assistant", "content": content}]}
    patched = json.loads(patch_request(json.dumps(body).encode(), model="new", losses=losses))
    assert patched["messages"][0]["content"] == [
        {"type": "text", "text": "[Searched the web: cats]"},
        {"type": "text", "text": "A\nhttps://a.example\nCats purr."},
        {"type": "text", "text": "They purr.", "citations": None},
        content[-1],
    ]
    assert {loss.path for loss in losses} == {"messages[0]", "messages[0].citations"}


def test_behaviour_20_a_text_that_only_talks_of_marks_changes_no_byte() -> None:
    body = b'{ "model":"old", "messages": [ {"role":"user","content":"pxbin-x: \\u00e9"} ] }'
    assert patch(body) == body.replace(b'"old"', b'"new"')


@pytest.mark.parametrize(
    "messages",
    ['"pxbin-synthetic:"', '["pxbin-synthetic:"]', '[{"content":[7,"pxbin-synthetic:"]}]'],
)
def test_what_is_no_conversation_goes_through(messages: str) -> None:
    body = f'{{"model":"old","messages":{messages}}}'
    assert json.loads(patch(body.encode()))["model"] == "new"
