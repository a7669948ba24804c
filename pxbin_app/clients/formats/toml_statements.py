"""The statements of a TOML text that is known to be right: headers and keys, and where each stands."""

import re
import tomllib
from dataclasses import dataclass

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEYS = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_BLANK = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*")
_HEADER = re.compile(rf"[ \t]*(?P<open>\[\[?)[ \t]*(?P<keys>{_KEYS})[ \t]*\]\]?")
_PAIR = re.compile(rf"[ \t]*(?P<keys>{_KEYS})[ \t]*=[ \t]*")
_LINE_END = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|$)")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'"
    r"|\#[^\n]*"
    r"|[\[\]{}]"
    r"|[^\s\"'#\[\]{}]+"
    r"|[ \t\r\n]+",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A header or a key with its value, from the start of its first line to behind its last.

    ``repeated``: it stands in one of several tables of that name (``[[...]]``).
    """

    path: tuple[str, ...]
    start: int
    end: int
    value_start: int = 0
    value_end: int = 0
    is_header: bool = False
    repeated: bool = False


def statements(text: str) -> list[Statement]:
    """All statements, in order; the text must be TOML."""
    found: list[Statement] = []
    table: tuple[str, ...] = ()
    repeated = False
    several: set[tuple[str, ...]] = set()
    at = _behind(_BLANK, text, 0)
    while at < len(text):
        header = _HEADER.match(text, at)
        if header:
            table = _names(header["keys"])
            if header["open"] == "[[":
                several.add(table)
            repeated = any(table[: len(path)] == path for path in several)
            end = _behind(_LINE_END, text, header.end())
            found.append(Statement(table, at, end, is_header=True, repeated=repeated))
        else:
            pair = _PAIR.match(text, at)
            if pair is None:  # blanks at the very end
                break
            value_end = _value_end(text, pair.end())
            end = _behind(_LINE_END, text, value_end)
            path = table + _names(pair["keys"])
            found.append(Statement(path, at, end, pair.end(), value_end, repeated=repeated))
        at = _behind(_BLANK, text, end)
    return found


def key_source(path: tuple[str, ...]) -> str:
    """A path as TOML writes it."""
    return ".".join(key if _BARE.fullmatch(key) else _quoted(key) for key in path)


def _quoted(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _names(keys: str) -> tuple[str, ...]:
    """The parts of a dotted key; the standard library knows how they are quoted."""
    names = []
    table: object = tomllib.loads(f"{keys} = 0")
    while isinstance(table, dict):
        ((name, table),) = table.items()
        names.append(name)
    return tuple(names)


def _value_end(text: str, start: int) -> int:
    """Behind a value: a text, brackets and braces with all in them, or words up to a comment or the line's end."""
    depth, at, end = 0, start, start
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            break
        first = token.group()[0]
        if depth == 0 and (first == "#" or ("\n" in token.group() and first in " \t\r\n")):
            break
        depth += (first in "[{") - (first in "]}")
        at = token.end()
        if first not in " \t\r\n":
            end = at
    return end


def _behind(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place
