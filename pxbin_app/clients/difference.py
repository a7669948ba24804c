"""What a change does to a file, line by line, with every secret masked."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

CONTEXT = 3
"""Unchanged lines that are shown around a change."""
MOST_LINES = 500
"""Of a file that does not change."""

_NAMED = re.compile(
    r"""(?P<name>[\w.-]*(?:key|token|secret|password|passwd|credential|authorization)[\w.-]*["']?[ \t]*[:=][ \t]*)"""
    r"""(?P<quote>["'`]?)(?P<value>(?:(?:bearer|basic)[ ])?[^"'`\s,}]{6,})""",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"(?<![\w-])(?:pxb_|pxm_|sk-|gsk_|xai-|AIza|ghp_|gho_|github_pat_|glpat-|xox[a-z]-|hf_|eyJ)[\w.~+/=-]{6,}"
)
_HARMLESS = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]*|\{(?:env|file):.*|\$\{?\w+|[\d._]+|true|false")
"""Not a secret but the name of where one is, or a figure."""
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a file: taken away, added, as it is, or a gap between such."""

    kind: Literal["removed", "added", "same", "gap"]
    text: str = ""


def difference(before: str, after: str, context: int = CONTEXT) -> tuple[DiffLine, ...]:
    """The changed lines with those around them; empty where nothing changes."""
    old, new = before.splitlines(), after.splitlines()
    found: list[DiffLine] = []
    at = 0
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(context):
        if group[0][1] > at:
            found.append(DiffLine("gap"))
        for tag, i1, i2, j1, j2 in group:
            found += _step(tag, old[i1:i2], new[j1:j2])
        at = group[-1][2]
    if found and at < len(old):
        found.append(DiffLine("gap"))
    return tuple(found)


def as_it_is(text: str) -> tuple[DiffLine, ...]:
    """A text that does not change; of a very long one the beginning."""
    lines = text.splitlines()
    told = tuple(DiffLine("same", masked(line)) for line in lines[:MOST_LINES])
    return (*told, DiffLine("gap")) if len(lines) > MOST_LINES else told


def masked(line: str) -> str:
    """A line without its secrets: of each, so much stays that its owner knows it."""
    line = _NAMED.sub(_mask_named, line)
    return _KNOWN.sub(lambda found: _mask(found.group()), line)


def _step(tag: str, old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    if tag == "equal":
        yield from (DiffLine("same", masked(line)) for line in old)
        return
    yield from (DiffLine("removed", masked(line)) for line in old)
    yield from (DiffLine("added", masked(line)) for line in new)


def _mask_named(found: re.Match[str]) -> str:
    value = found["value"]
    if _HARMLESS.fullmatch(value) or value.startswith("/"):
        return found.group()
    return f"{found['name']}{found['quote']}{_mask(value)}"


def _mask(secret: str) -> str:
    if secret.endswith("…"):
        return secret
    kept = _SHOWN if len(secret) > 3 * _SHOWN else 3
    return f"{secret[:kept]}…"
