"""How many tokens a request probably has, for upstreams that do not count: about four bytes of text make one.

Pictures and documents are not text; they count with what vendors charge for a usual one.
"""

from collections.abc import Iterable
from itertools import chain

from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Document,
    FunctionTool,
    Image,
    OpaquePart,
    Part,
    Request,
    SearchCall,
    SearchResult,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolResult,
)

_BYTES_OF_A_TOKEN = 4
_TOKENS_OF_AN_IMAGE = 1500
_TOKENS_OF_A_DOCUMENT = 3000
_BASE64_BYTES_OF_A_DOCUMENT_TOKEN = 40
_BASE64_BYTES_OF_AN_AUDIO_TOKEN = 1000
_TOKENS_OF_A_MESSAGE = 4
_LARGE_BODY = 16_384
"""Bytes from which counting part by part costs more than the few percent of JSON around the texts matter."""


def estimate_tokens(length: int) -> int:
    """Tokens of a text of so many UTF-8 bytes."""
    return -(-length // _BYTES_OF_A_TOKEN)


def estimate_soon(request: Request, body: bytes) -> int:
    """Tokens for a first figure, until a true one comes: a long request that is all text is not read again for it."""
    if len(body) < _LARGE_BODY or _holds_file(request):
        return estimate_input_tokens(request)
    return estimate_tokens(len(body))


_FILES = frozenset({Image, Document, Audio})


def _holds_file(request: Request) -> bool:
    """Whether something in it is long, and no text."""
    parts = [part for message in request.messages for part in message.parts]
    inside = [inner for part in parts if type(part) is ToolResult for inner in part.parts]
    return not _FILES.isdisjoint(map(type, chain(parts, inside)))


def estimate_input_tokens(request: Request) -> int:
    """Tokens that the model reads for this request."""
    length = _length_of_parts(request.system) + sum(
        _length_of_parts(message.parts) for message in request.messages
    )
    for tool in request.tools:
        if isinstance(tool, FunctionTool):
            length += _length(tool.name) + _length(tool.description or "")
            length += memoryview(tool.parameters).nbytes if tool.parameters is not None else 0
        else:
            length += memoryview(tool.raw).nbytes
    return estimate_tokens(length) + len(request.messages) * _TOKENS_OF_A_MESSAGE


def _length_of_parts(parts: Iterable[Part]) -> int:
    return sum(_length_of_part(part) for part in parts)


def _length_of_part(part: Part) -> int:
    match part:
        case Text(text=text):
            return _length(text)
        case Thinking(text=text, redacted=redacted):
            return _length(text) + _length(redacted or "")
        case ToolCall(name=name, arguments=arguments):
            return _length(name) + _length(arguments)
        case ToolResult(parts=parts):
            return _length_of_parts(parts)
        case Image():
            return _TOKENS_OF_AN_IMAGE * _BYTES_OF_A_TOKEN
        case Document():
            return _length_of_document(part)
        case OpaquePart(raw=raw):
            return memoryview(raw).nbytes
        case SearchCall(query=query):
            return _length(query)
        case SearchResult(hits=hits):
            return sum(_length(hit.title) + _length(hit.text) for hit in hits)
        case Audio(source=source):
            return (
                len(source.data) // _BASE64_BYTES_OF_AN_AUDIO_TOKEN * _BYTES_OF_A_TOKEN
                if isinstance(source, Base64Source)
                else 0
            )


def _length_of_document(document: Document) -> int:
    match document.source:
        case TextSource(text=text):
            return _length(text)
        case Base64Source(data=data):
            return len(data) // _BASE64_BYTES_OF_A_DOCUMENT_TOKEN * _BYTES_OF_A_TOKEN
        case _:
            return _TOKENS_OF_A_DOCUMENT * _BYTES_OF_A_TOKEN


def _length(text: str) -> int:
    # Bytes rather than characters: a Chinese or Japanese character is about a token, not a quarter of one.
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))
