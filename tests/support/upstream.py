"""A scripted upstream on loopback: it answers request after request as the script says, and keeps what it was sent.

::

    async with FakeUpstream() as upstream:
        upstream.script(json_answer({"error": {"message": "busy"}}, status=503), openai_stream("Hel", "lo"))
        ...
        assert upstream.requests[1].json["model"] == "gpt-4o"

An answer's ``steps`` are played in order: bytes are sent in one write, a number is a pause in seconds, ``CUT`` aborts the
connection, ``HANG`` waits until the client leaves. With the script at its end, ``upstream.always`` answers.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

from aiohttp import web


class Step(Enum):
    """What is neither bytes nor a pause."""

    CUT = "cut"
    HANG = "hang"


CUT, HANG = Step.CUT, Step.HANG


@dataclass(frozen=True)
class Answer:
    """One scripted answer; ``before`` are steps that come before the status (pauses, ``CUT``, ``HANG``)."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    steps: Sequence[bytes | float | Step] = ()
    before: Sequence[float | Step] = ()

    def after(self, *before: float | Step) -> "Answer":
        """The same answer, with something before its status."""
        return Answer(self.status, self.headers, self.steps, before)


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the client has gone before the answer was complete."""
    at: float = field(default_factory=time.monotonic)
    """When it came, in monotonic seconds."""

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class FakeUpstream:
    """See the module; an async context manager. It listens at ``port``, or at a free one."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[Received] = []
        self.always = json_answer({"error": {"message": "the script has ended"}}, status=500)
        self.aside: Callable[[Received], Answer | None] = lambda _: None
        """Answers what does not belong to the script: an agent asks for titles whenever it likes."""
        self._answers: list[Answer] = []
        self._runner: web.ServerRunner | None = None
        self.port = port
        self._connections: set[int] = set()

    @property
    def connections(self) -> int:
        """How many connections brought requests."""
        return len(self._connections)

    def script(self, *answers: Answer) -> Self:
        """Append answers to the script."""
        self._answers.extend(answers)
        return self

    @property
    def url(self) -> str:
        """The base URL, without a path."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        body = b"".join([chunk async for chunk in request.content.iter_any()])
        received = Received(request.method, path, query, request.headers, body)
        self.requests.append(received)
        assert request.transport is not None
        self._connections.add(request.transport.get_extra_info("peername")[1])
        answer = self.aside(received) or (self._answers.pop(0) if self._answers else self.always)
        try:
            return await _play(answer, request)
        except asyncio.CancelledError:
            received.left.set()
            raise
        except ConnectionResetError:
            received.left.set()
            raise asyncio.CancelledError from None  # aiohttp would log it as an error of the script


async def _play(answer: Answer, request: web.BaseRequest) -> web.StreamResponse:
    for step in answer.before:
        await _do(step, request)
    response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
    await response.prepare(request)
    for step in answer.steps:
        if isinstance(step, bytes):
            await response.write(step)
        else:
            await _do(step, request)
    await response.write_eof()
    return response


async def _do(step: bytes | float | Step, request: web.BaseRequest) -> None:
    if step is CUT:
        assert request.transport is not None
        request.transport.abort()
    if isinstance(step, Step):
        await asyncio.Event().wait()
    elif isinstance(step, int | float):
        await asyncio.sleep(step)


# ---------------------------------------------------------------------- ready-made answers


def json_answer(value: object, *, status: int = 200, **headers: str) -> Answer:
    """A whole JSON answer; a header's underscores stand for hyphens."""
    return Answer(status, _headers("application/json", headers), [json.dumps(value).encode()])


def raw_answer(
    body: bytes, *, status: int = 200, content_type: str = "text/html", **headers: str
) -> Answer:
    """Any bytes."""
    return Answer(status, _headers(content_type, headers), [body] if body else [])


def sse_answer(*steps: bytes | float | Step) -> Answer:
    """A stream of these steps."""
    return Answer(200, _headers("text/event-stream", {}), steps)


def data_event(value: object) -> bytes:
    """One event without a name, as OpenAI sends them."""
    return f"data: {json.dumps(value)}\n\n".encode()


def named_event(kind: str, **fields: object) -> bytes:
    """One event with a name, as Anthropic sends them."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def _headers(content_type: str, more: Mapping[str, str]) -> dict[str, str]:
    return {"content-type": content_type} | {k.replace("_", "-"): v for k, v in more.items()}


# ---------------------------------------------------------------------- OpenAI's chat completions

DONE = b"data: [DONE]\n\n"


def openai_chunk(delta: Mapping[str, object], finish: str | None = None) -> bytes:
    """One chunk of a streamed completion."""
    choice = {"index": 0, "delta": dict(delta), "finish_reason": finish}
    return data_event(_openai("chat.completion.chunk", [choice]))


def openai_usage(prompt: int, completion: int, cached: int = 0) -> dict[str, Any]:
    """A usage object."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def openai_events(
    *texts: str, usage: Mapping[str, Any] | None = None, finish: str = "stop"
) -> list[bytes]:
    """The events of a streamed text: role, texts, finish, usage, ``[DONE]``."""
    usage = openai_usage(12, 7) if usage is None else usage
    return [
        openai_chunk({"role": "assistant", "content": ""}),
        *(openai_chunk({"content": text}) for text in texts),
        openai_chunk({}, finish),
        data_event(_openai("chat.completion.chunk", []) | {"usage": usage}),
        DONE,
    ]


def openai_stream(*texts: str, pause: float = 0.0, **options: Any) -> Answer:
    """A streamed text; with a ``pause`` each event is a write of its own."""
    return sse_answer(*_paced(openai_events(*texts, **options), pause))


def openai_tool_call(call_id: str, name: str, arguments: dict[str, Any]) -> Answer:
    """A streamed call whose arguments come in pieces of five characters; 100 tokens in, 900 cached, 20 out."""
    text = json.dumps(arguments)
    function = {"name": name, "arguments": ""}
    first = {"index": 0, "id": call_id, "type": "function", "function": function}
    pieces = [text[at : at + 5] for at in range(0, len(text), 5)]
    return sse_answer(
        openai_chunk({"role": "assistant", "content": None, "tool_calls": [first]}),
        *(
            openai_chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
            for piece in pieces
        ),
        openai_chunk({}, "tool_calls"),
        data_event(_openai("chat.completion.chunk", []) | {"usage": openai_usage(1000, 20, 900)}),
        DONE,
    )


def openai_completion(text: str, *, finish: str = "stop") -> Answer:
    """A whole completion."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json_answer(_openai("chat.completion", [choice]) | {"usage": openai_usage(12, 7)})


def openai_error(status: int, message: str, code: str | None = None, **headers: str) -> Answer:
    """An error as OpenAI words it."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return json_answer({"error": error}, status=status, **headers)


def _openai(kind: str, choices: list[Any]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 1_700_000_000,
        "model": "gpt-4o-2024-08-06",
        "choices": choices,
    }


# ---------------------------------------------------------------------- Anthropic's messages


def anthropic_message(text: str) -> Answer:
    """A whole message."""
    content = [{"type": "text", "text": text}]
    return json_answer(_anthropic(content, "end_turn", {"input_tokens": 12, "output_tokens": 7}))


def anthropic_events(*texts: str) -> list[bytes]:
    """The events of a streamed text."""
    usage = {"input_tokens": 12, "output_tokens": 1}
    return [
        named_event("message_start", message=_anthropic([], None, usage)),
        named_event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *(
            named_event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
            for text in texts
        ),
        named_event("content_block_stop", index=0),
        named_event(
            "message_delta",
            delta={"stop_reason": "end_turn", "stop_sequence": None},
            usage={"output_tokens": 7},
        ),
        named_event("message_stop"),
    ]


def anthropic_stream(*texts: str, pause: float = 0.0) -> Answer:
    """A streamed text; with a ``pause`` each event is a write of its own."""
    return sse_answer(*_paced(anthropic_events(*texts), pause))


def anthropic_error(status: int, kind: str, message: str, **headers: str) -> Answer:
    """An error as Anthropic words it."""
    error = {"type": kind, "message": message}
    value = {"type": "error", "error": error, "request_id": "req_upstream"}
    return json_answer(value, status=status, **headers)


def _anthropic(content: list[Any], stop: str | None, usage: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": "msg_upstream",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": dict(usage),
    }


def _paced(events: Iterable[bytes], pause: float) -> list[bytes | float]:
    if not pause:
        return [b"".join(events)]
    return [step for event in events for step in (event, pause)]
