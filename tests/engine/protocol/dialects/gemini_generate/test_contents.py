"""Conversations for Gemini: the corpus with its golden bodies, any history at all, and answers that go back as they came."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.dialects.gemini_generate import GeminiGenerate
from pxbin_engine.protocol.dialects.gemini_generate.contents import Conversation
from pxbin_engine.protocol.dialects.gemini_generate.proof import UNSIGNED
from pxbin_engine.protocol.dialects.gemini_generate.request_encoder import encode_request
from pxbin_engine.protocol.dialects.gemini_generate.response import decode_response
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
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
from pxbin_engine.protocol.translation import Translation
from tests.support.canonical_cases import load_request
from tests.support.validators.gemini_generate_request import check_request

CORPUS = Path(__file__).parents[4] / "corpus" / "gemini_generate"
CASES = sorted(path.name for path in CORPUS.glob("upstream_request_*"))
PICTURE = Image(Base64Source("image/png", "iVBORw0KGgo="))


def contents_of(*messages: Message, model: str = "gemini-3-pro-preview") -> list[dict[str, Any]]:
    request = Request(model, messages)
    body = encode_request(request, model=model, quirks=DEFAULT_QUIRKS, losses=Losses())
    contents: list[dict[str, Any]] = check_request(body)["contents"]
    return contents


@pytest.mark.parametrize("case", CASES)
def test_the_corpus_encodes_to_its_golden_body(case: str) -> None:
    folder = CORPUS / case
    quirks_file = folder / "quirks.json"
    quirks = (
        msgspec.json.decode(quirks_file.read_bytes(), type=Quirks)
        if quirks_file.exists()
        else DEFAULT_QUIRKS
    )
    request, losses = load_request(folder / "canonical.json"), Losses()
    body = encode_request(request, model=request.model, quirks=quirks, losses=losses)
    check_request(body)
    assert msgspec.json.format(body, indent=2) + b"\n" == (folder / "body.json").read_bytes()
    assert [[loss.path, loss.reason] for loss in losses] == msgspec.json.decode(
        (folder / "losses.json").read_bytes()
    )


def test_behaviour_20_the_same_request_is_the_same_bytes() -> None:
    request = load_request(CORPUS / "upstream_request_claude_code" / "canonical.json")
    bodies = {
        encode_request(request, model="m", quirks=DEFAULT_QUIRKS, losses=Losses()) for _ in range(3)
    }
    assert len(bodies) == 1


@pytest.mark.parametrize(
    "case", ["answer_thoughts_and_calls_gemini_3", "answer_code_execution", "answer_image"]
)
def test_an_answer_goes_back_as_it_came(case: str) -> None:
    body = (CORPUS / case / "upstream.json").read_bytes()
    said = msgspec.json.decode(body)["candidates"][0]["content"]["parts"]
    assert _sent_back(body) == said


ANSWER_PARTS = st.one_of(
    st.builds(lambda text: {"text": text}, st.sampled_from(["a", "b c"])),
    st.builds(lambda text: {"text": text, "thought": True}, st.sampled_from(["d", "e f"])),
    st.just({"functionCall": {"name": "f", "args": {"n": [1, "x"]}}}),
    st.just({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
    st.just({"toolCall": {"id": "t", "toolType": "GOOGLE_SEARCH_WEB"}}),
)


@given(st.lists(st.tuples(ANSWER_PARTS, st.booleans()), min_size=1, max_size=6), st.booleans())
def test_any_signed_answer_goes_back_as_it_came(
    drawn: list[tuple[dict[str, Any], bool]], ends_on_signature: bool
) -> None:
    """But that texts of one kind are joined, as a stream's must be."""
    said: list[dict[str, Any]] = []
    for position, (part, signed) in enumerate(drawn):
        signature = {"thoughtSignature": f"s{position}"} if signed else {}
        if "functionCall" in part:
            part = {"functionCall": {**part["functionCall"], "id": f"c{position}"}}  # noqa: PLW2901  # its id is its own
        if said and _joins(said[-1], {**part, **signature}):
            said[-1] = {**said[-1], "text": said[-1]["text"] + part["text"], **signature}
        else:
            said.append({**part, **signature})
    if ends_on_signature:
        said.append({"text": "", "thoughtSignature": "last"})
    answer = {"candidates": [{"content": {"parts": said}, "finishReason": "STOP"}]}
    assert _sent_back(msgspec.json.encode(answer)) == said


def _joins(before: dict[str, Any], part: dict[str, Any]) -> bool:
    """A signature begins a text, and ends a thought."""
    if "text" not in before or "text" not in part or before.get("thought") != part.get("thought"):
        return False
    return "thoughtSignature" not in (before if part.get("thought") else part)


def _sent_back(body: bytes) -> list[dict[str, Any]]:
    """The parts of the model's turn when the answer is part of the next request; 2.5 needs no signature made up."""
    parts = decode_response(body, quirks=DEFAULT_QUIRKS).parts
    contents = contents_of(
        Message("user", (Text("Hi"),)), Message("assistant", parts), model="gemini-2.5-pro"
    )
    found: list[dict[str, Any]] = contents[1]["parts"]
    return found


def _anthropic_round(answer: dict[str, Any] | None) -> dict[str, Any]:
    """Claude Code's way: the blocks of the answer and their results in the next turn; None: the first turn."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Weather?"}]
    if answer is not None:
        calls = [block for block in answer["content"] if block["type"] == "tool_use"]
        results = [
            {"type": "tool_result", "tool_use_id": call["id"], "content": "7"} for call in calls
        ]
        messages += (
            {"role": "assistant", "content": answer["content"]},
            {"role": "user", "content": results},
        )
    return {"model": "m", "max_tokens": 9000, "messages": messages}


def _chat_round(answer: dict[str, Any] | None) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Weather?"}]
    if answer is not None:
        message = answer["choices"][0]["message"]
        results = [
            {"role": "tool", "tool_call_id": call["id"], "content": "7"}
            for call in message["tool_calls"]
        ]
        messages += (message, *results)
    return {"model": "m", "messages": messages}


def _responses_round(answer: dict[str, Any] | None) -> dict[str, Any]:
    """Codex's way: nothing stored, the reasoning comes along encrypted."""
    items: list[dict[str, Any]] = [{"role": "user", "content": "Weather?"}]
    if answer is not None:
        items += answer["output"]
        for call in answer["output"]:
            if call["type"] == "function_call":
                result = {"type": "function_call_output", "call_id": call["call_id"], "output": "7"}
                items.append(result)
    wanted = ["reasoning.encrypted_content"]
    return {"model": "m", "input": items, "store": False, "include": wanted}


@pytest.mark.parametrize(
    ("client", "next_round"),
    [
        (ANTHROPIC_MESSAGES, _anthropic_round),
        (OpenAIChat(), _chat_round),
        (OpenAIResponses(), _responses_round),
    ],
)
def test_behaviour_18_a_signature_comes_home_through_a_client_of_any_dialect(
    client: Dialect, next_round: Callable[[dict[str, Any] | None], dict[str, Any]]
) -> None:
    body = (CORPUS / "answer_thoughts_and_calls_gemini_3" / "upstream.json").read_bytes()
    said = msgspec.json.decode(body)["candidates"][0]["content"]["parts"]

    def translation() -> Translation:
        return Translation(client, GeminiGenerate(), model="gemini-3-pro-preview")

    first = translation()
    first.request(msgspec.json.encode(next_round(None)))
    answer = msgspec.json.decode(first.response(body))
    second = translation().request(msgspec.json.encode(next_round(answer)))
    sent = check_request(second)["contents"][1]["parts"]
    assert sent == [part for part in said if "functionCall" in part]


CALLS = st.sampled_from(["a", "b", "c"])
USER_PARTS = st.one_of(
    st.builds(Text, st.sampled_from(["Hi", "", " "])),
    st.just(PICTURE),
    st.builds(
        lambda call, text: ToolResult(call, (Text(text),)), CALLS, st.sampled_from(["x", ""])
    ),
    st.builds(lambda call: ToolResult(call, (PICTURE, PICTURE), is_error=True), CALLS),
)
MODEL_PARTS = st.one_of(
    st.builds(Text, st.sampled_from(["Yes", " "])),
    st.builds(lambda call: ToolCall(call, f"tool {call}", '{"x":1}'), CALLS),
    st.sampled_from(
        [Thinking("Hm.", vendor=NAME), Thinking("", "sig", vendor=NAME), Thinking("?")]
    ),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    messages = []
    for role in draw(st.lists(st.sampled_from(["user", "assistant", "system"]), max_size=7)):
        if role == "assistant":
            drawn: list[Part] = draw(st.lists(MODEL_PARTS, max_size=4))
            calls: set[str] = set()
            parts = [part for part in drawn if not _is_again(part, calls)]
        else:
            parts = draw(st.lists(USER_PARTS, max_size=4)) if role == "user" else [Text("Rule.")]
        messages.append(Message(role, tuple(parts)))  # type: ignore[arg-type]  # drawn as text
    return messages


def _is_again(part: Part, calls: set[str]) -> bool:
    """Whether the turn has a call of this id already; no vendor's model does that."""
    if not isinstance(part, ToolCall):
        return False
    again = part.id in calls
    calls.add(part.id)
    return again


@given(histories(), st.sampled_from(["gemini-3.1-pro-preview", "gemini-2.5-flash", "other"]))
def test_behaviour_12_any_history_becomes_one_that_gemini_takes(
    history: list[Message], model: str
) -> None:
    contents_of(*history, model=model)


def test_behaviour_18_a_step_that_another_model_made_is_signed_as_such() -> None:
    step = (Message("assistant", (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}"))),)
    signed = [part.get("thoughtSignature") for part in contents_of(*step)[1]["parts"]]
    assert signed == [UNSIGNED, None]
    for model in ("gemini-2.5-pro", "some-model"):
        assert UNSIGNED not in str(contents_of(*step, model=model))


def test_an_upstream_known_for_it_gets_signatures_whatever_its_models_are_called() -> None:
    request = Request("m", (Message("assistant", (ToolCall("a", "f", "{}"),)),))
    found = Conversation(request, "my-model", Quirks(signs_calls=True), Losses()).contents
    assert found[1]["parts"][0]["thoughtSignature"] == UNSIGNED


def test_what_only_google_knows_of_a_result_stays_inside_it() -> None:
    film = Raw(b'{"inlineData":{"mimeType":"video/mp4","data":"AAAA"}}')
    result = ToolResult("a", (Text("See."), OpaquePart(NAME, "functionResponsePart", film)))
    contents = contents_of(
        Message("assistant", (ToolCall("a", "f", "{}"),)), Message("user", (result,))
    )
    answer = contents[2]["parts"][0]["functionResponse"]
    assert answer["response"] == {"output": "See."}
    assert answer["parts"] == [msgspec.json.decode(film)]
    assert len(contents[2]["parts"]) == 1
