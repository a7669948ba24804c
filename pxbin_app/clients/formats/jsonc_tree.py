"""JSON with comments as a tree that knows where everything stands in the text."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from pxbin_app.clients.errors import ParseError

_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_SCALAR = re.compile(
    r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![\w.])"
)
_DEPTH = 100
"""Deeper than any settings; it keeps a hostile file from filling the stack."""


@dataclass(slots=True)
class Member:
    """A key with its value: ``start`` is the key's, ``comma`` the one after it, where one is."""

    key: str
    start: int
    node: "Node"
    comma: int | None = None


@dataclass(slots=True)
class Node:
    """A value, from ``start`` to before ``end``; what is in an array is known by its places only."""

    kind: Literal["object", "array", "scalar"]
    start: int
    end: int = 0
    scalar: Any = None
    members: list[Member] = field(default_factory=list)
    items: list["Node"] = field(default_factory=list)

    def member(self, key: str) -> Member | None:
        """The member of this key; of several the last, which is the one that counts."""
        return next((member for member in reversed(self.members) if member.key == key), None)

    def value(self) -> Any:
        """What it holds, as Python has it."""
        if self.kind == "object":
            return {member.key: member.node.value() for member in self.members}
        if self.kind == "array":
            return [item.value() for item in self.items]
        return self.scalar


def parsed(text: str) -> Node:
    """The one value of a text.

    Raises:
        ParseError: it is not JSON, comments and trailing commas allowed.
    """
    reader = _Reader(text)
    node = reader.value(reader.skipped(0), 0)
    end = reader.skipped(node.end)
    if end < len(text):
        raise reader.error(end, "there is more after the end")
    return node


class _Reader:
    """Reads one text; every method takes an offset."""

    def __init__(self, text: str) -> None:
        self._text = text

    def error(self, place: int, reason: str) -> ParseError:
        if self._text.startswith("/*", place):
            reason = "a comment that begins here does not end"
        return ParseError.at(self._text, place, reason)

    def skipped(self, place: int) -> int:
        """Behind blanks and comments."""
        blank = _BLANK.match(self._text, place)
        return blank.end() if blank else place

    def value(self, place: int, depth: int) -> Node:
        if depth > _DEPTH:
            raise self.error(place, "it is nested too deeply")
        first = self._text[place : place + 1]
        if first == "{":
            return self._object(place, depth)
        if first == "[":
            return self._array(place, depth)
        if first == '"':
            text, end = self._string(place)
            return Node("scalar", place, end, text)
        scalar = _SCALAR.match(self._text, place)
        if scalar is None:
            raise self.error(place, "a value is expected" if first else "the text ends too early")
        return Node("scalar", place, scalar.end(), json.loads(scalar.group()))

    def _string(self, place: int) -> tuple[str, int]:
        found = _STRING.match(self._text, place)
        if found is None:
            raise self.error(place, "a text in double quotes is expected")
        return json.loads(found.group()), found.end()

    def _object(self, place: int, depth: int) -> Node:
        node = Node("object", place)
        at = self.skipped(place + 1)
        while self._text[at : at + 1] != "}":
            start = at
            key, at = self._string(at)
            at = self.skipped(at)
            if self._text[at : at + 1] != ":":
                raise self.error(at, "a colon is expected")
            member = Member(key, start, self.value(self.skipped(at + 1), depth + 1))
            node.members.append(member)
            at = self.skipped(member.node.end)
            if self._text[at : at + 1] == ",":
                member.comma = at
                at = self.skipped(at + 1)
            elif self._text[at : at + 1] != "}":
                raise self.error(at, "a comma or a closing brace is expected")
        node.end = at + 1
        return node

    def _array(self, place: int, depth: int) -> Node:
        node = Node("array", place)
        at = self.skipped(place + 1)
        while self._text[at : at + 1] != "]":
            node.items.append(self.value(at, depth + 1))
            at = self.skipped(node.items[-1].end)
            if self._text[at : at + 1] == ",":
                at = self.skipped(at + 1)
            elif self._text[at : at + 1] != "]":
                raise self.error(at, "a comma or a closing bracket is expected")
        node.end = at + 1
        return node
