"""``NAME=value`` lines, as the npm package dotenv reads them (https://github.com/motdotla/dotenv)."""

import re
from typing import Any

from pxbin_app.clients.errors import ParseError
from pxbin_app.clients.formats import Path

_LINE = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?P<name>[\w.-]+)[ \t]*=[ \t]*"
    r"(?P<source>'(?:\\'|[^'])*'|\"(?:\\\"|[^\"])*\"|`(?:\\`|[^`])*`|[^#\r\n]*[^#\s]|)"
    r"[ \t]*(?:#[^\r\n]*)?\r?$",
    re.MULTILINE,
)
_PLAIN = re.compile(r"[\w./:@+-]+")


def values(text: str) -> dict[str, Any]:
    """All names with their values; lines that say nothing are nothing's business."""
    return {found["name"]: _read(found["source"]) for found in _LINE.finditer(text)}


def source(text: str, path: Path) -> str | None:
    """A value as it is written."""
    found = _found(text, path)
    return found["source"] if found else None


def written(value: Any) -> str:
    """A value, in quotes where it needs them."""
    text = str(value)
    if _PLAIN.fullmatch(text):
        return text
    quote = next((quote for quote in "'\"`" if quote not in text), None)
    if quote is None or "\n" in text:
        raise ParseError("this value cannot be written into such a file")
    return f"{quote}{text}{quote}"


def put(text: str, path: Path, source: str) -> str:
    """The text with this value: in its line, else in a line at the end."""
    found = _found(text, path)
    if found:
        return text[: found.start("source")] + source + text[found.end("source") :]
    newline = "\r\n" if "\r\n" in text else "\n"
    between = newline if text and not text.endswith("\n") else ""
    return f"{text}{between}{path[0]}={source}{newline}"


def drop(text: str, path: Path) -> str:
    """The text without the line of this name."""
    found = _found(text, path)
    if found is None:
        return text
    end = found.end() + 1 if text[found.end() : found.end() + 1] == "\n" else found.end()
    return text[: found.start()] + text[end:]


def _found(text: str, path: Path) -> re.Match[str] | None:
    """The last line of a name: it is the one that counts."""
    (name,) = path
    found = None
    for match in _LINE.finditer(text):
        if match["name"] == name:
            found = match
    return found


def _read(source: str) -> str:
    quoted = len(source) > 1 and source[0] == source[-1] and source[0] in "'\"`"
    text = source[1:-1] if quoted else source
    return text.replace("\\n", "\n").replace("\\r", "\r") if source[:1] == '"' else text
