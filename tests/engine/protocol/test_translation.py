import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects import DIALECTS, dialect_for
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.response import Usage
from pxbin_engine.protocol.translation import Translation
from tests.support.validators.anthropic_messages import parse, validate
from tests.support.validators.openai_responses import validate as validate_responses

CORPUS = Path(__file__).parents[2] / "corpus"
ANTHROPIC, OPENAI = dialect_for("anthropic"), dialect_for("openai")
ASKED: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 100,
    "stream": True,
    "messages": [{"role": "user", "content": "Say hello to the world."}],
}
BODY = json.dumps(ASKED).encode()

CHAT_STREAMS = {
    path.parent.name: path.read_bytes()
    for path in sorted(CORPUS.glob("openai_chat/stream_*/*.sse"))
}
MESSAGE_STREAMS = {
    path.parent.name: path.read_bytes()
    for path in sorted(CORPUS.glob("anthropic_messages/stream_*/stream.sse"))
}


def to_openai() -> Translation:
    translation = Translation(ANTHROPIC, OPENAI, model="gpt-5")
    translation.request(BODY)
    return translation


def to_anthropic() -> Translation:
    translation = Translation(ANTHROPIC, ANTHROPIC, model="claude-y")
    translation.request(BODY)
    return translation


def run(translation: Translation, *chunks: bytes) -> bytes:
    return b"".join([*(translation.feed(chunk) for chunk in chunks), translation.close()])


def chunk(**delta: Any) -> bytes:
    said = {"id": "chatcmpl-1", "model": "gpt-5", "choices": [{"index": 0, "delta": delta}]}
    return b"data: %b\n\n" % json.dumps(said).encode()


def finish(reason: str, **usage: int) -> bytes:
    said: dict[str, Any] = {
        "id": "chatcmpl-1",
        "choices": [{"index": 0, "delta": {}, "finish_reason": reason}],
    }
    if usage:
        said["usage"] = usage
    return b"data: %b\n\n" % json.dumps(said).encode()


DONE = b"data: [DONE]\n\n"


def test_the_corpus_is_there() -> None:
    assert len(CHAT_STREAMS) > 20
    assert len(MESSAGE_STREAMS) >= 5


# Translated streams


@pytest.mark.parametrize("case", CHAT_STREAMS)
def test_behaviours_01_to_05_whatever_the_upstream_does_the_client_gets_a_proper_stream(
    case: str,
) -> None:
    translation = to_openai()
    out = run(translation, CHAT_STREAMS[case])
    if out:
        told = validate(out)
        assert (told["type"] == "error") == (translation.failure is not None)
    else:
        assert translation.failure is not None
        assert not translation.complete
        assert translation.failure.status >= 400


@pytest.mark.parametrize("case", CHAT_STREAMS)
def test_byte_by_byte_tells_the_client_the_same(case: str) -> None:
    stream = CHAT_STREAMS[case]
    whole, split = to_openai(), to_openai()
    at_once = run(whole, stream)
    in_bytes = run(split, *(stream[i : i + 1] for i in range(len(stream))))
    assert split.failure == whole.failure
    assert split.usage == whole.usage
    if whole.failure is None:
        assert without_made_up_ids(in_bytes) == without_made_up_ids(at_once)


def without_made_up_ids(stream: bytes) -> list[dict[str, Any]]:
    events = parse(stream)
    for event in events:
        event.get("message", {}).pop("id", None)
        event.get("content_block", {}).pop("id", None)
    return with_deltas_joined(events)


def with_deltas_joined(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What arrives together is told together, so how it is cut says nothing."""
    told: list[dict[str, Any]] = []
    for event in events:
        before = told[-1] if told else {}
        delta, earlier = event.get("delta", {}), before.get("delta", {})
        if event["type"] == "content_block_delta" and delta["type"] == earlier.get("type"):
            (field,) = delta.keys() - {"type"}
            before["delta"] = {**delta, field: earlier[field] + delta[field]}
        else:
            told.append(event)
    return told


@given(st.sampled_from(sorted(MESSAGE_STREAMS)), st.lists(st.integers(0, 2500), max_size=12))
def test_behaviour_09_any_split_of_a_verbatim_stream_is_the_same_bytes(
    case: str, cuts: list[int]
) -> None:
    stream = MESSAGE_STREAMS[case]
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    translation = to_anthropic()
    pieces = [translation.feed(stream[a:b]) for a, b in pairwise(edges)]
    assert all(piece == b"" or piece.endswith(b"\n\n") for piece in pieces), "half an event left"
    assert b"".join(pieces) + translation.close() == stream
    assert translation.complete


def test_what_arrives_in_one_read_leaves_in_one_piece() -> None:
    translation = to_openai()
    out = translation.feed(
        chunk(role="assistant", content="") + chunk(content="a") + chunk(content="b")
    )
    assert [event["type"] for event in parse(out)] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
    ]
    assert parse(out)[2]["delta"]["text"] == "ab"


def test_the_client_hears_the_name_that_it_asked_for() -> None:
    (start, *_) = parse(run(to_openai(), chunk(content="a"), finish("stop"), DONE))
    assert start["message"]["model"] == "claude-x"


def test_behaviour_04_one_end_and_nothing_after_it() -> None:
    out = run(
        to_openai(),
        chunk(content="a") + finish("stop", prompt_tokens=5, completion_tokens=1),
        finish("stop", prompt_tokens=5, completion_tokens=2) + DONE + DONE + chunk(content="late"),
    )
    message = validate(out)
    assert message["usage"]["output_tokens"] == 2


def test_behaviour_05_a_call_ends_the_turn_with_tool_use_whatever_the_upstream_says() -> None:
    call = {"index": 0, "id": "call_1", "function": {"name": "Bash", "arguments": '{"a":1}'}}
    assert (
        validate(run(to_openai(), chunk(tool_calls=[call]), finish("stop"), DONE))["stop_reason"]
        == "tool_use"
    )
    assert (
        validate(run(to_openai(), chunk(tool_calls=[call]), finish("length"), DONE))["stop_reason"]
        == "tool_use"
    )
    call["function"] = {"name": "Bash", "arguments": '{"a":'}
    assert (
        validate(run(to_openai(), chunk(tool_calls=[call]), finish("length"), DONE))["stop_reason"]
        == "max_tokens"
    )


@pytest.mark.parametrize("make", [to_openai, to_anthropic])
def test_behaviour_06_a_stream_that_is_cut_ends_with_an_error_and_no_message_stop(
    make: Any,
) -> None:
    stream = (
        chunk(content="a")
        if make is to_openai
        else MESSAGE_STREAMS["stream_text"].split(b"event: content_block_stop")[0]
    )
    translation = make()
    events = parse(run(translation, stream))
    assert events[-1]["type"] == "error"
    assert "message_stop" not in [event["type"] for event in events]
    assert not translation.complete
    assert translation.failure is not None
    assert translation.failure.status == 502


def test_behaviour_06_a_verbatim_stream_cut_in_an_event_leaves_no_half_of_it() -> None:
    stream = MESSAGE_STREAMS["stream_text"]
    cut = stream.index(b"text_delta") + 3
    events = parse(run(to_anthropic(), stream[:cut]))
    assert [event["type"] for event in events] == [
        "message_start",
        "content_block_start",
        "ping",
        "error",
    ]


def test_behaviour_07_an_error_in_the_stream_keeps_its_type() -> None:
    error = b'data: {"error":{"message":"Slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}\n\n'
    translation = to_openai()
    events = parse(run(translation, chunk(content="a"), error, chunk(content="b"), DONE))
    assert events[-1]["error"] == {"type": "rate_limit_error", "message": "Slow down"}
    assert translation.failure is not None
    assert translation.failure.kind == "rate_limit"
    assert not translation.complete


def test_behaviour_07_a_verbatim_error_event_goes_through_as_it_came() -> None:
    error = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    begin = MESSAGE_STREAMS["stream_text"].split(b"event: content_block_stop")[0]
    translation = to_anthropic()
    assert run(translation, begin, error) == begin + error
    assert translation.failure is not None
    assert (translation.failure.kind, translation.failure.status) == ("overloaded", 529)


@pytest.mark.parametrize("make", [to_openai, to_anthropic])
@pytest.mark.parametrize(
    "body", [b"", b"  \n", b"<html><title>502 Bad Gateway</title></html>", b'{"hello":1}', b"[1]"]
)
def test_behaviour_08_no_stream_at_all_is_a_failure_with_a_status_and_nothing_leaves(
    make: Any, body: bytes
) -> None:
    translation = make()
    assert run(translation, body) == b""
    assert translation.failure is not None
    assert translation.failure.status == 502
    assert translation.failure.message
    assert not translation.useful


@pytest.mark.parametrize("make", [to_openai, to_anthropic])
def test_behaviour_08_an_error_object_with_a_status_of_200_keeps_its_kind(make: Any) -> None:
    translation = make()
    body = b'{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}'
    assert run(translation, body[:20], body[20:]) == b""
    assert translation.failure is not None
    assert translation.failure.kind == "rate_limit"


def test_behaviour_08_a_completion_instead_of_a_stream_becomes_one() -> None:
    message = {
        "role": "assistant",
        "content": "Hello",
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ],
    }
    body = json.dumps(
        {
            "id": "chatcmpl-1",
            "model": "gpt-5",
            "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 2},
        }
    )
    translation = to_openai()
    told = validate(run(translation, body[:30].encode(), body[30:].encode()))
    assert [block["type"] for block in told["content"]] == ["text", "tool_use"]
    assert told["usage"]["input_tokens"] == 7
    assert translation.complete


def test_behaviour_08_a_message_instead_of_a_verbatim_stream_becomes_one() -> None:
    body = json.dumps(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-y",
            "content": [{"type": "text", "text": "Hello"}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 3, "output_tokens": 1},
        }
    )
    told = validate(run(to_anthropic(), body.encode()))
    assert told["content"] == [{"type": "text", "text": "Hello"}]


# Usage


def test_behaviour_10_usage_is_split_into_disjoint_classes() -> None:
    end = finish("stop")
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 60},
    }
    last = b"data: %b\n\n" % json.dumps({"id": "c", "choices": [], "usage": usage}).encode()
    translation = to_openai()
    told = validate(run(translation, chunk(content="a"), end, last, DONE))
    assert translation.usage == Usage(input_tokens=40, cache_read_tokens=60, output_tokens=9)
    assert told["usage"]["input_tokens"] == 40
    assert told["usage"]["cache_read_input_tokens"] == 60


def test_behaviour_10_no_usage_is_estimated_and_flagged() -> None:
    translation = to_openai()
    told = validate(run(translation, chunk(content="x" * 400), finish("stop"), DONE))
    assert translation.usage == Usage(input_tokens=10, output_tokens=100, estimated=True)
    assert told["usage"]["output_tokens"] == 100


def test_behaviour_10_message_start_carries_an_estimate() -> None:
    (start, *_) = parse(run(to_openai(), chunk(content="a"), finish("stop"), DONE))
    assert start["message"]["usage"]["input_tokens"] == 10


def test_behaviour_11_a_stream_that_is_left_knows_what_it_used() -> None:
    stream = MESSAGE_STREAMS["stream_text"].split(b"event: content_block_stop")[0]
    translation = to_anthropic()
    translation.feed(stream)
    assert translation.usage is not None
    assert translation.usage.input_tokens == 25
    assert translation.usage.output_tokens > 0
    assert translation.usage.estimated
    assert to_anthropic().usage is None


# When to commit


def test_nothing_leaves_before_the_upstream_said_something_useful() -> None:
    translation = to_openai()
    assert translation.feed(b": OPENROUTER PROCESSING\n\n") == b""
    assert translation.feed(chunk(role="assistant", content="")) == b""
    assert not translation.useful
    assert translation.ping() == b""
    assert translation.feed(chunk(content="a")).startswith(b"event: message_start")
    assert translation.useful
    assert translation.first_token


def test_an_error_right_after_the_start_can_still_become_a_status() -> None:
    start = MESSAGE_STREAMS["stream_text"].split(b"event: content_block_start")[0]
    error = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    translation = to_anthropic()
    assert run(translation, start + error) == b""
    assert translation.failure is not None
    assert translation.failure.kind == "overloaded"


@pytest.mark.parametrize(
    ("make", "stream"),
    [
        (
            to_openai,
            chunk(role="assistant", content="")
            + chunk(content="a")
            + finish("stop", prompt_tokens=5, completion_tokens=1)
            + DONE,
        ),
        (to_anthropic, MESSAGE_STREAMS["stream_thinking_and_tools"]),
    ],
)
def test_a_late_commit_starts_the_message_once(make: Any, stream: bytes) -> None:
    translation = make()
    begin = translation.open()
    assert [event["type"] for event in parse(begin)] == ["message_start", "ping"]
    assert translation.open() == b""
    told = validate(begin + translation.ping() + run(translation, stream[:300], stream[300:]))
    assert told["type"] == "message"
    assert translation.complete
    assert translation.ping() == b""


def test_a_stream_that_one_attempt_opened_is_gone_on_with_by_the_next() -> None:
    """A client of the Responses API holds what it is told first against what it is told last."""
    body = (
        b'{"model": "m", "input": "Hi", "max_output_tokens": 9, "stream": true,'
        b' "tools": [{"type": "function", "name": "f", "parameters": {}}]}'
    )
    responses, chat = DIALECTS["openai_responses"], DIALECTS["openai_chat"]
    first = Translation(responses, chat, model="a", answer_id="one")
    first.request(body)
    begin = first.open()
    second = Translation(responses, chat, model="b", answer_id="one")
    second.resume(body)
    second.request(body)
    rest = run(second, chunk(content="a") + finish("stop") + DONE)
    told = validate_responses(
        b"\n\n".join(e for e in (begin + rest).split(b"\n\n") if e[:1] != b":")
    )
    assert (told["max_output_tokens"], len(told["tools"])) == (9, 1)


def test_a_late_commit_after_the_upstreams_start_sends_that_start() -> None:
    stream = MESSAGE_STREAMS["stream_text"]
    head = stream.index(b"event: content_block_start")
    translation = to_anthropic()
    assert translation.feed(stream[:head]) == b""
    begin = translation.open()
    assert begin.startswith(stream[:head])
    assert parse(begin)[-1]["type"] == "ping"
    assert translation.feed(stream[head:]) + translation.close() == stream[head:]


def test_a_ping_never_falls_into_an_event() -> None:
    stream = MESSAGE_STREAMS["stream_thinking_and_tools"]
    translation = to_anthropic()
    out = b""
    for i in range(0, len(stream), 7):
        out += translation.feed(stream[i : i + 7]) + translation.ping()
    message = validate(out + translation.close())
    assert message == validate(stream)
    assert out.count(b"event: ping") > 10


@pytest.mark.parametrize("make", [to_openai, to_anthropic])
def test_a_failure_after_a_late_commit_is_an_error_event(make: Any) -> None:
    translation = make()
    out = translation.open() + run(translation, b"")
    assert [event["type"] for event in parse(out)] == ["message_start", "ping", "error"]


def test_an_interruption_is_told_once_and_only_to_a_client_that_hears_a_stream() -> None:
    error = ApiError("timeout", 504, "The upstream was silent for 300 s.")
    silent = to_openai()
    assert silent.interrupt(error) == b""
    assert silent.failure == error
    talking = to_openai()
    talking.feed(chunk(content="a"))
    (event,) = parse(talking.interrupt(error))
    assert event["error"]["type"] == "timeout_error"
    assert talking.interrupt(error) + talking.feed(chunk(content="b")) + talking.close() == b""


# Requests


def test_the_billing_header_stays_for_anthropic_and_goes_for_others() -> None:
    body = (CORPUS / "anthropic_messages/claude_code_first_turn/request.json").read_bytes()
    assert b"x-anthropic-billing-header" in Translation(ANTHROPIC, ANTHROPIC, model="m").request(
        body
    )
    assert b"x-anthropic-billing-header" not in Translation(ANTHROPIC, OPENAI, model="m").request(
        body
    )


def test_behaviour_15_a_long_name_is_the_same_in_tools_history_and_choice_and_undone_in_the_answer() -> (
    None
):
    name = "mcp__a-server-with-a-long-name__" + "x" * 60
    called = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"}
    asked = ASKED | {
        "tools": [{"name": name, "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "tool", "name": name},
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [called]},
            {"role": "user", "content": [result]},
        ],
    }
    translation = Translation(ANTHROPIC, OPENAI, model="gpt-5")
    sent = json.loads(translation.request(json.dumps(asked).encode()))
    short = sent["tools"][0]["function"]["name"]
    assert len(short) <= 64
    assert sent["tool_choice"]["function"]["name"] == short
    (call,) = (call for turn in sent["messages"] for call in turn.get("tool_calls", ()))
    assert call["function"]["name"] == short

    said = {"index": 0, "id": "c", "function": {"name": short, "arguments": "{}"}}
    stream = run(translation, chunk(tool_calls=[said]), finish("tool_calls"))
    assert json.dumps(name).encode() in stream
    assert short.encode() not in stream


@pytest.mark.parametrize(
    "path",
    sorted(CORPUS.glob("anthropic_messages/claude_code_*/request.json")),
    ids=lambda path: path.parent.name,
)
def test_behaviour_20_a_verbatim_request_differs_in_the_models_name_only(path: Path) -> None:
    body = path.read_bytes()
    sent = Translation(ANTHROPIC, ANTHROPIC, model="claude-y").request(body)
    assert sent == body.replace(b'"claude-opus-5-5"', b'"claude-y"', 1).replace(
        b'"mock-model"', b'"claude-y"', 1
    )


@pytest.mark.parametrize(
    "path",
    sorted(CORPUS.glob("anthropic_messages/*/request.json")),
    ids=lambda path: path.parent.name,
)
def test_behaviour_20_the_same_request_always_becomes_the_same_bytes(path: Path) -> None:
    body = path.read_bytes()
    if b'"max_tokens"' in body:
        assert Translation(ANTHROPIC, OPENAI, model="m").request(body) == Translation(
            ANTHROPIC, OPENAI, model="m"
        ).request(body)


def test_a_request_that_is_none_is_the_clients_fault() -> None:
    with pytest.raises(ProtocolError, match=r"messages\.0\.role"):
        Translation(ANTHROPIC, OPENAI, model="m").request(
            b'{"model":"m","max_tokens":1,"messages":[{"role":"x","content":""}]}'
        )


# Whole answers


def test_a_whole_answer_is_translated_with_usage_and_stop() -> None:
    translation = to_openai()
    body = {
        "id": "chatcmpl-1",
        "model": "gpt-5",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi"},
                "finish_reason": "length",
            }
        ],
        "usage": {"prompt_tokens": 4, "completion_tokens": 1},
    }
    answer = json.loads(translation.response(json.dumps(body).encode()))
    assert answer["content"] == [{"type": "text", "text": "Hi"}]
    assert (answer["model"], answer["stop_reason"]) == ("claude-x", "max_tokens")
    assert translation.complete
    assert translation.usage == Usage(input_tokens=4, output_tokens=1)


def test_a_verbatim_answer_is_the_same_bytes() -> None:
    translation = to_anthropic()
    body = b'{"id":"msg_1","type":"message","role":"assistant","model":"claude-y", "content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":1}}'
    assert translation.response(body) == body
    assert translation.usage == Usage(input_tokens=3, output_tokens=1)


@pytest.mark.parametrize("make", [to_openai, to_anthropic])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b"\xff"])
def test_an_answer_that_is_none_raises(make: Any, body: bytes) -> None:
    translation = make()
    with pytest.raises(ProtocolError):
        translation.response(body)
    assert translation.failure is not None
    assert translation.failure.status == 502


# Errors


def test_behaviour_21_errors_between_the_same_dialects_are_the_same_bytes() -> None:
    body = b'{"type":"error", "error":{"type":"invalid_request_error","message":"thinking.0: bad signature"},"request_id":"req_1"}'
    translation = to_anthropic()
    error = translation.error(400, {"Content-Type": "application/json", "Retry-After": "3"}, body)
    encoded = translation.encode_error(error, request_id="ours")
    assert (encoded.status, encoded.body) == (400, body)
    assert encoded.headers == {"content-type": "application/json", "retry-after": "3"}


def test_behaviour_21_an_upstreams_401_is_never_the_clients() -> None:
    for translation in (to_openai(), to_anthropic()):
        error = translation.error(
            401, {}, b'{"error":{"type":"authentication_error","message":"invalid x-api-key"}}'
        )
        assert (error.kind, error.status) == ("permission", 403)
        encoded = translation.encode_error(error, request_id="r")
        assert encoded.status == 403
        told = json.loads(encoded.body)
        assert told["error"]["type"] == "permission_error"
        assert "invalid x-api-key" in told["error"]["message"]


def test_behaviour_21_an_overflow_reads_as_clients_know_it() -> None:
    translation = to_openai()
    body = b'{"error":{"message":"This model\'s maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}'
    encoded = translation.encode_error(translation.error(400, {}, body), request_id="r")
    assert encoded.status == 400
    assert json.loads(encoded.body)["error"] == {
        "type": "invalid_request_error",
        "message": "prompt is too long: 130001 tokens > 128000 maximum",
    }


def test_html_is_never_passed_through() -> None:
    translation = to_anthropic()
    error = translation.error(
        503, {}, b"<html><head><title>Service Unavailable</title></head></html>"
    )
    told = json.loads(translation.encode_error(error, request_id="r").body)
    assert told == {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "Service Unavailable"},
        "request_id": "r",
    }


def test_every_dialect_is_found_by_its_name() -> None:
    assert all(name == dialect.name for name, dialect in DIALECTS.items())


def test_behaviour_17_a_field_that_the_target_refuses_is_left_out_of_what_is_translated_alone() -> (
    None
):
    quirks = Quirks(dropped_fields=("max_tokens", "stream_options.include_usage", "top_k"))
    translation = Translation(ANTHROPIC, OPENAI, model="m", quirks=quirks)
    sent = json.loads(translation.request(BODY))
    assert "max_tokens" not in sent
    assert sent["stream_options"] == {}
    lost = [loss.path for loss in translation.losses]
    assert lost == ["max_tokens", "stream_options.include_usage"]
    verbatim = Translation(ANTHROPIC, ANTHROPIC, model="m", quirks=quirks)
    assert json.loads(verbatim.request(BODY))["max_tokens"] == 100


def test_an_error_in_a_list_with_a_status_of_200_keeps_its_kind() -> None:
    source, target = dialect_for("anthropic"), dialect_for("gemini")
    translation = Translation(source, target, model="m")
    translation.request(BODY)
    body = b'[{"error":{"code":429,"message":"Slow down","status":"RESOURCE_EXHAUSTED"}}]'
    with pytest.raises(ProtocolError, match="Slow down"):
        translation.response(body)
    assert translation.failure is not None
    assert translation.failure.kind == "rate_limit"
