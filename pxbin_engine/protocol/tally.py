"""What a request is made of, in tokens by kind of content: the estimate that ``gateway.calibration`` then corrects."""

import binascii
import re
from collections.abc import Callable, Iterable

from msgspec import Raw, Struct

from pxbin_engine.protocol.picture import (
    anthropic_tokens,
    gemini_tokens,
    openai_tokens,
    picture_size,
)
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
    Tool,
    ToolCall,
    ToolResult,
)
from pxbin_engine.protocol.text_tokens import count_text, go_on, vocabulary_of

_A_MESSAGE = 4
_A_CALL = 8
_A_TOOL = 10
_EVERY_REQUEST = 3
"""What OpenAI's template puts around these (developers.openai.com/cookbook, "How to count tokens with tiktoken")."""

_A_PICTURE = 1500
_A_PAGE = 2200
"""Anthropic: 1,500 to 3,000 tokens of text a page (platform.claude.com/docs, "PDF support"), and the page as a picture."""

_BYTES_OF_A_PAGE = 60_000
_BYTES_OF_A_SECOND = 4000
_TOKENS_OF_A_SECOND = 32
"""Of sound (ai.google.dev/gemini-api/docs/audio)."""

_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_PAGE_COUNT = re.compile(rb"/Count (\d{1,5})")


class Tally(Struct, frozen=True):
    """Tokens by kind of content, before any correction.

    Attributes:
        latin: text in Latin letters, code and JSON included.
        scripts: text in any other script.
        tools: the definitions of the tools, which vendors rewrite each in their own way.
        media: pictures, documents, sound.
        frame: what a vendor's template puts around messages, calls and tools.
    """

    latin: float = 0.0
    scripts: float = 0.0
    tools: float = 0.0
    media: float = 0.0
    frame: float = 0.0

    @property
    def kinds(self) -> tuple[float, float, float, float, float]:
        """The five, in their order."""
        return self.latin, self.scripts, self.tools, self.media, self.frame


def tally(request: Request, model: str, *, between: Callable[[], None] = go_on) -> Tally:
    """What the model reads for this request.

    Args:
        model: its name at its upstream.
        between: called often while texts are counted, to let others have their turn.
    """
    reader = _Reader(model.rsplit("/", 1)[-1].lower())
    reader.read(request.system)
    for message in request.messages:
        reader.read(message.parts)
    definitions = [_definition(tool) for tool in request.tools]
    vocabulary = vocabulary_of(model)
    text = count_text(reader.texts, vocabulary, between=between)
    tools = count_text(definitions, vocabulary, between=between)
    frame = _EVERY_REQUEST + _A_MESSAGE * (len(request.messages) + bool(request.system))
    return Tally(
        text.latin,
        text.scripts,
        tools.latin + tools.scripts,
        reader.media,
        frame + _A_CALL * reader.calls + _A_TOOL * len(request.tools),
    )


class _Reader:
    """Collects what stands in the parts of a request."""

    def __init__(self, model: str) -> None:
        self.texts: list[str] = []
        self.media = 0.0
        self.calls = 0
        self._model = model

    def read(self, parts: Iterable[Part]) -> None:
        for part in parts:
            self._read(part)

    def _read(self, part: Part) -> None:
        match part:
            case Text(text=text):
                self.texts.append(text)
            case Thinking(text=text, redacted=redacted):
                self.texts += (text, redacted or "")
            case ToolCall(name=name, arguments=arguments):
                self.calls += 1
                self.texts += (name, arguments)
            case ToolResult(parts=parts):
                self.calls += 1
                self.read(parts)
            case Image():
                self.media += _picture_tokens(part, self._model)
            case Document(source=TextSource(text=text)):
                self.texts.append(text)
            case Document():
                self.media += _document_tokens(part)
            case Audio(source=Base64Source(data=data)):
                self.media += len(data) * 3 / 4 / _BYTES_OF_A_SECOND * _TOKENS_OF_A_SECOND
            case OpaquePart(raw=raw):
                self.texts.append(_text_of(raw))
            case SearchCall(query=query):
                self.texts.append(query)
            case SearchResult(hits=hits):
                self.texts += (text for hit in hits for text in (hit.url, hit.title, hit.text))
            case _:
                pass  # sound by an address: nobody can tell how long


def _definition(tool: Tool) -> str:
    if not isinstance(tool, FunctionTool):
        return _text_of(tool.raw)
    schema = "" if tool.parameters is None else _text_of(tool.parameters)
    return f"{tool.name} {tool.description or ''} {schema}"


def _text_of(raw: Raw) -> str:
    return bytes(raw).decode(errors="replace")


def _picture_tokens(image: Image, model: str) -> int:
    size = picture_size(image.source.data) if isinstance(image.source, Base64Source) else None
    if size is None:
        return _A_PICTURE
    if model.startswith(("gpt", "chatgpt", "o1", "o3", "o4")):
        return openai_tokens(*size, model, image.detail)
    if model.startswith(("gemini", "gemma")):
        return gemini_tokens(*size)
    return anthropic_tokens(*size)


def _document_tokens(document: Document) -> int:
    if not isinstance(document.source, Base64Source):
        return _A_PAGE
    try:
        content = binascii.a2b_base64(document.source.data)
    except (binascii.Error, ValueError):
        return _A_PAGE
    return _A_PAGE * max(1, _pages(content))


def _pages(pdf: bytes) -> int:
    """Pages as far as they can be seen without unpacking; else by the size of the file."""
    seen = len(_PAGE.findall(pdf))
    counted = max((int(found) for found in _PAGE_COUNT.findall(pdf)), default=0)
    return seen or counted or -(-len(pdf) // _BYTES_OF_A_PAGE)
