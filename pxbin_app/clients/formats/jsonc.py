"""JSON with comments and trailing commas, edited by splices at the places where its values stand."""

import json
from typing import Any

from pxbin_app.clients.errors import ParseError
from pxbin_app.clients.formats import Path
from pxbin_app.clients.formats.jsonc_tree import Member, Node, parsed

_INDENT = "  "


def values(text: str) -> dict[str, Any]:
    """The whole text, read; an empty one is an empty object."""
    plain = _plain_values(text)
    if plain is not None:
        return plain
    root = _root(text)
    found: dict[str, Any] = root.value() if root else {}
    return found


def source(text: str, path: Path) -> str | None:
    """A value as it is written."""
    root = _root(text)
    member = _found(root, path) if root else None
    return text[member.node.start : member.node.end] if member else None


def written(value: Any) -> str:
    """A value as JSON, on one line."""
    return json.dumps(value, ensure_ascii=False)


def put(text: str, path: Path, source: str) -> str:
    """The text with this value: in the place of the old one, else as the last member of its object."""
    root = _root(text)
    if root is None:
        text = text + "{}\n"
        root = parsed(text)
    member = _found(root, path)
    if member is not None:
        return text[: member.node.start] + source + text[member.node.end :]
    around, rest = _innermost(text, root, path)
    unit = _unit(text, root)
    for key in reversed(rest[1:]):
        source = _object_of(key, source, unit)
    return _appended(text, around, f"{json.dumps(rest[0], ensure_ascii=False)}: {source}", unit)


def drop(text: str, path: Path) -> str:
    """The text without this member, its comma, and its line where nothing else stands on it."""
    root = _root(text)
    member = _found(root, path) if root else None
    if root is None or member is None:
        return text
    around, _ = _innermost(text, root, path[:-1])
    if len(around.members) == 1 and _is_bare(text, around, member):
        return text[: around.start + 1] + text[around.end - 1 :]  # nothing is left in it: {}
    start, end = _extent(text, member)
    without = text[:start] + text[end:]
    place = around.members.index(member)
    before = around.members[place - 1].comma if place else None
    if member.comma is None and before is not None:  # the last one now has no comma after it
        without = without[:before] + without[before + 1 :]
    return without


def _is_bare(text: str, around: Node, member: Member) -> bool:
    """Whether an object holds this member and no comment."""
    behind = member.node.end if member.comma is None else member.comma + 1
    inside = text[around.start + 1 : member.start] + text[behind : around.end - 1]
    return not inside.strip()


def _extent(text: str, member: Member) -> tuple[int, int]:
    """What goes with a member: its comma, and its line's blanks and end where only a comment follows on that line."""
    end = member.node.end if member.comma is None else member.comma + 1
    newline = text.find("\n", end)
    rest = text[end : newline if newline >= 0 else len(text)].strip()
    if not rest or rest.startswith("//"):
        return _blank_before(text, member.start), end
    if _line_head(text, member.start) is None and member.comma is None:
        return _blank_before(text, member.start), end  # {"theirs": 1, "ours": 2}
    return member.start, end if member.comma is None else _blank_after(text, end)


def _plain_values(text: str) -> dict[str, Any] | None:
    """Of a text without comments: a hundred times as fast. None where it is not that."""
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _root(text: str) -> Node | None:
    """The object that the text holds; None for an empty text."""
    if not text.strip():
        return None
    root = parsed(text)
    if root.kind != "object":
        raise ParseError.at(text, root.start, "an object in braces is expected")
    return root


def _found(root: Node, path: Path) -> Member | None:
    member: Member | None = None
    node = root
    for key in path:
        member = node.member(key)
        if member is None:
            return None
        node = member.node
    return member


def _innermost(text: str, root: Node, path: Path) -> tuple[Node, Path]:
    """The innermost object on the way that is there, and what of the path is not."""
    node = root
    for depth, key in enumerate(path):
        member = node.member(key)
        if member is None:
            return node, path[depth:]
        node = member.node
        if node.kind != "object":
            raise ParseError.at(text, node.start, f"{key} is expected to be an object in braces")
    return node, ()


def _object_of(key: str, source: str, unit: str) -> str:
    inner = source.replace("\n", "\n" + unit)
    return f"{{\n{unit}{json.dumps(key, ensure_ascii=False)}: {inner}\n}}"


def _appended(text: str, around: Node, member: str, unit: str) -> str:
    """The text with one more member at the end of an object, laid out as its neighbours are."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if not around.members:
        return _filled(text, around, member, unit, newline)
    last = around.members[-1]
    head = _line_head(text, last.start)
    if head is None:  # on one line with what stands before it
        at = last.node.end if last.comma is None else last.comma + 1
        comma = ", " if last.comma is None else " "
        flat = " ".join(line.strip() for line in member.splitlines())
        return text[:at] + comma + flat + ("," if last.comma is not None else "") + text[at:]
    laid_out = newline + head + member.replace("\n", newline + head)
    at = _line_rest(text, last.node.end if last.comma is None else last.comma + 1)
    if last.comma is not None:
        return text[:at] + laid_out + "," + text[at:]
    return text[: last.node.end] + "," + text[last.node.end : at] + laid_out + text[at:]


def _filled(text: str, around: Node, member: str, unit: str, newline: str) -> str:
    """The first member of an empty object, on a line of its own; comments in it stay before it."""
    head = _indent_of_line(text, around.start)
    inner = newline + head + unit
    inside = text[around.start + 1 : around.end - 1].rstrip()
    laid_out = inside + inner + member.replace("\n", inner) + newline + head
    return text[: around.start + 1] + laid_out + text[around.end - 1 :]


def _unit(text: str, root: Node) -> str:
    """One step of indentation, as the text has it."""
    for member in root.members:
        head = _line_head(text, member.start)
        if head:
            return head
    return _INDENT


def _line_head(text: str, place: int) -> str | None:
    """The blanks before a place, where nothing else stands on its line."""
    head = text[text.rfind("\n", 0, place) + 1 : place]
    return head if "\n" in text[:place] and not head.strip() else None


def _indent_of_line(text: str, place: int) -> str:
    line = text[text.rfind("\n", 0, place) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _line_rest(text: str, place: int) -> int:
    """Behind a comment that ends the line, so that it stays with what it tells of; else the place itself."""
    end = text.find("\n", place)
    rest = text[place : end if end >= 0 else len(text)]
    told = rest.strip()
    if told.startswith("//") or (
        told.startswith("/*") and told.endswith("*/") and told.count("/*") == 1
    ):
        return place + len(rest.rstrip())
    return place


def _blank_before(text: str, place: int) -> int:
    """Where the blanks before a place begin, its own line's newline among them."""
    start = place
    while start and text[start - 1] in " \t":
        start -= 1
    if text[start - 1 : start] == "\n":
        start -= 2 if text[start - 2 : start] == "\r\n" else 1
    return start


def _blank_after(text: str, place: int) -> int:
    while text[place] in " \t":
        place += 1
    return place
