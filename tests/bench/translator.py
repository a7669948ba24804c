"""The bare relay that also translates: Messages in, Chat Completions out, by hand for this one pair, and nothing else.

``python -m tests.bench.translator UPSTREAM_PORT`` prints its port. Typed structs, one write per read, no canonical model;
it knows nothing but what the scenarios send (no errors, thinking, images, usage classes ...), so what a request costs here
is what a translation costs at least in this language with these libraries. It is the measure for floors that are to hold on
any machine.
"""

import sys
from typing import Any

import aiohttp
import msgspec
from aiohttp import web
from msgspec import Raw, Struct

from tests.bench.relay import Relay, serve


class Block(Struct, gc=False):
    """A block of the client's."""

    type: str
    text: str = ""


class Message(Struct, gc=False):
    """A turn of the client's."""

    role: str
    content: str | list[Block]


class Tool(Struct, gc=False):
    """A tool of the client's."""

    name: str
    description: str
    input_schema: Raw


class Asked(Struct):
    """The client's request."""

    model: str
    messages: list[Message]
    max_tokens: int
    stream: bool = False
    system: list[Block] = []
    tools: list[Tool] = []


class Function(Struct, gc=False):
    """A call's, whole or in pieces."""

    name: str | None = None
    arguments: str | None = None


class Call(Struct, gc=False):
    """A tool call, whole or in pieces."""

    index: int = 0
    id: str | None = None
    function: Function | None = None


class Delta(Struct, gc=False):
    """What a chunk adds."""

    content: str | None = None
    tool_calls: list[Call] | None = None


class Choice(Struct, gc=False):
    """The one choice."""

    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None


class Usage(Struct, gc=False):
    """OpenAI's counts."""

    prompt_tokens: int
    completion_tokens: int


class Chunk(Struct, gc=False):
    """Of a stream, or a whole answer."""

    choices: list[Choice]
    usage: Usage | None = None


_asked = msgspec.json.Decoder(Asked)
_chunk = msgspec.json.Decoder(Chunk)
_json = msgspec.json.Encoder().encode
_DELTA = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":%b}\n\n'
)
_STOP = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
_START = b'event: content_block_start\ndata: {"type":"content_block_start","index":%d,"content_block":%b}\n\n'


def text_of(content: str | list[Block]) -> str:
    """All text of a turn."""
    if isinstance(content, str):
        return content
    return "\n\n".join(block.text for block in content)


def translate_request(body: bytes) -> bytes:
    """The upstream's body."""
    asked = _asked.decode(body)
    messages: list[dict[str, Any]] = [{"role": "system", "content": text_of(asked.system)}]
    messages += [{"role": said.role, "content": text_of(said.content)} for said in asked.messages]
    tools = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.input_schema,
            },
        }
        for tool in asked.tools
    ]
    return _json({"model": asked.model, "messages": messages, "tools": tools, "max_tokens": asked.max_tokens, "stream": asked.stream})  # fmt: skip


def translate_answer(body: bytes) -> bytes:
    """The client's whole answer."""
    whole = _chunk.decode(body)
    said, usage = whole.choices[0].message or Delta(), whole.usage or Usage(0, 0)
    return _json(
        {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": said.content}],
            "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": usage.prompt_tokens, "output_tokens": usage.completion_tokens},
        }
    )  # fmt: skip


class Stream:
    """One stream's state."""

    def __init__(self) -> None:
        self._rest = b""
        self._index = -1
        self._kind = ""
        self._call = -1

    def feed(self, data: bytes) -> bytes:
        """What to write for this read."""
        *events, self._rest = (self._rest + data).split(b"\n\n")
        return b"".join([self._event(event[6:]) for event in events if event])

    def _event(self, data: bytes) -> bytes:
        if data == b"[DONE]":
            return b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
        chunk = _chunk.decode(data)
        if not chunk.choices:
            return b""
        choice = chunk.choices[0]
        delta = choice.delta or Delta()
        out = b""
        if delta.content:
            if self._kind != "text":
                out = self._open("text", b'{"type":"text","text":""}')
            out += _DELTA % (
                self._index,
                b'{"type":"text_delta","text":%b}' % _json(delta.content),
            )
        for call in delta.tool_calls or ():
            function = call.function or Function()
            if call.index != self._call:
                self._call = call.index
                block = {"type": "tool_use", "id": call.id, "name": function.name, "input": {}}
                out += self._open("call", _json(block))
            if function.arguments:
                out += _DELTA % (
                    self._index,
                    b'{"type":"input_json_delta","partial_json":%b}' % _json(function.arguments),
                )
        if choice.finish_reason:
            out += _STOP % self._index
            out += b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}\n\n'
        return out

    def _open(self, kind: str, block: bytes) -> bytes:
        end = _STOP % self._index if self._kind else b""
        self._kind = kind
        self._index += 1
        return end + _START % (self._index, block)


class Translator(Relay):
    """Passes every request on in the other dialect, and its answer back."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request."""
        body = translate_request(await request.read())
        headers = {"content-type": "application/json"}
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            if answer.content_length is not None:
                content = translate_answer(await answer.read())
                whole = web.Response(body=content, content_type="application/json")
                await whole.prepare(request)
                await whole.write_eof()
                return whole
            return await self._stream(request, answer)

    async def _stream(
        self, request: web.BaseRequest, answer: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        response, stream = (
            web.StreamResponse(headers={"content-type": "text/event-stream"}),
            Stream(),
        )
        await response.prepare(request)
        while chunk := await answer.content.readany():
            await response.write(stream.feed(chunk))
        await response.write_eof()
        return response


if __name__ == "__main__":
    serve(Translator, int(sys.argv[1]))
