"""A request of the log as a command that asks the same again. No Qt here."""

import shlex
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from pxbin_engine.records import RecordedMessage, RequestRecord

NO_BODY_KEPT = "Its body is not kept whole: put yours into body.json."
_KEY_HEADER = {
    "anthropic": "x-api-key: $PXBIN_KEY",
    "gemini": "x-goog-api-key: $PXBIN_KEY",
}
_NOT_REPEATED = frozenset(
    [
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "host",
        "proxy-authorization",
        "transfer-encoding",
        "x-api-key",
        "x-goog-api-key",
    ]
)
"""Headers that curl makes itself, that hold the key, or that are not about this request."""
_LONGEST_ARGUMENT = 8_000
"""Characters: a longer body is easier to read, and allowed everywhere, as what the command reads."""


class Command(NamedTuple):
    """The command, and whether it has all that it needs but for the key."""

    text: str
    whole: bool


def curl(record: RequestRecord, base_url: str, sent: RecordedMessage | None = None) -> Command:
    """The command for a shell; the key is taken from the variable PXBIN_KEY.

    Args:
        sent: what the client sent, where that is recorded.
    """
    body = sent.text if sent is not None and not sent.cut else None
    path = sent.url if sent is not None and sent.url else record.path
    lines = [
        f"curl -X {shlex.quote(record.method)} {shlex.quote(base_url + path)}",
        f'-H "{_KEY_HEADER.get(record.input_format, "Authorization: Bearer $PXBIN_KEY")}"',
        *(f"-H {shlex.quote(header)}" for header in _headers(record, sent)),
    ]
    end = ""
    if body is None:
        lines.append("--data @body.json")
    elif body and len(body) <= _LONGEST_ARGUMENT:
        lines.append(f"--data-binary {shlex.quote(body)}")
    elif body:
        mark = _unused_mark(body)
        lines.append(f"--data-binary @- <<'{mark}'")
        end = f"\n{body}\n{mark}"
    command = " \\\n  ".join(lines) + end
    return Command(f"{_needed(record, whole=body is not None)}\n{command}", body is not None)


def _needed(record: RequestRecord, *, whole: bool) -> str:
    if whole:
        return "# Needs a pxbin key in PXBIN_KEY."
    model = f' ("model": {msgspec.json.encode(record.model).decode()})' if record.model else ""
    return f"# Needs the request in body.json{model}, and a pxbin key in PXBIN_KEY."


def _headers(record: RequestRecord, sent: RecordedMessage | None) -> Iterator[str]:
    if sent is not None and sent.headers:
        for name, value in sent.headers:
            if name.lower() not in _NOT_REPEATED:
                yield f"{name}: {value}"
        return
    yield "Content-Type: application/json"
    if record.input_format == "anthropic":
        yield "anthropic-version: 2023-06-01"


def _unused_mark(body: str) -> str:
    """A word that ends the body and does not stand in it."""
    mark = "END_OF_BODY"
    while mark in body:
        mark += "_"
    return mark
