"""Requests of Gemini clients: the corpus with its golden canonical form, the fields, and the bytes of the verbatim way."""

from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate import GeminiGenerate
from pxbin_engine.protocol.dialects.gemini_generate.paths import parse_action
from pxbin_engine.protocol.dialects.gemini_generate.request import encode_count
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    FunctionTool,
    Message,
    OutputFormat,
    Reasoning,
    Request,
    Text,
    ToolChoice,
    WebSearch,
)
from tests.support.gemini_client import Answering, client_of

DIALECT = GeminiGenerate()
CORPUS = Path(__file__).parents[4] / "corpus" / "gemini_generate"
CASES = sorted(path.name for path in CORPUS.glob("asked_*"))


@pytest.mark.parametrize("case", CASES)
def test_the_corpus_decodes_to_its_golden_request(case: str) -> None:
    request = DIALECT.decode_request((CORPUS / case / "body.json").read_bytes())
    golden = msgspec.json.decode((CORPUS / case / "canonical.json").read_bytes())
    assert msgspec.json.decode(msgspec.json.encode(request)) == golden


def decode(config: Any = None, **fields: Any) -> Request:
    said = {"generationConfig": config} if config is not None else {}
    return DIALECT.decode_request(msgspec.json.encode({"contents": [], **said, **fields}))


def test_a_list_of_one_may_be_that_one() -> None:
    """As Google's examples for curl have it."""
    body = {
        "system_instruction": {"parts": {"text": "You are a cat."}},
        "contents": {"parts": {"text": "Hello there"}},
        "tools": {"function_declarations": {"name": "purr"}},
    }
    assert DIALECT.decode_request(msgspec.json.encode(body)) == Request(
        "",
        (Message("user", (Text("Hello there"),)),),
        (Text("You are a cat."),),
        (FunctionTool("purr"),),
    )


def test_every_field_has_its_slot() -> None:
    config = {
        "maxOutputTokens": 7,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40.0,
        "seed": "5",
        "presencePenalty": 0.1,
        "frequencyPenalty": -0.1,
        "stopSequences": ["a", "b"],
        "candidateCount": 1,
        "responseModalities": ["TEXT"],
        "responseMimeType": "text/plain",
    }
    assert decode(config, serviceTier="FLEX") == Request(
        "",
        (),
        max_output_tokens=7,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        seed=5,
        presence_penalty=0.1,
        frequency_penalty=-0.1,
        stop=("a", "b"),
        service_tier="flex",
    )


@pytest.mark.parametrize(
    ("config", "reasoning"),
    [
        ({}, None),
        ({"thinkingBudget": 0}, Reasoning(enabled=False)),
        ({"thinkingBudget": -1}, Reasoning(enabled=True, adaptive=True)),
        ({"thinkingBudget": 512}, Reasoning(enabled=True, budget_tokens=512)),
        ({"thinkingLevel": "LOW"}, Reasoning(enabled=True, effort="low")),
        ({"thinkingLevel": "minimal"}, Reasoning(enabled=True, effort="minimal")),
        ({"thinkingLevel": "THINKING_LEVEL_UNSPECIFIED"}, None),
        ({"includeThoughts": True}, Reasoning(summary="auto")),
        (
            {"includeThoughts": True, "thinkingLevel": "HIGH"},
            Reasoning(enabled=True, effort="high", summary="auto"),
        ),
    ],
)
def test_behaviour_17_how_much_to_think(config: Any, reasoning: Reasoning | None) -> None:
    assert decode({"thinkingConfig": config}).reasoning == reasoning


@pytest.mark.parametrize(
    ("config", "kind", "schema"),
    [
        ({"responseMimeType": "application/json"}, "json_object", None),
        ({"responseSchema": {"type": "STRING"}}, "json_schema", b'{"type":"string"}'),
        (
            {"responseMimeType": "application/json", "responseJsonSchema": {"a": 1}},
            "json_schema",
            b'{"a":1}',
        ),
        (
            {"responseMimeType": "application/json", "_responseJsonSchema": {"a": 1}},
            "json_schema",
            b'{"a":1}',
        ),
    ],
)
def test_the_form_of_the_output(config: Any, kind: str, schema: bytes | None) -> None:
    request = decode(config)
    assert isinstance(request.output_format, OutputFormat)
    assert request.output_format.kind == kind
    told = request.output_format.schema
    assert (bytes(told) if told is not None else None) == schema
    assert request.extensions is None


def test_a_form_that_only_google_has_is_kept() -> None:
    config = {
        "responseMimeType": "text/x.enum",
        "responseSchema": {"type": "STRING", "enum": ["a"]},
    }
    request = decode(config)
    assert request.output_format is None
    assert request.extensions == {"gemini_generate": {"generationConfig": config}}


@pytest.mark.parametrize(
    ("tier", "told"),
    [("standard", "default"), ("PRIORITY", "priority"), ("unspecified", None), (None, None)],
)
def test_the_service_tier(tier: str | None, told: str | None) -> None:
    assert decode(serviceTier=tier).service_tier == told


def test_what_only_google_knows_is_kept_under_its_name() -> None:
    own = {"cachedContent": "cachedContents/a", "labels": {"a_b": "c"}, "safetySettings": []}
    request = decode({"candidateCount": 2, "speechConfig": {}}, model="models/x", store=None, **own)
    assert request.extensions == {
        "gemini_generate": {**own, "generationConfig": {"candidateCount": 2, "speechConfig": {}}}
    }
    assert (request.model, request.stream) == ("", False)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"not json", "not a generateContent request"),
        (b"[]", "not a generateContent request"),
        (b"", "not a generateContent request"),
        (b"{}", "contents: is not specified"),
        (b"\xff\xfe", "not a generateContent request"),
        (b'{"contents":' + b"[" * 5000, "not a generateContent request"),
        (b'{"generation_config":' + b"[" * 5000, "not a generateContent request"),
        (b'{"contents":[],"generationConfig":7}', "generationConfig"),
        (b'{"contents":[],"generationConfig":{"topP":"x"}}', "generationConfig"),
        (
            b'{"contents":[],"generationConfig":{"thinkingConfig":{"thinkingLevel":"HUGE"}}}',
            "thinkingLevel",
        ),
        (b'{"contents":[],"generationConfig":{"topK":1e999}}', "generationConfig|not a generate"),
        (b'{"contents":[],"tools":[7]}', "tools"),
        (b'{"contents":[],"systemInstruction":{"parts":[{}]}}', "systemInstruction"),
    ],
)
def test_a_bad_body_is_refused_with_the_field_that_is_wrong(body: bytes, named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        DIALECT.decode_request(body)


ANYTHING = st.sampled_from(
    [None, 7, 1.5, "x", "", "é", True, [], {}, [{}], {"a": 1}, "9" * 30, {"parts": [{"text": "x"}]}]
)


def places_in(tree: Any) -> list[tuple[Any, Any]]:
    """Every value inside, as its holder and its name or number there."""
    if isinstance(tree, dict):
        inside = list(tree.items())
    else:
        inside = list(enumerate(tree)) if isinstance(tree, list) else []
    return [(tree, at) for at, _ in inside] + [
        place for _, value in inside for place in places_in(value)
    ]


@given(st.sampled_from(CASES), st.data())
def test_any_body_is_read_or_refused_in_words(case: str, data: st.DataObject) -> None:
    body = msgspec.json.decode((CORPUS / case / "body.json").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        holder, at = data.draw(st.sampled_from(places_in(body) or [({}, "contents")]))
        holder[at] = deepcopy(data.draw(ANYTHING))
    with suppress(ProtocolError):
        DIALECT.decode_count_request(msgspec.json.encode(body))


# Counting


@pytest.mark.parametrize("wrap", [False, True])
def test_a_request_to_count_is_bare_or_wrapped(wrap: bool) -> None:
    inner: Any = {"contents": [{"parts": [{"text": "Hi"}]}], "systemInstruction": "Be brief."}
    body = {"generateContentRequest": {"model": "models/a", **inner}} if wrap else inner
    request = DIALECT.decode_count_request(msgspec.json.encode(body))
    assert request.messages == (Message("user", (Text("Hi"),)),)
    assert request.system == (Text("Be brief."),)


def test_the_count_as_googles_sdk_reads_it() -> None:
    transport = Answering(encode_count(42))
    counted = client_of(transport).models.count_tokens(model="a", contents="Hi")
    assert counted.total_tokens == 42
    (asked,) = transport.asked
    assert DIALECT.decode_count_request(asked.content).messages == (Message("user", (Text("Hi"),)),)
    action = parse_action(asked.url.path)
    assert action is not None
    assert action.method == "countTokens"


# Google's own SDK


def weather(city: str) -> str:
    """The weather of a city."""
    return city


def test_what_googles_sdk_asks_is_understood() -> None:
    whole = (CORPUS / "answer_text" / "upstream.json").read_bytes()
    transport = Answering(whole)
    client_of(transport).models.generate_content(
        model="qwen3:8b",
        contents=["Look:", types.Part.from_bytes(data=b"\xfb\xff", mime_type="image/png")],
        config=types.GenerateContentConfig(
            system_instruction="Be brief.",
            max_output_tokens=100,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            tools=[weather, types.Tool(google_search=types.GoogleSearch())],
            tool_config=types.ToolConfig(
                function_calling_config=types.FunctionCallingConfig(
                    mode=types.FunctionCallingConfigMode.ANY, allowed_function_names=["weather"]
                )
            ),
            thinking_config=types.ThinkingConfig(
                include_thoughts=True, thinking_level=types.ThinkingLevel.LOW
            ),
        ),
    )
    (asked,) = transport.asked
    action = parse_action(asked.url.path)
    assert action is not None
    assert (action.model, action.method) == ("qwen3:8b", "generateContent")
    request = DIALECT.decode_request(asked.content)
    assert request.system == (Text("Be brief."),)
    assert request.tool_choice == ToolChoice("tool", "weather")
    assert request.reasoning == Reasoning(enabled=True, effort="low", summary="auto")
    assert b'"data":"+/8="' in msgspec.json.encode(request.messages)
    search, function = request.tools
    assert isinstance(function, FunctionTool)
    assert function.parameters is not None
    assert msgspec.json.decode(function.parameters)["properties"] == {"city": {"type": "string"}}
    assert isinstance(search, WebSearch)


# The verbatim way


def patch(body: bytes, quirks: Quirks = DEFAULT_QUIRKS) -> tuple[bytes, list[str]]:
    losses = Losses()
    patched = DIALECT.patch_request(body, model="real", quirks=quirks, losses=losses)
    return patched, [loss.path for loss in losses]


def test_behaviour_20_the_verbatim_way_changes_nothing() -> None:
    body = b'{ "contents": [{"parts": [{"text": "\\"model\\": caf\\u00e9 1e2", "thoughtSignature":"c2ln"}]}]}'
    assert patch(body) == (body, [])
    inner = b'{"contents":[{"parts":[{"functionCall":{"name":"f","args":{"model":"x"}}}]}]}'
    assert patch(inner) == (inner, [])


def test_a_body_that_names_its_model_gets_the_upstreams() -> None:
    assert patch(b'{"model":"models/alias","contents":[ 1e2 ]}') == (
        b'{"model":"models/real","contents":[ 1e2 ]}',
        [],
    )


def test_behaviour_18_signatures_that_google_would_refuse_are_taken_out_with_a_loss() -> None:
    body = (CORPUS / "asked_signatures_of_other_vendors" / "body.json").read_bytes()
    patched, losses = patch(body)
    assert losses == ["contents.thoughtSignature"]
    assert b"cHhiaW4t" not in patched
    assert patched.count(b"skip_thought_signature_validator") == 3
    native = b'{"contents":[{"parts":[{"text":"a","thoughtSignature":"c2ln"}]}]}'
    refused, losses = patch(native, Quirks(replays_thinking=False))
    assert b"c2ln" not in refused
    assert losses == ["contents.thoughtSignature"]
