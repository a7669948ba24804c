"""The conversation of a Gemini client, read into canonical turns."""

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate import GeminiGenerate
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import (
    Base64Source,
    Image,
    Message,
    OpaquePart,
    Part,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

DIALECT = GeminiGenerate()


def decode(*contents: Any, **fields: Any) -> Request:
    return DIALECT.decode_request(msgspec.json.encode({"contents": contents, **fields}))


def model_parts(*parts: Any) -> tuple[Part, ...]:
    (turn,) = decode({"role": "model", "parts": parts}).messages
    assert turn.role == "assistant"
    return turn.parts


def call(name: str, call_id: str | None = None, **args: Any) -> dict[str, Any]:
    named = {"id": call_id} if call_id else {}
    return {"functionCall": {"name": name, **named, "args": args}}


def answer(name: str, output: str, call_id: str | None = None) -> dict[str, Any]:
    named = {"id": call_id} if call_id else {}
    return {"functionResponse": {"name": name, **named, "response": {"output": output}}}


def answered_calls(*contents: Any) -> list[tuple[str, Any]]:
    results = [part for turn in decode(*contents).messages for part in turn.parts]
    return [
        (part.call_id, part.parts[0].text)
        for part in results
        if isinstance(part, ToolResult) and isinstance(part.parts[0], Text)
    ]


def test_a_role_that_is_not_said_is_the_users() -> None:
    assert decode({"parts": [{"text": "Hi"}]}).messages == (Message("user", (Text("Hi"),)),)


def test_neighbours_of_one_role_are_one_turn() -> None:
    request = decode(
        {"role": "user", "parts": [{"text": "a"}]},
        {"role": "user", "parts": [{"text": "b"}]},
        {"role": "model", "parts": [{"text": "c"}]},
        {"role": "model", "parts": [{"text": "d"}]},
        {"role": "model"},
        {"role": "function", "parts": [{"text": "e"}]},
    )
    assert request.messages == (
        Message("user", (Text("a"), Text("b"))),
        Message("assistant", (Text("cd"),)),
        Message("user", (Text("e"),)),
    )


@pytest.mark.parametrize("role", ["user", "system", "model", None])
def test_the_instruction_may_have_any_role(role: str | None) -> None:
    parts = [{"text": "a"}, {"text": "b"}]
    instructed = decode(systemInstruction={"role": role, "parts": parts})
    assert instructed.system == (Text("a"), Text("b"))
    assert decode(systemInstruction="a").system == (Text("a"),)


def test_behaviour_18_thoughts_in_pieces_are_one_up_to_the_signature() -> None:
    assert model_parts(
        {"text": "a", "thought": True},
        {"text": "b", "thought": True, "thoughtSignature": "c2ln"},
        {"text": "c", "thought": True},
        {"thought": True, "thoughtSignature": "eHg="},
        {"text": "d"},
    ) == (
        Thinking("ab", "c2ln", vendor=NAME),
        Thinking("c", "eHg=", vendor=NAME),
        Text("d"),
    )


def test_behaviour_18_a_signature_stands_before_the_part_that_it_was_on() -> None:
    assert model_parts(
        {"text": "Hm.", "thought": True},
        {"text": "So", "thoughtSignature": "YQ=="},
        {"text": "."},
        {**call("f", "c"), "thoughtSignature": "Yg=="},
        {"text": "", "thoughtSignature": "Yw=="},
    ) == (
        Thinking("Hm."),
        Thinking("", "YQ==", vendor=NAME),
        Text("So."),
        Thinking("", "Yg==", vendor=NAME),
        ToolCall("c", "f", "{}"),
        Thinking("", "Yw==", vendor=NAME),
        Text(""),
    )


def test_a_signature_alone_in_its_part_is_read() -> None:
    assert model_parts({"thoughtSignature": "YQ=="}) == (Thinking("", "YQ==", vendor=NAME),)


def test_the_word_for_no_signature_is_none() -> None:
    skipped = {**call("f", "c"), "thoughtSignature": "skip_thought_signature_validator"}
    assert model_parts(skipped) == (ToolCall("c", "f", "{}"),)


def test_behaviour_18_another_vendors_signature_goes_to_the_thought_before() -> None:
    mark = base64.b64encode(b"pxbin-anthropic_messages:EqQB").decode()
    thought = {"text": "Hm.", "thought": True}
    signed = {**call("f", "c"), "thoughtSignature": mark}
    called = ToolCall("c", "f", "{}")
    kept = Thinking("Hm.", "EqQB", vendor="anthropic_messages")
    assert model_parts(thought, signed) == (kept, called)
    assert model_parts(signed) == (Thinking("", "EqQB", vendor="anthropic_messages"), called)
    carrier = {"text": "", "thoughtSignature": mark}
    assert model_parts(thought, carrier) == (kept,)


def test_behaviour_02_calls_without_ids_are_numbered_through_the_conversation() -> None:
    first = {"role": "model", "parts": [call("read.it/now"), call("x" * 70)]}
    results = {"role": "user", "parts": [answer("read.it/now", "1"), answer("x" * 70, "2")]}
    once = decode(first, results).messages
    again = decode(first, results, {"role": "model", "parts": [call("f")]}).messages
    assert again[:2] == once
    ids = [part.id for turn in again for part in turn.parts if isinstance(part, ToolCall)]
    assert ids == ["call_1_read_it_now", f"call_2_{'x' * 24}", "call_3_f"]


def test_behaviour_13_a_response_answers_the_first_open_call_of_its_name() -> None:
    calls = {"role": "model", "parts": [call("f"), call("g"), call("f"), call("f", "mine")]}
    answers = [answer("f", "1"), answer("g", "2"), answer("f", "mine", "mine"), answer("f", "3")]
    assert answered_calls(calls, {"role": "user", "parts": answers}) == [
        ("call_1_f", "1"),
        ("call_2_g", "2"),
        ("mine", "mine"),
        ("call_3_f", "3"),
    ]


def test_an_id_that_the_client_changed_is_no_hindrance() -> None:
    calls = {"role": "model", "parts": [call("f", "toolu_1")]}
    assert answered_calls(calls, {"parts": [answer("f", "1", "f__toolu_1")]}) == [("toolu_1", "1")]


def test_what_was_never_answered_is_not_answered_later() -> None:
    calls = {"role": "model", "parts": [call("f")]}
    later = {"role": "user", "parts": [answer("f", "2"), answer("f", "3"), answer("f", "4", "own")]}
    assert answered_calls(calls, {"parts": [{"text": "stop"}]}, calls, later) == [
        ("call_2_f", "2"),
        ("unknown_f", "3"),
        ("own", "4"),
    ]


def test_arguments_stay_what_they_were() -> None:
    body = b'{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","id":"c","args":{"b":1e2, "a":[1]}}}]}]}'
    (turn,) = DIALECT.decode_request(body).messages
    assert turn.parts == (ToolCall("c", "f", '{"b":1e2, "a":[1]}'),)


@pytest.mark.parametrize(
    "part",
    [
        {"executableCode": {"language": "PYTHON", "code": "1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK"}},
        {"toolCall": {"id": "a"}},
        {"aNewKind": {"x": 1}, "partMetadata": {"y": 2}},
    ],
)
def test_what_only_google_knows_is_kept_as_it_came(part: dict[str, Any]) -> None:
    (signature, opaque) = model_parts({**part, "thoughtSignature": "YQ=="})
    assert signature == Thinking("", "YQ==", vendor=NAME)
    assert isinstance(opaque, OpaquePart)
    assert (opaque.dialect, opaque.kind) == (NAME, next(iter(part)))
    assert msgspec.json.decode(opaque.raw) == part


def test_a_thought_of_another_kind_is_no_text() -> None:
    (image,) = model_parts(
        {"inlineData": {"mimeType": "image/png", "data": "QUJD"}, "thought": True}
    )
    assert image == Image(Base64Source("image/png", "QUJD"))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"role": "wizard", "parts": []}, r"contents\[0\]\.role"),
        ({"role": "system", "parts": []}, r"contents\[0\]\.role"),
        ({"parts": [7]}, r"contents\[0\]\.parts\[0\]"),
        ({"parts": [{}]}, r"contents\[0\]\.parts\[0\]: must have one data field"),
        ({"parts": [{"text": None}]}, r"contents\[0\]\.parts\[0\]: must have one data field"),
        ({"parts": [{"videoMetadata": {}}]}, r"contents\[0\]\.parts\[0\]: must have one"),
        ({"parts": [{"text": 7}]}, r"contents\[0\]\.parts\[0\]"),
        ({"parts": [{"functionCall": {"args": {}}}]}, r"parts\[0\]\.functionCall\.name"),
        ({"parts": [{"functionResponse": {}}]}, r"parts\[0\]\.functionResponse\.name"),
        ({"parts": [{"inlineData": {}}]}, r"parts\[0\]\.inlineData"),
        ({"parts": 7}, r"contents\[0\]\.parts\[0\]"),
        (7, "contents"),
    ],
)
def test_a_bad_content_is_named(content: Any, named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        decode(content)


WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
NAMES = st.sampled_from(["read", "write", "run"])
SIGNATURES = st.sampled_from(["c2ln", "YWJjZA=="])


@st.composite
def rounds(draw: st.DrawFn) -> tuple[Message, ...]:
    """Whole rounds: a question, an answer with calls and signatures, and their results."""
    turns: list[Message] = []
    numbers = iter(range(100))
    for _ in range(draw(st.integers(1, 3))):
        turns.append(Message("user", (Text(draw(WORDS)),)))
        parts: list[Part] = []
        if draw(st.booleans()):
            parts.append(Thinking(draw(WORDS), draw(st.none() | SIGNATURES), vendor=NAME))
        if draw(st.booleans()):
            parts.append(Text(draw(WORDS)))
        calls = [
            ToolCall(
                f"id_{next(numbers)}", draw(NAMES), msgspec.json.encode({"a": draw(WORDS)}).decode()
            )
            for _ in range(draw(st.integers(0 if parts else 1, 3)))
        ]
        if calls and draw(st.booleans()):
            parts.append(Thinking("", draw(SIGNATURES), vendor=NAME))
        turns.append(Message("assistant", (*parts, *calls)))
        if calls:
            results = (
                ToolResult(made.id, (Text(draw(WORDS)),), draw(st.none() | st.just(True)))
                for made in calls
            )
            turns += (Message("user", tuple(results)), Message("assistant", (Text(draw(WORDS)),)))
    return (*turns, Message("user", (Text(draw(WORDS)),)))


@given(rounds())
def test_what_an_upstream_would_be_sent_reads_the_same(turns: tuple[Message, ...]) -> None:
    losses = Losses()
    body = DIALECT.encode_request(
        Request("m", turns), model="gemini-2.5-pro", quirks=DEFAULT_QUIRKS, losses=losses
    )
    assert losses == []
    told = DIALECT.decode_request(body).messages
    assert [_without_vendor_of_the_unsigned(turn) for turn in turns] == list(told)


def _without_vendor_of_the_unsigned(turn: Message) -> Message:
    parts = (
        Thinking(part.text) if isinstance(part, Thinking) and part.signature is None else part
        for part in turn.parts
    )
    return Message(turn.role, tuple(parts))
