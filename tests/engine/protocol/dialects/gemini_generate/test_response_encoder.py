"""Whole answers for a Gemini client, and the counts and reasons that streams share with them."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.gemini_generate import GeminiGenerate
from pxbin_engine.protocol.dialects.gemini_generate.outcome import decode_usage
from pxbin_engine.protocol.dialects.gemini_generate.response_encoder import encode_usage
from pxbin_engine.protocol.dialects.gemini_generate.upstream_wire import decode_chunk
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import (
    Citation,
    Part,
    Reasoning,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
)
from pxbin_engine.protocol.response import Response, StopKind, StopReason, Usage
from tests.support.gemini_client import client_of
from tests.support.validators.gemini_generate import check_response

DIALECT = GeminiGenerate()
ASKED = Request("m", (), reasoning=Reasoning(summary="auto"))
END = StopReason("end_turn")


def encode(
    *parts: Part, stop: StopReason = END, usage: Usage | None = None
) -> tuple[dict[str, Any], list[str]]:
    losses = Losses()
    response = Response("r", "m", parts, stop, usage)
    body = DIALECT.encode_response(response, ASKED, losses=losses, now=1)
    return check_response(body), [loss.path for loss in losses]


def candidate(*parts: Part, stop: StopReason = END) -> dict[str, Any]:
    return dict(encode(*parts, stop=stop)[0]["candidates"][0])


@pytest.mark.parametrize("stop", get_args(StopKind))
def test_behaviour_05_every_stop_reason_is_told_in_googles_words(stop: StopKind) -> None:
    told = {"max_tokens": "MAX_TOKENS", "context_window": "MAX_TOKENS", "refusal": "SAFETY"}
    answer, losses = encode(Text("a"), stop=StopReason(stop, "other"))
    assert answer["candidates"][0]["finishReason"] == told.get(stop, "STOP")
    assert losses == (["answer.stop"] if stop == "pause_turn" else [])


def test_googles_own_reason_is_told_as_it_was() -> None:
    assert candidate(stop=StopReason("refusal", "RECITATION"))["finishReason"] == "RECITATION"


def test_a_broken_call_ends_as_google_ends_then() -> None:
    broken = ToolCall("c", "f", '{"a":')
    ended = candidate(Text("a"), broken, stop=StopReason("tool_use"))
    assert (ended["finishReason"], ended["finishMessage"]) == (
        "MALFORMED_FUNCTION_CALL",
        'Malformed function call: f({"a":)',
    )
    cut = candidate(Text("a"), broken, stop=StopReason("max_tokens"))
    assert (cut["finishReason"], "finishMessage" in cut) == ("MAX_TOKENS", False)


def test_nothing_said_is_a_content_without_parts() -> None:
    assert candidate(stop=StopReason("refusal"))["content"] == {"role": "model"}


def test_texts_that_follow_each_other_are_one_but_for_signatures() -> None:
    content = candidate(
        Thinking("a", "c2ln", vendor=NAME),
        Thinking("b"),
        Thinking("c"),
        Text("d"),
        Text("e"),
        Thinking("", "eHg=", vendor=NAME),
        Text("f"),
    )["content"]
    assert content["parts"] == [
        {"text": "a", "thought": True, "thoughtSignature": "c2ln"},
        {"text": "bc", "thought": True},
        {"text": "de"},
        {"text": "f", "thoughtSignature": "eHg="},
    ]


def test_the_client_gets_an_answer_that_its_sdk_takes() -> None:
    parts = (
        Thinking("Hm.", "EqQB", vendor="anthropic_messages"),
        SearchCall("s", "q"),
        SearchResult("s", (SearchHit("https://a", "A"),)),
        Text("So.", (Citation("https://a", "A"),)),
        ToolCall("c", "f", '{"a":1}'),
    )
    usage = Usage(5, 10, 3, output_tokens=7, reasoning_tokens=2)
    body = DIALECT.encode_response(
        Response("r", "m", parts, StopReason("tool_use"), usage), ASKED, losses=Losses()
    )
    answer = client_of(body).models.generate_content(model="m", contents="Hi")
    assert (answer.response_id, answer.model_version) == ("r", "m")
    assert answer.candidates is not None
    (told,) = answer.candidates
    assert told.content is not None
    assert told.content.parts is not None
    thought, text, call = told.content.parts
    assert (thought.text, thought.thought) == ("Hm.", True)
    assert (text.text, text.thought_signature) == ("So.", b"pxbin-anthropic_messages:EqQB")
    assert call.function_call is not None
    assert (call.function_call.id, call.function_call.args) == ("c", {"a": 1})
    assert told.grounding_metadata is not None
    assert told.grounding_metadata.web_search_queries == ["q"]
    counted = answer.usage_metadata
    assert counted is not None
    assert counted.model_dump(exclude_none=True) == {
        "prompt_token_count": 18,
        "cached_content_token_count": 10,
        "candidates_token_count": 5,
        "thoughts_token_count": 2,
        "total_token_count": 25,
    }


COUNTS = st.integers(0, 1000)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_behaviour_10_counts_survive_the_way_out_and_back(
    fresh: int, read: int, written: int, thoughts: int
) -> None:
    usage = Usage(fresh, read, output_tokens=written + thoughts, reasoning_tokens=thoughts)
    body, _ = encode(usage=usage)
    assert body["usageMetadata"] == encode_usage(usage)
    told = decode_chunk(
        DIALECT.encode_response(Response("r", "m", (), END, usage), ASKED, losses=Losses())
    )
    assert told.usage_metadata is not None
    assert decode_usage(told.usage_metadata) == usage


def test_thoughts_are_never_more_than_was_written() -> None:
    check_response(
        DIALECT.encode_response(
            Response("r", "m", (), END, Usage(output_tokens=1, reasoning_tokens=5)),
            ASKED,
            losses=Losses(),
        )
    )


WORDS = st.text(min_size=1, max_size=6)
ANSWERS = st.lists(
    st.builds(Text, WORDS)
    | st.builds(Thinking, WORDS, st.none() | st.just("c2ln"), st.none(), st.just(NAME))
    | st.builds(
        ToolCall, st.just(""), st.sampled_from(["f", "g"]), st.sampled_from(["{}", '{"a":"b"}'])
    ),
    max_size=5,
)


@given(ANSWERS)
def test_what_the_dialect_can_say_comes_back(parts: list[Part]) -> None:
    numbered = [
        ToolCall(f"c{at}", part.name, part.arguments) if isinstance(part, ToolCall) else part
        for at, part in enumerate(parts)
    ]
    response = Response("r", "m", tuple(numbered), END)
    body = DIALECT.encode_response(response, ASKED, losses=Losses())
    check_response(body)
    back = DIALECT.decode_response(body, quirks=DEFAULT_QUIRKS, request=ASKED)
    assert list(back.parts) == joined(numbered)


def joined(parts: list[Part]) -> list[Part]:
    """Texts that follow each other are one, and thoughts up to the one with a signature."""
    told: list[Part] = []
    for part in parts:
        match (told[-1] if told else None), part:
            case Text(text=text), Text(text=more):
                told[-1] = Text(text + more)
            case Thinking(text=text, signature=None), Thinking(text=more, signature=signature):
                told[-1] = Thinking(text + more, signature, vendor=NAME)
            case _:
                told.append(part)
    return told
