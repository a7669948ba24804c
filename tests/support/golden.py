"""The golden matrix: what each recorded body of the corpus becomes in each other dialect, kept byte for byte.

``tests/golden/<dialect>/<case>/<other dialect>.txt`` holds the bytes, then a line for each loss. A request is what a
client of ``<dialect>`` sent, as the other dialect's upstream gets it; an answer, a stream or an error is what an upstream
of ``<dialect>`` said, as the other dialect's client gets it.

``python -m tests.support.golden --write`` makes the files anew; read the difference before it is committed.
"""

import itertools
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from unittest import mock

import msgspec

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects import DIALECTS
from pxbin_engine.protocol.peek import Peek
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks, quirks_for
from pxbin_engine.protocol.translation import Translation
from tests.conformance.player import CLIENTS

CORPUS = Path(__file__).parents[1] / "corpus"
GOLDEN = Path(__file__).parents[1] / "golden"
NOW = 1_760_000_000

Kind = Literal["request", "answer", "stream", "error"]

_RECORDED: tuple[tuple[Kind, str, str], ...] = (
    ("request", "", "request.json"),
    ("request", "request_", "body.json"),
    ("request", "requests_", "body.json"),
    ("request", "asked_", "body.json"),
    ("answer", "answer_", "upstream.json"),
    ("error", "error_", "upstream.json"),
    ("stream", "stream_", "stream.sse"),
    ("stream", "stream_", "upstream.sse"),
    ("stream", "upstream_stream_", "upstream.sse"),
)
"""What a case holds: its kind, how its name begins, and its file."""

VENDORS = {
    "anthropic_messages": ("https://api.anthropic.com", "claude-sonnet-4-5"),
    "openai_chat": ("https://api.openai.com/v1", "gpt-5-mini"),
    "openai_responses": ("https://api.openai.com/v1", "gpt-5-mini"),
    "gemini_generate": ("https://generativelanguage.googleapis.com", "gemini-2.5-flash"),
}
"""Who is asked in each dialect: its own vendor, and a model of it that thinks."""


@dataclass(frozen=True)
class Golden:
    """One recorded body on its way into another dialect."""

    kind: Kind
    source: str
    case: str
    target: str

    @property
    def file(self) -> Path:
        """Where its bytes are kept."""
        return GOLDEN / self.source / self.case / f"{self.target}.txt"

    @property
    def name(self) -> str:
        """As a test's id."""
        return f"{self.source}-{self.case}-{self.target}"


def every_golden() -> Iterator[Golden]:
    """All recorded bodies to all other dialects."""
    for source, target in itertools.permutations(DIALECTS, 2):
        for kind, case in recorded(source):
            yield Golden(kind, source, case, target)


def recorded(dialect: str) -> Iterator[tuple[Kind, str]]:
    """What of a dialect the corpus has."""
    for folder in sorted((CORPUS / dialect).iterdir()):
        kinds = [
            kind
            for kind, start, file in _RECORDED
            if folder.name.startswith(start) and (folder / file).exists()
        ]
        if kinds:
            yield kinds[0], folder.name


def read_recorded(dialect: str, case: str) -> bytes:
    """Its bytes."""
    folder = CORPUS / dialect / case
    names = ("request.json", "body.json", "stream.sse", "upstream.sse", "upstream.json")
    return next((folder / name).read_bytes() for name in names if (folder / name).exists())


def translate(golden: Golden) -> tuple[bytes, list[str]]:
    """The bytes that the other dialect gets, and what was lost; ids that are made up count from 00."""
    made = (f"{number:02}" for number in itertools.count())
    with mock.patch.object(secrets, "token_hex", side_effect=made):
        return _MAKERS[golden.kind](golden, read_recorded(golden.source, golden.case))


def encoded(body: bytes, losses: list[str]) -> bytes:
    """A golden file's content."""
    return b"\n".join([body, *(loss.encode() for loss in losses), b""])


def _request(golden: Golden, body: bytes) -> tuple[bytes, list[str]]:
    wish = Peek("alias", stream=True) if golden.source == "gemini_generate" else None
    address, model = VENDORS[golden.target]
    translation = Translation(
        DIALECTS[golden.source],
        DIALECTS[golden.target],
        model=model,
        quirks=quirks_for(address, model),
        wish=wish,
    )
    try:
        return translation.request(body), _lost(translation)
    except ProtocolError as error:
        return f"refused: {error.message}".encode(), []


def _answer(golden: Golden, body: bytes) -> tuple[bytes, list[str]]:
    translation = _asked(golden, stream=False)
    try:
        return translation.response(body), _lost(translation)
    except ProtocolError:
        return _failed(translation), _lost(translation)


def _stream(golden: Golden, body: bytes) -> tuple[bytes, list[str]]:
    """Fed event by event, as a stream arrives."""
    translation = _asked(golden, stream=True)
    told = b"".join(translation.feed(event) for event in _events(body))
    told += translation.close()
    if translation.failure is not None and not told:
        told = _failed(translation)
    return told, _lost(translation)


def _error(golden: Golden, body: bytes) -> tuple[bytes, list[str]]:
    said: dict[str, Any] = msgspec.json.decode(body)
    translation = _asked(golden, stream=True)
    error = translation.error(said["status"], said["headers"], said["body"].encode())
    return _as_answer(translation, error), _lost(translation)


_MAKERS: dict[Kind, Callable[[Golden, bytes], tuple[bytes, list[str]]]] = {
    "request": _request,
    "answer": _answer,
    "stream": _stream,
    "error": _error,
}


def _asked(golden: Golden, *, stream: bool) -> Translation:
    """A translation whose client has asked already: the other way round, for the answer comes from ``source``."""
    client, upstream = DIALECTS[golden.target], DIALECTS[golden.source]
    wish = Peek("alias", stream) if client.name == "gemini_generate" else None
    translation = Translation(
        client, upstream, model="m", quirks=quirks_of(golden.source, golden.case), wish=wish, now=NOW
    )  # fmt: skip
    translation.request(CLIENTS[client.format].body("tools", "alias", stream=stream))
    return translation


def quirks_of(dialect: str, case: str) -> Quirks:
    """What the case's upstream deviates in."""
    file = CORPUS / dialect / case / "quirks.json"
    if not file.exists():
        return DEFAULT_QUIRKS
    return msgspec.json.decode(file.read_bytes(), type=Quirks)


def _events(body: bytes) -> Iterator[bytes]:
    """The stream in pieces that end with an empty line."""
    while body:
        ends = [at + len(gap) for gap in (b"\n\n", b"\r\n\r\n") if (at := body.find(gap)) >= 0]
        end = min(ends, default=len(body))
        yield body[:end]
        body = body[end:]


def _failed(translation: Translation) -> bytes:
    assert translation.failure is not None
    return _as_answer(translation, translation.failure)


def _as_answer(translation: Translation, error: Any) -> bytes:
    answer = translation.encode_error(error, request_id="req_golden")
    headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    return f"{answer.status}\n{headers}\n".encode() + answer.body


def _lost(translation: Translation) -> list[str]:
    return [f"lost {loss.path}: {loss.reason}" for loss in translation.losses]


def main(arguments: list[str]) -> int:
    """Write the files, or say which are not as they should be."""
    wanted = {golden.file: encoded(*translate(golden)) for golden in every_golden()}
    if arguments == ["--write"]:
        shutil.rmtree(GOLDEN, ignore_errors=True)
        for file, content in wanted.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        print(f"{len(wanted)} files written")
        return 0
    differing = [
        file
        for file, content in wanted.items()
        if not file.exists() or file.read_bytes() != content
    ]
    for file in differing:
        print(file.relative_to(GOLDEN.parent.parent))
    print(f"{len(differing)} of {len(wanted)} files differ; --write makes them anew")
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
