"""What a case is, and what can be seen at both ends of a proxy, in words that belong to no dialect."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Json = dict[str, Any]

FORMATS = ("anthropic", "openai", "openai-responses", "gemini")
"""Anthropic Messages, Chat Completions, Responses, Gemini generateContent."""


class AnyOrder(tuple[tuple[Any, ...], ...]):
    """Parts of a conversation that may stand in any order: results of calls that were made together."""


@dataclass
class Asked:
    """What an upstream was asked, read from the body that it got.

    ``said`` is the conversation, flat and in order::

        ("user", text)   ("assistant", text)   ("call", name, arguments)
        ("result", arguments of the call that it answers, text, failed)
        ("image", media type, base64)   ("document", media type, base64)
    """

    model: str = ""
    stream: bool = False
    system: str = ""
    said: list[tuple[Any, ...]] = field(default_factory=list)
    tools: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name -> description, and the schema as JSON text: the order of its keys matters."""
    choice: str | None = None
    """``auto``, ``any``, ``none``, or a tool's name."""
    one_at_a_time: bool = False
    max_tokens: int | None = None
    temperature: float | None = None
    stops: list[str] = field(default_factory=list)
    thinks: bool = False
    schema: Json | None = None


@dataclass
class Error:
    """An error as a client sees it; ``status`` is 200 in a stream that had begun."""

    status: int
    kind: str
    """``type``, ``code`` or ``status``: whatever clients of the dialect look at."""
    message: str
    retry_after: str | None = None


@dataclass
class Seen:
    """What a client saw, read from the bytes that it got; ``stop`` and ``usage`` are in its dialect's own words."""

    text: str = ""
    thinking: str = ""
    calls: list[tuple[str, Json]] = field(default_factory=list)
    stop: str | None = None
    usage: Json = field(default_factory=dict)
    model: str = ""
    error: Error | None = None


@dataclass(frozen=True)
class Tokens:
    """What an answer cost; the first three are disjoint."""

    fresh: int
    cached: int = 0
    written: int = 0
    """To the cache."""
    output: int = 0

    @property
    def prompt(self) -> int:
        """All that was read."""
        return self.fresh + self.cached + self.written


@dataclass(frozen=True)
class Case:
    """One exchange: ``asks`` names the client's body, ``answers`` what the upstream says to it.

    Attributes:
        stream: whether the client wants a stream; None: once with and once without.
        clients, upstreams: the formats that can say this.
        asked: fields of ``Asked`` and what they must be.
        holds: texts that must stand somewhere in what the upstream was asked.
        seen: fields of ``Seen`` and what they must be.
        stop: why the model stopped: ``end``, ``length``, ``calls``, ``stop_sequence`` or ``refusal``.
        tokens: by the upstream's format, "" standing for all others.
        error: which error of the client's dialect must be seen; ``error_says`` is part of its text.
        deviant: the upstream strays from its own dialect, which a client of the same dialect may get to see.
        known: whether the proxy is told of the model.
        kind: what is asked for: an answer, a count of the prompt's tokens, or the list of models.
    """

    name: str
    asks: str = "hello"
    answers: str = "text"
    stream: bool | None = None
    clients: tuple[str, ...] = FORMATS
    upstreams: tuple[str, ...] = FORMATS
    asked: Mapping[str, Any] = field(default_factory=dict)
    holds: tuple[str, ...] = ()
    seen: Mapping[str, Any] = field(default_factory=dict)
    stop: str | None = None
    tokens: Mapping[str, Tokens] = field(default_factory=dict)
    error: str | None = None
    error_says: str = ""
    retry_after: str | None = None
    deviant: bool = False
    known: bool = True
    kind: Literal["answer", "count", "models"] = "answer"

    @property
    def model(self) -> str:
        """The part of the model's name by which the upstream knows what to play."""
        return re.sub(r"\W+", "-", self.name).strip("-").lower()

    @property
    def ways(self) -> tuple[bool, ...]:
        """Whether a stream is asked, for each time that the case is played."""
        return (False, True) if self.stream is None else (self.stream,)


class Client(Protocol):
    """A client dialect: the bodies it sends, written by hand, and how it reads what comes back."""

    format: str
    bodies: Mapping[str, Json]
    stops: Mapping[str, tuple[str, ...]]
    """Why a model stopped -> the dialect's own words for that."""
    errors: Mapping[str, tuple[tuple[int, ...], tuple[str, ...]]]
    """Which error -> the statuses and kinds that say it."""
    count_path: str | None
    """Where prompts are counted, ``{model}`` standing for the model."""

    def path(self, model: str, *, stream: bool) -> str:
        """Where it sends its requests."""
        ...

    def headers(self, key: str) -> dict[str, str]:
        """Who asks."""
        ...

    def body(self, name: str, model: str, *, stream: bool) -> bytes:
        """What it sends."""
        ...

    def read(self, body: bytes, *, stream: bool) -> Seen:
        """What an answer of the status 200 says."""
        ...

    def read_error(self, status: int, headers: Mapping[str, str], body: bytes) -> Error:
        """What any other answer says. Raises where a client could not make it out."""
        ...

    def validate(self, body: bytes, *, stream: bool) -> None:
        """Assert that a strict client takes it."""
        ...

    def usage(self, tokens: Tokens) -> Json:
        """These figures in the dialect's own words."""
        ...

    def count(self, body: bytes) -> int:
        """The answer to a count."""
        ...


class Upstream(Protocol):
    """An upstream dialect: the answers it gives, written by hand, and how it reads what it is asked."""

    format: str

    def wants_stream(self, path: str, body: Json) -> bool:
        """Whether a stream is asked for."""
        ...

    def model(self, path: str, body: Json) -> str:
        """The model that is asked."""
        ...

    def read(self, path: str, body: Json) -> Asked:
        """What it is asked. Raises ``AssertionError`` where the vendor would refuse it."""
        ...

    def whole(self, turn: "Turn") -> Json:
        """The turn as a whole answer."""
        ...

    def events(self, turn: "Turn") -> list[bytes]:
        """The turn as the events of a stream."""
        ...

    def error(self, name: str) -> tuple[int, Mapping[str, str], Json]:
        """Status, headers and body of an error."""
        ...

    def error_event(self) -> bytes:
        """A failure in the middle of a stream."""
        ...


@dataclass(frozen=True)
class Turn:
    """What a model says: parts as ``("thinking", text)``, ``("text", text)`` and ``("call", id, name, arguments)``."""

    parts: tuple[tuple[str, ...], ...]
    stop: str = "end"
    tokens: Tokens | None = Tokens(12, output=7)
    odd: bool = False
    """Finish and usage come in an order that vendors' documents do not show."""


def data(value: object) -> bytes:
    """An event without a name."""
    return b"data: " + compact(value) + b"\n\n"


def named(value: Json) -> bytes:
    """An event with its type as its name."""
    return f"event: {value['type']}\n".encode() + data(value)


def compact(value: object) -> bytes:
    """JSON without spaces, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def read_events(stream: bytes) -> list[Json]:
    """The data of each event that is JSON, as the standard says to read them."""
    found = []
    for block in stream.replace(b"\r\n", b"\n").split(b"\n\n"):
        lines = [line[5:].removeprefix(b" ") for line in block.split(b"\n") if line[:5] == b"data:"]
        if lines and lines != [b"[DONE]"]:
            found.append(json.loads(b"\n".join(lines)))
    return found


def pieces(text: str) -> list[str]:
    """A text in the pieces in which a model would say it."""
    return [text[at : at + 5] for at in range(0, len(text), 5)]
