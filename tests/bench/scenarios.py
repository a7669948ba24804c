"""What is measured: a client's request and the upstream's answer, scenario by scenario.

Every scenario is a Claude Code-like ``POST /v1/messages`` to an OpenAI-compatible upstream, so the proxy translates both
ways; ``v`` is the exception: the same stream to an Anthropic upstream, verbatim.
"""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Scenario:
    """One kind of traffic.

    Attributes:
        key: also the model's name, by which the fake upstream knows what to answer.
        parts: what the upstream sends, one send each; the first holds the HTTP head.
        gap: seconds between sends.
        clients: connections at once.
        requests: how many are measured in one run.
        ends_with: what the client's bytes must hold for the reply to count as right.
        events: how many upstream events one request has (for CPU per event).
    """

    key: str
    title: str
    body: bytes
    parts: tuple[bytes, ...]
    ends_with: bytes
    format: str = "openai"
    gap: float = 0.0
    clients: int = 8
    requests: int = 600
    events: int = 1
    headers: dict[str, str] = field(default_factory=dict)


def _chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _sse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
    )


def _sse(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _usage(output: int) -> bytes:
    usage = {
        "prompt_tokens": 1000,
        "completion_tokens": output,
        "prompt_tokens_details": {"cached_tokens": 800},
    }
    return _sse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [],
            "usage": usage,
        }
    )


_END = b"data: [DONE]\n\n"
_TEXT = [
    _chunk({"role": "assistant", "content": ""}),
    *(_chunk({"content": f" word{n}"}) for n in range(196)),
]
_TEXT += [_chunk({}, "stop"), _usage(196), _END]


def _tool_calls() -> list[bytes]:
    events = [_chunk({"role": "assistant", "content": None})]
    for index in range(2):
        call = {
            "index": index,
            "id": f"call_{index}",
            "type": "function",
            "function": {"name": "Bash", "arguments": ""},
        }
        events.append(_chunk({"tool_calls": [call]}))
        pieces = ['{"command": "', *("x" * 8 for _ in range(38)), '"}']
        events += [
            _chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
            for piece in pieces
        ]
    return [*events, _chunk({}, "tool_calls"), _usage(90), _END]


def _anthropic_text() -> list[bytes]:
    def event(name: str, value: dict[str, Any]) -> bytes:
        return f"event: {name}\ndata: {json.dumps({'type': name, **value})}\n\n".encode()

    usage = {
        "input_tokens": 200,
        "cache_read_input_tokens": 800,
        "cache_creation_input_tokens": 0,
        "output_tokens": 1,
    }
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
               "stop_sequence": None, "usage": usage}  # fmt: skip
    deltas = [
        event(
            "content_block_delta",
            {"index": 0, "delta": {"type": "text_delta", "text": f" word{n}"}},
        )
        for n in range(196)
    ]
    return [
        event("message_start", {"message": message}),
        event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        *deltas,
        event("content_block_stop", {"index": 0}),
        event(
            "message_delta",
            {
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": 196},
            },
        ),
        event("message_stop", {}),
    ]


_SSE_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def _framed(parts: list[bytes]) -> tuple[bytes, ...]:
    """Each part as one HTTP chunk; the head goes with the first, the end with the last."""
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in parts]
    chunks[0] = _SSE_HEAD + chunks[0]
    chunks[-1] += b"0\r\n\r\n"
    return tuple(chunks)


def _json_reply() -> tuple[bytes, ...]:
    body = json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello there."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24},
    }).encode()  # fmt: skip
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return (head + body,)


def _request(
    model: str, *, stream: bool = True, tools: int = 2, turns: int = 1, filler: int = 200
) -> bytes:
    schema = {
        "type": "object",
        "properties": {"command": {"type": "string", "description": "What to run. " * 8}},
    }
    messages: list[dict[str, Any]] = []
    for turn in range(turns):
        messages.append(
            {
                "role": "user",
                "content": [{"type": "text", "text": f"Turn {turn}. " + "word " * (filler // 5)}],
            }
        )
        if turn < turns - 1:
            messages.append(
                {
                    "role": "assistant",
                    "content": [{"type": "text", "text": "answer " * (filler // 7)}],
                }
            )
    body = {
        "model": model, "max_tokens": 4096, "stream": stream,
        "system": [{"type": "text", "text": "You are a careful engineer. " * 20, "cache_control": {"type": "ephemeral"}}],
        "metadata": {"user_id": '{"device_id":"0","account_uuid":"","session_id":"00000000-0000-0000-0000-000000000000"}'},
        "tools": [{"name": f"Tool{n}", "description": "Runs something. " * 30, "input_schema": schema} for n in range(tools)],
        "messages": messages,
    }  # fmt: skip
    return json.dumps(body).encode()


_STOP = b"event: message_stop"

SCENARIOS: dict[str, Scenario] = {
    scenario.key: scenario
    for scenario in (
        Scenario("a", "small JSON reply", _request("a", stream=False), _json_reply(), b'"end_turn"', requests=1500),
        Scenario("b", "200 events in one send", _request("b"), _framed([b"".join(_TEXT)]), _STOP, events=200),
        Scenario("b1", "200 sends without pause", _request("b1"), _framed(_TEXT), _STOP, events=200, requests=400),
        # The end comes in one send, as from most upstreams: nothing of it can be told before all of it is there.
        Scenario("c", "98 sends at 10 ms, 32 clients", _request("c"), _framed([*_TEXT[:97], b"".join(_TEXT[-3:])]), _STOP,
                 gap=0.010, clients=32, requests=128, events=98),
        Scenario("d", "two tool calls of 40 deltas", _request("d"), _framed([b"".join(_tool_calls())]), b'"tool_use"', events=87),
        Scenario("e", "200 KB request, 40 tools, 60 messages", _request("e", tools=40, turns=30, filler=2600),
                 _framed([b"".join([*_TEXT[:5], *_TEXT[-3:]])]), _STOP, requests=400, events=8),
        Scenario("v", "b, verbatim to an Anthropic upstream", _request("v"), _framed([b"".join(_anthropic_text())]), _STOP,
                 format="anthropic", events=200),
    )
}  # fmt: skip
