"""Clients' requests -> canonical: whole ones as the corpus tells, the fields around the conversation, and what is refused."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.dialects.openai_responses.compaction import wants_summary
from pxbin_engine.protocol.effort import EFFORTS
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Reasoning, Request

CORPUS = Path(__file__).parents[4] / "corpus" / "openai_responses"
CASES = sorted(path.name for path in CORPUS.glob("requests_*"))
DIALECT = OpenAIResponses()


def decode(**fields: Any) -> Request:
    return DIALECT.decode_request(json.dumps({"model": "m", "input": "hi", **fields}).encode())


@pytest.mark.parametrize("case", CASES)
def test_behaviour_25_the_corpus_decodes_to_its_golden_requests(case: str) -> None:
    request = DIALECT.decode_request((CORPUS / case / "body.json").read_bytes())
    golden = json.loads((CORPUS / case / "canonical.json").read_bytes())
    assert json.loads(msgspec.json.encode(request)) == golden


TAKES_ALL = Quirks(documents=True, efforts=EFFORTS, prompt_cache_key=True, service_tier=True)


@pytest.mark.parametrize("case", CASES)
def test_behaviour_25_what_an_upstream_is_told_survives_the_way_back_and_out_again(
    case: str,
) -> None:
    losses = Losses()

    def encode(body: bytes) -> bytes:
        request = DIALECT.decode_request(body)
        return DIALECT.encode_request(request, model="m", quirks=TAKES_ALL, losses=losses)

    told = encode((CORPUS / case / "body.json").read_bytes())
    losses.clear()
    assert json.loads(encode(told)) == json.loads(told)
    assert not losses


@pytest.mark.parametrize(
    ("asked", "reasoning"),
    [
        (None, None),
        ({}, None),
        ({"effort": None, "summary": None}, None),
        ({"summary": "auto"}, Reasoning(summary="auto")),
        ({"effort": "low"}, Reasoning(enabled=True, effort="low")),
        ({"effort": "none"}, Reasoning(enabled=False, effort="none")),
        ({"effort": "ultra"}, Reasoning(enabled=True, effort="max")),
        (
            {"effort": "xhigh", "generate_summary": "concise"},
            Reasoning(enabled=True, effort="xhigh", summary="concise"),
        ),
    ],
)
def test_how_much_to_think(asked: Any, reasoning: Reasoning | None) -> None:
    assert decode(reasoning=asked).reasoning == reasoning


@pytest.mark.parametrize("text", [None, {}, {"format": None}, {"format": {"type": "text"}}])
def test_plain_text_is_no_wish(text: Any) -> None:
    request = decode(text=text)
    assert request.output_format is None
    assert request.extensions is None


@pytest.mark.parametrize(
    "fields",
    [
        {"store": False},
        {"store": True},
        {"include": ["reasoning.encrypted_content", "web_search_call.action.sources"]},
        {"stream_options": {"include_obfuscation": True}},
        {"truncation": "disabled"},
        {"previous_response_id": None},
        {"background": False},
        {"metadata": {}},
    ],
)
def test_what_is_so_at_every_upstream_is_no_loss(fields: dict[str, Any]) -> None:
    assert decode(**fields).extensions is None


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        (
            {"previous_response_id": "resp_1"},
            "Previous response with id 'resp_1' not found.*`input`",
        ),
        ({"conversation": "conv_1"}, "conversation: .*`input`"),
        ({"conversation": {"id": "conv_1"}}, "conversation: .*`input`"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt: .*`instructions`"),
        ({"background": True}, "background: "),
        ({"input": None}, "input: "),
        (
            {"input": [{"type": "item_reference", "id": "msg_1"}]},
            "Item with id 'msg_1' not found.*store",
        ),
        ({"reasoning": {"effort": "huge"}}, "reasoning.effort: .*huge"),
        ({"text": {"format": {"type": "json_schema", "name": "x"}}}, "text.format: "),
        ({"text": {"format": {"type": "xml"}}}, "text.format: "),
        ({"tool_choice": 3}, "tool_choice: "),
        ({"input": 3}, "input"),
        ({"max_output_tokens": "many"}, "max_output_tokens"),
    ],
)
def test_behaviour_25_what_cannot_be_done_here_is_refused_with_the_way_out(
    fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(ProtocolError, match=named):
        decode(**fields)


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b'{"input":"hi"}',
        b"\xff\xfe",
        b'{"model":"m","input":"hi","metadata":"\xff"}',
        b'{"model":"m","input":' + b"[" * 5000,
    ],
)
def test_a_body_that_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        DIALECT.decode_request(body)


def test_behaviour_25_a_compaction_is_asked_of_the_model_in_words() -> None:
    items = [{"role": "user", "content": "hi"}, {"type": "compaction_trigger"}]
    assert wants_summary(decode(input=items))
    assert not wants_summary(decode(input=[*items, {"role": "user", "content": "go on"}]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["type", "role", "content", "text", "output", "call_id", "name", "arguments", "input", "summary",
     "encrypted_content", "action", "tools", "annotations", "image_url", "namespace"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["message", "function_call", "function_call_output", "custom_tool_call", "reasoning", "web_search_call",
     "input_text", "output_text", "input_image", "compaction", "namespace", "custom", "user", "assistant"]
)  # fmt: skip
ITEMS = st.dictionaries(FIELDS, WORDS | JSON | st.lists(st.dictionaries(FIELDS, WORDS | JSON, max_size=4), max_size=2), max_size=6)  # fmt: skip


@given(st.lists(ITEMS | JSON, max_size=4), st.lists(ITEMS | JSON, max_size=2), WORDS | JSON)
def test_whatever_a_client_sends_is_a_request_or_a_refusal(
    items: list[Any], tools: list[Any], choice: Any
) -> None:
    try:
        request = decode(input=items, tools=tools, tool_choice=choice)
    except ProtocolError:
        return
    msgspec.json.encode(request)
