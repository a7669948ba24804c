"""Canonical events -> streams that a strict client takes, however the events fall into reads."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from pxbin_engine.protocol.dialects import DIALECTS
from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.dialects.openai_responses.proof import UNSIGNED
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.freeform import freeform_arguments
from pxbin_engine.protocol.loss import Loss, Losses
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    FunctionTool,
    Image,
    OpaquePart,
    Part,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
    UrlSource,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    OpaqueDelta,
    PartEnd,
    Ping,
    StreamEvent,
    StreamFailed,
    TextDelta,
    TextStart,
    ToolCallDelta,
    ToolCallStart,
    events_of,
)
from pxbin_engine.protocol.translation import Translation
from tests.support.validators.openai_responses import check_response, parse, validate

ASKED = Request(
    "alias",
    (),
    tools=(
        FunctionTool("read"),
        FunctionTool("apply_patch", freeform=True),
        FunctionTool("agents__spawn", namespace="agents"),
        FunctionTool("agents__tell", namespace="agents", freeform=True),
        FunctionTool("tool_search", extensions={"openai_responses": {"type": "tool_search"}}),
    ),
)
NAMES = st.sampled_from([tool.name for tool in ASKED.tools] + ["unknown"])


def answer(*parts: Part, stop: Any = "end_turn", usage: Usage | None = None) -> Response:
    return Response("chatcmpl-1", "m", parts, StopReason(stop), usage)


def encode(events: list[StreamEvent], losses: Losses | None = None, **more: Any) -> bytes:
    losses = Losses() if losses is None else losses
    return OpenAIResponses().stream_encoder(ASKED, losses=losses, now=7, **more).encode(events)


def tell(*parts: Part, stop: Any = "end_turn", losses: Losses | None = None) -> dict[str, Any]:
    """The validated end of the stream that tells these parts; the whole answer must be the same."""
    response = answer(*parts, stop=stop)
    told = validate(encode(events_of(response), losses))
    whole = OpenAIResponses().encode_response(response, ASKED, losses=Losses(), now=7)
    assert json.loads(whole) == told
    check_response(whole)
    return told


def test_behaviour_25_the_order_of_events_is_openais() -> None:
    events = parse(
        encode(events_of(answer(Thinking("Hm."), Text("So."), ToolCall("c", "read", "{}"))))
    )
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]


def test_behaviour_25_items_are_named_by_their_kind_their_response_and_their_place() -> None:
    told = tell(
        Thinking("Hm."),
        Text("So."),
        SearchCall("srvtoolu_1", "cats"),
        Image(Base64Source("image/webp", "AAAA")),
        ToolCall("c1", "read", "{}"),
        ToolCall("c2", "apply_patch", '{"input":"x"}'),
    )
    assert [item["id"] for item in told["output"]] == [
        "rs_chatcmpl-1_0",
        "msg_chatcmpl-1_1",
        "ws_chatcmpl-1_2",
        "ig_chatcmpl-1_3",
        "fc_chatcmpl-1_4",
        "ctc_chatcmpl-1_5",
    ]


@pytest.mark.parametrize(
    ("part", "encrypted"),
    [
        (Thinking("Hm.", "gAA", vendor="openai_responses"), "gAA"),
        (Thinking("Hm.", "EqQ", vendor="anthropic_messages"), "pxbin-anthropic_messages:EqQ"),
        (
            Thinking("", None, "EmwK", "anthropic_messages"),
            "pxbin-anthropic_messages:redacted:EmwK",
        ),
        (Thinking("", "CiQ", vendor="gemini_generate"), "pxbin-gemini_generate:CiQ"),
        (Thinking("Hm."), UNSIGNED),
    ],
)
def test_behaviour_25_reasoning_carries_whose_it_is(part: Thinking, encrypted: str) -> None:
    (item,) = tell(part)["output"]
    assert item["encrypted_content"] == encrypted
    assert item["summary"] == ([{"type": "summary_text", "text": "Hm."}] if part.text else [])


def test_behaviour_25_a_custom_tool_gets_its_text_and_not_json() -> None:
    (item,) = tell(ToolCall("c", "apply_patch", '{"input": "*** \\"Begin\\"\\n"}'))["output"]
    assert (item["type"], item["input"]) == ("custom_tool_call", '*** "Begin"\n')
    assert (item["call_id"], item["name"]) == ("c", "apply_patch")


def test_behaviour_25_a_tool_of_a_namespace_gets_its_own_name_back() -> None:
    calls = [ToolCall("a", "agents__spawn", "{}"), ToolCall("b", "agents__tell", "")]
    called = [(item["type"], item["namespace"], item["name"]) for item in tell(*calls)["output"]]
    assert called == [
        ("function_call", "agents", "spawn"),
        ("custom_tool_call", "agents", "tell"),
    ]


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ('{"query":"x","limit":2}', {"query": "x", "limit": 2}),
        ("", {}),
        ('{"query":"x', {"query": '{"query":"x'}),
    ],
)
def test_behaviour_25_a_search_for_tools_is_an_item_of_its_own(arguments: str, asked: Any) -> None:
    (item,) = tell(ToolCall("c", "tool_search", arguments))["output"]
    assert (item["type"], item["execution"], item["call_id"]) == ("tool_search_call", "client", "c")
    assert (item["id"], item["arguments"]) == ("tsc_chatcmpl-1_0", asked)


def test_a_tool_that_was_not_offered_keeps_the_name_that_the_model_gave_it() -> None:
    (item,) = tell(ToolCall("c", "agents__kill", '{"a":1}'))["output"]
    assert item["name"] == "agents__kill"
    assert "namespace" not in item


def test_a_function_without_arguments_is_called_with_an_empty_object() -> None:
    assert tell(ToolCall("c", "read", ""))["output"][0]["arguments"] == "{}"


def test_texts_that_follow_each_other_are_one_message_with_citations_where_they_belong() -> None:
    cited = Text("two", (Citation("https://b.org", "B"), Citation("https://c.org")))
    (item,) = tell(Text("one "), cited, Text(" three", (Citation("https://d.org"),)))["output"]
    (part,) = item["content"]
    assert part["text"] == "one two three"
    assert [
        (annotation["url"], part["text"][annotation["start_index"] : annotation["end_index"]])
        for annotation in part["annotations"]
    ] == [("https://b.org", "two"), ("https://c.org", "two"), ("https://d.org", " three")]


def test_what_a_search_found_is_told_with_its_call() -> None:
    losses = Losses()
    hits = (SearchHit("https://a.org", "A", opaque="E"), SearchHit("https://b.org", text="words"))
    told = tell(
        SearchCall("s1", "cats"),
        SearchResult("s1", hits),
        Text("So."),
        SearchCall("s2", "dogs"),
        SearchResult("s2", error="unavailable"),
        losses=losses,
    )
    found, _, failed = told["output"]
    assert found["action"]["sources"] == [
        {"type": "url", "url": "https://a.org"},
        {"type": "url", "url": "https://b.org"},
    ]
    assert (found["status"], failed["status"]) == ("completed", "failed")
    assert [loss.path for loss in losses] == ["answer.web_search"]


def test_a_picture_is_an_item_where_its_bytes_are_known() -> None:
    losses = Losses()
    told = tell(
        Image(Base64Source("image/png", "AAAA")), Image(UrlSource("https://a.org")), losses=losses
    )
    (item,) = told["output"]
    assert (item["type"], item["result"], item["status"]) == (
        "image_generation_call",
        "AAAA",
        "completed",
    )
    assert [loss.path for loss in losses] == ["answer.image"]


def test_what_was_pretty_printed_breaks_no_event() -> None:
    schema = Raw(b'{\r\n  "type": "object",\n  "title": "a\\nb"\n}')
    asked = Request("m", (), tools=(FunctionTool("read", parameters=schema),))
    raw = Raw(b'{\n"type": "compaction", "id": "cmp_1",\n"encrypted_content": "gAA"}')
    events = events_of(answer(OpaquePart("openai_responses", "compaction", raw)))
    told = validate(OpenAIResponses().stream_encoder(asked, losses=Losses()).encode(events))
    assert told["tools"][0]["parameters"] == {"type": "object", "title": "a\nb"}
    assert told["output"][0]["id"] == "cmp_1"


def test_what_only_another_vendor_knows_is_a_loss_and_leaves_no_gap() -> None:
    losses = Losses()
    foreign = OpaquePart("anthropic_messages", "mcp_tool_use", Raw(b'{"type":"mcp_tool_use"}'))
    told = tell(
        Text("a"), foreign, Text("b", (Citation("https://a.org", quoted="q"),)), losses=losses
    )
    assert [part["text"] for item in told["output"] for part in item["content"]] == ["ab"]
    assert losses == [
        Loss("answer.mcp_tool_use", "A Responses client knows no mcp_tool_use; it was left out."),
        Loss(
            "answer.citations.quoted",
            "A Responses client is told only a page's address, not its own words.",
        ),
    ]


def test_an_item_in_this_dialects_own_words_goes_through() -> None:
    raw = Raw(b'{"type":"compaction","id":"cmp_1","encrypted_content":"gAA"}')
    assert tell(OpaquePart("openai_responses", "compaction", raw))["output"] == [
        json.loads(bytes(raw))
    ]


@pytest.mark.parametrize(
    ("stop", "status", "reason"),
    [
        ("max_tokens", "incomplete", "max_output_tokens"),
        ("context_window", "incomplete", "max_output_tokens"),
        ("refusal", "incomplete", "content_filter"),
    ],
)
def test_behaviour_25_a_cut_answer_is_incomplete_and_so_is_its_last_item(
    stop: str, status: str, reason: str
) -> None:
    told = tell(Text("So."), ToolCall("c", "read", '{"pa'), stop=stop)
    assert (told["status"], told["incomplete_details"]) == (status, {"reason": reason})
    assert [item["status"] for item in told["output"]] == ["completed", "incomplete"]


def test_an_empty_answer_is_one_too() -> None:
    assert tell()["output"] == []
    (message,) = tell(Text(""))["output"]
    assert message["content"][0]["text"] == ""


def test_behaviour_07_a_failure_in_the_middle_is_told_as_codex_shows_it() -> None:
    events = events_of(answer(Thinking("Hm."), Text("So")))[:-2]
    failure = StreamFailed(ApiError("overloaded", 529, "Overloaded.", request_id="r"))
    told = validate(encode([*events, failure]))
    assert told["error"] == {"code": "server_error", "message": "Overloaded."}
    assert [item["type"] for item in told["output"]] == ["reasoning"]


def test_behaviour_07_a_failure_before_anything_is_told_too() -> None:
    (event,) = parse(encode([StreamFailed(ApiError("api", 502, "Gone.", request_id="r"))]))
    assert event["type"] == "response.failed"
    assert event["response"]["error"]["message"] == "Gone."


def test_behaviour_10_usage_is_the_upstreams_or_the_estimate() -> None:
    estimate = Usage(input_tokens=3, estimated=True)
    told = validate(encode(events_of(answer(Text("So."), usage=Usage(5, output_tokens=2)))))
    assert told["usage"]["total_tokens"] == 7
    told = validate(encode(events_of(answer(Text("So."))), estimate=estimate))
    assert told["usage"]["input_tokens"] == 3


def test_pings_are_comments_and_change_nothing() -> None:
    events: list[StreamEvent] = [
        MessageStart("resp_1", "m"), Ping(), TextStart(0), Ping(), TextDelta(0, "a"), PartEnd(0), Ping(),
        MessageEnd(StopReason("end_turn")),
    ]  # fmt: skip
    stream = encode(events)
    assert stream.count(b": ping\n\n") == 3
    assert validate(stream)["output"][0]["content"][0]["text"] == "a"


def test_a_delta_that_only_another_dialect_knows_says_nothing() -> None:
    delta = OpaqueDelta(0, OpaquePart("anthropic_messages", "x", Raw(b"{}")))
    events = events_of(answer(Text("So.")))
    assert validate(encode([*events[:2], delta, *events[2:]]))["status"] == "completed"


@given(st.text(max_size=30), NAMES, st.lists(st.integers(0, 60), max_size=6))
def test_behaviour_25_any_split_of_a_calls_fragments_gives_the_same_item(
    text: str, name: str, cuts: list[int]
) -> None:
    arguments = freeform_arguments(text.encode(errors="replace").decode())
    edges = [0, *sorted(min(cut, len(arguments)) for cut in cuts), len(arguments)]
    deltas = [ToolCallDelta(0, arguments[start:end]) for start, end in pairwise(edges)]
    events: list[StreamEvent] = [MessageStart("resp_1", "m"), ToolCallStart(0, "c", name), *deltas]
    events += [PartEnd(0), MessageEnd(StopReason("tool_use"))]
    whole = Response("resp_1", "m", (ToolCall("c", name, arguments),), StopReason("tool_use"))
    assert validate(encode(events)) == validate(encode(events_of(whole)))


CORPUS = Path(__file__).parents[4] / "corpus"
STREAMS = sorted(
    str(file.relative_to(CORPUS))
    for name in DIALECTS
    for file in (CORPUS / name).glob("stream_*/*.sse")
)


@pytest.mark.parametrize("stream", STREAMS)
def test_behaviour_25_codex_reads_whatever_any_upstream_answers(stream: str) -> None:
    upstream, data = DIALECTS[Path(stream).parts[0]], (CORPUS / stream).read_bytes()
    translation = Translation(DIALECTS["openai_responses"], upstream, model="m")
    translation.request(
        (CORPUS / "openai_responses/requests_codex_everything/body.json").read_bytes()
    )
    told = b"".join(translation.feed(data[at : at + 50]) for at in range(0, len(data), 50))
    if told := told + translation.close():
        validate(told)
    else:
        assert translation.failure is not None


TEXTS = st.text(max_size=12).map(lambda text: text.encode(errors="replace").decode())
PARTS = st.one_of(
    st.builds(Text, TEXTS, st.lists(st.builds(Citation, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple)),
    st.builds(Thinking, TEXTS, st.none() | TEXTS, st.none(), st.sampled_from([None, "openai_responses", "gemini_generate"])),
    st.builds(SearchCall, st.just("s"), TEXTS),
    st.builds(SearchResult, st.just("s"), st.lists(st.builds(SearchHit, TEXTS), max_size=2).map(tuple), st.none() | TEXTS),
    st.builds(Image, st.builds(Base64Source, st.just("image/png"), st.just("AAAA"))),
    st.builds(lambda name, said: ToolCall("", name, said), NAMES, TEXTS | TEXTS.map(freeform_arguments)),
    st.just(OpaquePart("anthropic_messages", "x", Raw(b"{}"))),
)  # fmt: skip


@given(
    st.lists(PARTS, max_size=6),
    st.sampled_from(["end_turn", "max_tokens", "tool_use", "refusal", "context_window"]),
    st.lists(st.integers(0, 40), max_size=4),
)
def test_behaviour_25_any_answer_in_any_reads_is_well_formed(
    parts: list[Part], stop: Any, cuts: list[int]
) -> None:
    events = events_of(answer(*parts, stop=stop))
    encoder = OpenAIResponses().stream_encoder(ASKED, losses=Losses(), now=7)
    edges = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    stream = b"".join(encoder.encode(events[start:end]) for start, end in pairwise(edges))
    assert validate(stream) == validate(encode(events))
