"""A translation with rounds: bytes in, bytes out, whichever way the upstream's bytes are split."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.dialects import DIALECTS
from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Loss
from pxbin_engine.protocol.peek import Peek
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import SearchHit, SearchResult
from pxbin_engine.protocol.searching import (
    SEARCHED,
    SearchingTranslation,
    searches_itself,
    translation_for,
)
from pxbin_engine.protocol.translation import Translation
from tests.support.validators.anthropic_messages import validate

OPENAI_CHAT = OpenAIChat()
TOOL = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
HIT = SearchHit("https://a.example", "A", text="It says so.")


def client_body(**fields: Any) -> bytes:
    asked = {
        "model": "alias",
        "max_tokens": 100,
        "stream": True,
        "messages": [{"role": "user", "content": "What is new?"}],
        "tools": [TOOL],
    }
    return json.dumps(asked | fields).encode()


def translated(
    body: bytes, source: Dialect = ANTHROPIC_MESSAGES, target: Dialect = OPENAI_CHAT, **options: Any
) -> Translation:
    options = {"knows_location": False, "quirks": DEFAULT_QUIRKS, "model": "m"} | options
    return translation_for(source, target, body, **options)


def searching(*, knows_location: bool = False, **fields: Any) -> SearchingTranslation:
    """A translation of a request like Claude Code's, whose upstream's body was made."""
    body = client_body(**fields)
    translation = translated(body, knows_location=knows_location)
    assert isinstance(translation, SearchingTranslation)
    translation.request(body)
    return translation


def chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}  # fmt: skip
    return b"data: " + json.dumps(told | more).encode() + b"\n\n"


USAGE = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
DONE = b"data: [DONE]\n\n"
CALL = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "web_search", "arguments": ""},
}
SEARCHES = b"".join(
    (
        chunk({"role": "assistant", "content": "Let me see."}),
        chunk({"tool_calls": [CALL]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"query": "n'}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": 'ews"}'}}]}),
        chunk({}, "tool_calls"),
        chunk(None, usage=USAGE),
        DONE,
    )
)
ANSWERS = b"".join((chunk({"role": "assistant", "content": "It is so."}), chunk({}, "stop"), chunk(None, usage=USAGE), DONE))  # fmt: skip


def play(translation: SearchingTranslation, rounds: Iterable[Iterable[bytes]]) -> bytes:
    """What the client is sent over all rounds, each a list of reads; every search finds ``HIT``."""
    sent = b""
    for reads in rounds:
        for read in reads:
            sent += translation.feed(read)
        translation.end_round()
        while translation.waits:
            if translation.search is None:
                translation.next_request()
                break
            translation.found(SearchResult(translation.search.id, (HIT,)))
            sent += translation.feed(SEARCHED)
    return sent + translation.close()


WHOLE = play(searching(), [[SEARCHES], [ANSWERS]])


def test_the_client_hears_one_message() -> None:
    told = validate(WHOLE)
    kinds = [block["type"] for block in told["content"]]
    assert kinds == ["text", "server_tool_use", "web_search_tool_result", "text"]
    assert (told["model"], told["stop_reason"]) == ("alias", "end_turn")
    assert (told["usage"]["input_tokens"], told["usage"]["output_tokens"]) == (20, 4)


def joined(stream: bytes) -> dict[str, Any]:
    """The message, however its deltas were cut."""
    told = validate(stream)
    told.pop("id")
    return told


@given(st.lists(st.integers(0, len(SEARCHES)), max_size=8), st.lists(st.integers(0, len(ANSWERS)), max_size=8))  # fmt: skip
def test_any_split_of_the_bytes_tells_the_same(first: list[int], second: list[int]) -> None:
    stream = play(searching(), [pieces(SEARCHES, first), pieces(ANSWERS, second)])
    assert joined(stream) == joined(WHOLE)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({*cuts, len(data)} - {0})
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def test_a_stream_without_its_done_is_a_round_all_the_same() -> None:
    stream = play(searching(), [[SEARCHES.removesuffix(DONE)], [ANSWERS.removesuffix(DONE)]])
    assert joined(stream) == joined(WHOLE)


def test_what_is_known_is_told_with_the_read_in_which_it_came() -> None:
    translation = searching()
    sent = translation.feed(SEARCHES)
    assert sent.count(b"server_tool_use") == 1
    assert translation.waits
    assert not translation.complete
    assert translation.search is not None
    assert translation.search.query == "news"
    translation.found(SearchResult(translation.search.id, (HIT,)))
    assert b"https://a.example" in translation.feed(SEARCHED)
    assert translation.waits  # for the next round


def test_a_stream_that_was_opened_early_begins_once() -> None:
    translation = searching()
    opened = translation.open()
    stream = opened + play(translation, [[SEARCHES], [ANSWERS]])
    assert stream.count(b"message_start") == 2  # the event's name and its type
    assert len(validate(stream)["content"]) == 4


def test_a_later_round_that_is_cut_ends_in_an_error() -> None:
    translation = searching()
    stream = play(translation, [[SEARCHES], [ANSWERS[:90]]])
    assert b"event: error" in stream
    validate(stream)
    assert translation.failure is not None
    assert translation.usage is not None
    assert (translation.usage.input_tokens >= 10, translation.usage.web_searches) == (True, 1)


def test_an_interruption_in_the_middle_of_a_search_is_the_last_event() -> None:
    translation = searching()
    stream = translation.feed(SEARCHES)
    stream += translation.interrupt(ApiError("timeout", 504, "silent"))
    assert validate(stream)["error"]["message"] == "silent"


def test_a_whole_answer_that_is_none_is_told_by_response() -> None:
    translation = searching(stream=False)
    assert not translation.hear_whole(b"<html>")
    with pytest.raises(Exception, match=r"JSON|HTML|html"):
        translation.response(b"<html>")


@pytest.mark.parametrize(
    ("knows_location", "losses"),
    [(True, []), (False, [Loss("tools.user_location", "The search provider takes no place.")])],
)
def test_a_place_that_nobody_heeds_is_a_loss(knows_location: bool, losses: list[Loss]) -> None:
    tool = TOOL | {"user_location": {"type": "approximate", "country": "DE"}}
    assert searching(tools=[tool], knows_location=knows_location).losses == losses


@pytest.mark.parametrize(
    ("choice", "later"),
    [
        (None, None),
        ({"type": "auto"}, "auto"),
        ({"type": "any"}, "auto"),
        ({"type": "tool", "name": "web_search"}, "auto"),
        ({"type": "none"}, "none"),
    ],
)
def test_the_choice_of_a_tool_holds_for_the_first_round(
    choice: dict[str, str] | None, later: str | None
) -> None:
    fields = {} if choice is None else {"tool_choice": choice}
    translation = searching(**fields)
    translation.feed(SEARCHES)
    assert translation.search is not None
    translation.found(SearchResult(translation.search.id, (HIT,)))
    assert json.loads(translation.next_request()).get("tool_choice") == later


@pytest.mark.parametrize(
    ("body", "searches"),
    [
        (client_body(), True),
        (client_body(tools=[]), False),
        (client_body(tools=[], system="about web_search"), False),
        (client_body(tools=[{"name": "web_search", "input_schema": {"type": "object"}}]), False),
        (client_body(max_tokens="many"), False),
        (b"web_search", False),
    ],
)
def test_whose_wish_it_is(body: bytes, searches: bool) -> None:
    assert isinstance(translated(body), SearchingTranslation) is searches


def test_a_body_is_read_once() -> None:
    body = client_body(tools=[])
    translation = translated(body)
    assert json.loads(translation.request(b"is not read again"))["model"] == "m"


def test_a_body_that_cannot_be_read_is_told_what_is_wrong_with_it() -> None:
    body = client_body(max_tokens="many")
    with pytest.raises(ProtocolError, match="max_tokens"):
        translated(body).request(body)


ONLY_SPEAKS_IT = Quirks(server_tools=False)


@pytest.mark.parametrize(
    ("source", "target", "quirks", "itself"),
    [
        (ANTHROPIC_MESSAGES, OPENAI_CHAT, DEFAULT_QUIRKS, False),
        (ANTHROPIC_MESSAGES, OPENAI_CHAT, Quirks(web_search="server_tool"), True),
        (ANTHROPIC_MESSAGES, ANTHROPIC_MESSAGES, DEFAULT_QUIRKS, True),
        (ANTHROPIC_MESSAGES, ANTHROPIC_MESSAGES, ONLY_SPEAKS_IT, False),
        (OPENAI_CHAT, ANTHROPIC_MESSAGES, DEFAULT_QUIRKS, True),
        (OPENAI_CHAT, ANTHROPIC_MESSAGES, ONLY_SPEAKS_IT, False),
        (OPENAI_CHAT, OPENAI_CHAT, DEFAULT_QUIRKS, True),
        (OPENAI_CHAT, OPENAI_CHAT, ONLY_SPEAKS_IT, False),
    ],
)
def test_who_searches(source: Dialect, target: Dialect, quirks: Quirks, itself: bool) -> None:
    assert searches_itself(source, target, quirks) is itself


def named(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def test_an_upstream_of_the_same_dialect_that_runs_no_tools() -> None:
    """Such as a server of one's own behind Claude Code: it gets a function, and the answer is not verbatim then."""
    body = client_body()
    translation = translated(body, target=ANTHROPIC_MESSAGES, quirks=ONLY_SPEAKS_IT)
    assert isinstance(translation, SearchingTranslation)
    first = json.loads(translation.request(body))
    assert [(tool["name"], "type" in tool) for tool in first["tools"]] == [("web_search", False)]
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
               "stop_reason": None, "stop_sequence": None, "usage": usage}  # fmt: skip
    call = {"type": "tool_use", "id": "toolu_1", "name": "web_search", "input": {}}
    stream = (
        named("message_start", message=message),
        named("content_block_start", index=0, content_block=call),
        named("content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": '{"query":"news"}'}),
        named("content_block_stop", index=0),
        named("message_delta", delta={"stop_reason": "tool_use", "stop_sequence": None}, usage={"output_tokens": 2}),
        named("message_stop"),
    )  # fmt: skip
    sent = translation.feed(b"".join(stream))
    assert b"server_tool_use" in sent
    assert b'"tool_use"' not in sent
    assert translation.search is not None
    translation.found(SearchResult(translation.search.id, (HIT,)))
    second = json.loads(translation.next_request())
    assert second["messages"][-2]["content"] == [{**call, "input": {"query": "news"}}]
    assert second["messages"][-1]["content"][0]["tool_use_id"] == "toolu_1"


CLIENTS: dict[str, dict[str, Any]] = {
    "anthropic_messages": json.loads(client_body()),
    "openai_responses": {"model": "alias", "input": "What is new?", "tools": [{"type": "web_search"}]},
    "openai_chat": {"model": "alias", "messages": [{"role": "user", "content": "?"}], "web_search_options": {}},
    "gemini_generate": {"contents": [{"parts": [{"text": "?"}]}], "tools": [{"googleSearch": {}}]},
}  # fmt: skip


def asked_by(client: str, *, stream: bool) -> SearchingTranslation:
    """A client's search, for an upstream that speaks Chat Completions and runs no tools."""
    fields, wish = CLIENTS[client], None
    if client == "gemini_generate":
        wish = Peek("alias", stream=stream)
    else:
        fields = fields | {"stream": stream}
    body = json.dumps(fields).encode()
    translation = translated(body, DIALECTS[client], quirks=ONLY_SPEAKS_IT, wish=wish)
    assert isinstance(translation, SearchingTranslation)
    translation.request(body)
    return translation


@pytest.mark.parametrize("client", sorted(CLIENTS.keys() & DIALECTS.keys()))
def test_every_client_s_search_is_emulated_in_a_stream(client: str) -> None:
    told = play(asked_by(client, stream=True), [[SEARCHES], [ANSWERS]]).decode()
    assert told.index("Let me see.") < told.index("It is so.")
    assert ("https://a.example" in told) is (client != "openai_chat")  # which has no place for it


def completion(**message: Any) -> bytes:
    finish = "tool_calls" if "tool_calls" in message else "stop"
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    told = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": USAGE}  # fmt: skip
    return json.dumps(told).encode()


@pytest.mark.parametrize("client", sorted(CLIENTS.keys() & DIALECTS.keys()))
def test_every_client_s_search_is_emulated_in_a_whole_answer(client: str) -> None:
    translation = asked_by(client, stream=False)
    call = CALL | {"function": {"name": "web_search", "arguments": '{"query": "news"}'}}
    assert translation.hear_whole(completion(content="Let me see.", tool_calls=[call]))
    assert translation.search is not None
    translation.found(SearchResult(translation.search.id, (HIT,)))
    translation.next_request()
    last = completion(content="It is so.")
    assert not translation.hear_whole(last)
    told = translation.response(last).decode()
    assert told.index("Let me see.") < told.index("It is so.")
    assert ("https://a.example" in told) is (client != "openai_chat")
    assert translation.usage is not None
    assert (translation.usage.input_tokens, translation.usage.web_searches) == (20, 1)


@pytest.mark.parametrize("tools", [[TOOL], []])
def test_a_verbatim_body_is_only_read_where_it_can_hold_a_search(tools: list[Any]) -> None:
    body = client_body(tools=tools)
    translation = translated(body, target=ANTHROPIC_MESSAGES, quirks=ONLY_SPEAKS_IT)
    assert isinstance(translation, SearchingTranslation) is bool(tools)
    assert translation.verbatim is not bool(tools)


def test_a_field_that_the_upstream_refuses_is_left_out_of_every_round() -> None:
    body = client_body()
    translation = translated(body, quirks=Quirks(dropped_fields=("max_tokens",)))
    assert isinstance(translation, SearchingTranslation)
    assert "max_tokens" not in json.loads(translation.request(body))
