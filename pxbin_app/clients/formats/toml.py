"""TOML, edited by splices at the places where its values stand; what may stand there is the standard library's to judge.

tomlkit was tried first: a key that it adds takes a blank line with it, and one after dotted keys spoils the file.
"""

import json
import tomllib
from typing import Any

from pxbin_app.clients.errors import ParseError
from pxbin_app.clients.formats import Path
from pxbin_app.clients.formats.toml_statements import Statement, key_source, statements


def values(text: str) -> dict[str, Any]:
    """The whole text, read."""
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise _parse_error(error) from error
    except RecursionError as error:
        raise ParseError("it is nested too deeply") from error


def source(text: str, path: Path) -> str | None:
    """A value as it is written."""
    found = _pair(text, path)
    return text[found.value_start : found.value_end] if found else None


def written(value: Any) -> str:
    """A text, a number or a truth value as TOML: in these three it is written as JSON is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def put(text: str, path: Path, source: str) -> str:
    """The text with this value: in its old place, else at the end of its table, else in a new table at the end."""
    values(text)
    found = _pair(text, path)
    if found:
        return _checked(text[: found.value_start] + source + text[found.value_end :], path)
    newline = "\r\n" if "\r\n" in text else "\n"
    line = f"{key_source(path[-1:])} = {source}{newline}"
    at = _end_of_table(text, path[:-1])
    if at is None:
        line = f"[{key_source(path[:-1])}]{newline}{line}"
        line = newline + line if text else line
        at = len(text)
    if at and text[at - 1] != "\n":
        line = newline + line
    return _checked(text[:at] + line + text[at:], path)


def drop(text: str, path: Path) -> str:
    """The text without the lines of this key; a table goes where nothing stands in it, with the blank line before it."""
    values(text)
    told = statements(text)
    for place, statement in enumerate(told):
        if statement.path != path or statement.repeated:
            continue
        if not statement.is_header:
            return text[: statement.start] + text[statement.end :]
        if place + 1 == len(told) or told[place + 1].is_header:
            before = text[: statement.start]
            for blank in ("\r\n\r\n", "\n\n"):
                if before.endswith(blank):
                    before = before[: -len(blank) // 2]
                    break
            return before + text[statement.end :]
    return text


def _pair(text: str, path: Path) -> Statement | None:
    values(text)
    return next(
        (
            found
            for found in statements(text)
            if found.path == path and not found.is_header and not found.repeated
        ),
        None,
    )


def _end_of_table(text: str, table: Path) -> int | None:
    """Behind the last key of a table; None where it has no header. The outermost one needs none."""
    at = None if table else 0
    here = not table
    for statement in statements(text):
        if statement.is_header:
            here = statement.path == table and not statement.repeated
        if here:
            at = statement.end
    return at


def _checked(text: str, path: Path) -> str:
    """Raises ParseError where the change does not fit: the table is written in braces, say."""
    try:
        values(text)
    except ParseError as error:
        name = ".".join(path)
        raise ParseError(f"{name} cannot be added to what stands there ({error.reason})") from error
    return text


def _parse_error(error: tomllib.TOMLDecodeError) -> ParseError:
    """The standard library tells the place in words: "... (at line 3, column 5)"."""
    reason, _, place = str(error).partition(" (at ")
    figures = [int(word) for word in place.replace(",", " ").rstrip(")").split() if word.isdigit()]
    reason = reason[:1].lower() + reason[1:]
    return ParseError(reason, *figures) if len(figures) == 2 else ParseError(str(error))
