"""The fake upstream's script: which case is played is told by the model's name, which dialect by the path.

A model is named ``<anything>--<case>`` or just ``<case>``.
"""

import json
from collections.abc import Callable

from tests.conformance.case import Json, Upstream, compact
from tests.conformance.cases import CASES, TURNS
from tests.conformance.upstreams.anthropic_messages import AnthropicUpstream
from tests.conformance.upstreams.gemini_generate import GeminiUpstream
from tests.conformance.upstreams.openai_chat import ChatUpstream
from tests.conformance.upstreams.openai_responses import ResponsesUpstream
from tests.support.upstream import CUT, Answer, Received, Step, json_answer, raw_answer, sse_answer

UPSTREAMS: dict[str, Upstream] = {
    upstream.format: upstream
    for upstream in (AnthropicUpstream(), ChatUpstream(), ResponsesUpstream(), GeminiUpstream())
}
Steps = list[bytes | float | Step]

COUNT = 42
"""Tokens, whatever is counted."""

_CASES = {case.model: case for case in CASES}
_PATHS = {
    "/v1/messages": "anthropic",
    "/v1/chat/completions": "openai",
    "/v1/responses": "openai-responses",
}
_COUNTS: dict[str, Json] = {
    "/v1/messages/count_tokens": {"input_tokens": COUNT},
    "/v1/responses/input_tokens": {"object": "response.input_tokens", "input_tokens": COUNT},
}


def format_of(path: str) -> str | None:
    """Whose path it is; None for one that asks no model to answer."""
    if path.startswith("/v1beta/models/") and path.endswith(
        (":generateContent", ":streamGenerateContent")
    ):
        return "gemini"
    return _PATHS.get(path)


def play(received: Received) -> Answer:
    """What the upstream answers."""
    path = received.path
    if path in _COUNTS:
        return json_answer(_COUNTS[path])
    if path.endswith(":countTokens"):
        return json_answer({"totalTokens": COUNT})
    format_ = format_of(path)
    if format_ is None:
        return json_answer({"error": {"message": f"nothing is at {path}"}}, status=404)
    upstream = UPSTREAMS[format_]
    body = json.loads(received.body)
    name = upstream.model(path, body).rpartition("--")[2]
    case = _CASES.get(name)
    answers = case.answers if case is not None else "no_model"
    return _answer(upstream, answers, stream=upstream.wants_stream(path, body))


def _answer(upstream: Upstream, answers: str, *, stream: bool) -> Answer:
    if answers == "html":
        return raw_answer(b"<!doctype html><html><body>Sign in</body></html>")
    if answers == "nothing":
        return raw_answer(b"", content_type="text/event-stream" if stream else "application/json")
    if answers in _DAMAGES or answers in TURNS or answers in _FAILURES:
        return _turn(upstream, answers, stream=stream)
    status, headers, body = upstream.error(answers)
    return json_answer(body, status=status, **headers)


def _turn(upstream: Upstream, answers: str, *, stream: bool) -> Answer:
    turn = TURNS.get(answers) or TURNS["unicode" if answers == "split" else "text"]
    if not stream or answers == "json_for_stream":
        whole = compact(upstream.whole(turn))
        steps = _split([whole]) if answers == "split" else [whole]
        return Answer(200, {"content-type": "application/json"}, steps)
    events = upstream.events(turn)
    if answers == "failed_at_once":
        return sse_answer(b"".join(_half(events)) + upstream.error_event())
    if answers == "midway":
        return sse_answer(*_half(events), 0.02, upstream.error_event())
    return sse_answer(*_DAMAGES.get(answers, _at_once)(events))


def _at_once(events: list[bytes]) -> Steps:
    return [b"".join(events)]


def _split(events: list[bytes]) -> Steps:
    """Each write ends in the middle of a character; the pauses keep the writes apart."""
    data = b"".join(events)
    cuts = [at for at in range(1, len(data)) if data[at] & 0xC0 == 0x80][::3]
    bounds = zip([0, *cuts], [*cuts, len(data)], strict=True)
    return [step for start, end in bounds for step in (data[start:end], 0.001)]


def _half(events: list[bytes]) -> list[bytes]:
    return events[: len(events) // 2]


_FAILURES = ("midway", "failed_at_once")
"""A turn that begins and ends with an error: in one read with its beginning, or later."""

_DAMAGES: dict[str, Callable[[list[bytes]], Steps]] = {
    "split": _split,
    "comments": lambda events: [b": keep-alive\n\n" + event for event in events],
    "crlf": lambda events: [b"".join(events).replace(b"\n", b"\r\n")],
    "cut": lambda events: [*_half(events)],
    "aborted": lambda events: [*_half(events), 0.02, CUT],
    "json_for_stream": _at_once,
}
"""What is done to the events of a turn before they are sent."""
