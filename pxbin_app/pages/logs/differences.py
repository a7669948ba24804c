"""Where two answers to the same request differ, as parts of each text. No Qt here."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

MOST_WORDS = 2_000
"""In each; longer texts are compared line by line, so many of their lines: more would take seconds."""
_WORD = re.compile(r"\S+")
_LINE = re.compile(r"[^\n]+")


class Part(NamedTuple):
    """From ``start`` to ``end``, without ``end``."""

    start: int
    end: int


def differing(one: str, other: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """What only the one text says, and what only the other."""
    ones, others = _pieces(_WORD, one), _pieces(_WORD, other)
    if max(len(ones), len(others)) > MOST_WORDS:
        ones, others = _pieces(_LINE, one)[:MOST_WORDS], _pieces(_LINE, other)[:MOST_WORDS]
    said, said_there = [one[a:b] for a, b in ones], [other[a:b] for a, b in others]
    changes = [
        change
        for change in SequenceMatcher(None, said, said_there).get_opcodes()
        if change[0] != "equal"
    ]
    return (
        tuple(_whole(ones[first:last]) for _, first, last, _, _ in changes if first < last),
        tuple(_whole(others[first:last]) for _, _, _, first, last in changes if first < last),
    )


def _pieces(pattern: re.Pattern[str], text: str) -> list[Part]:
    return [Part(*match.span()) for match in pattern.finditer(text)]


def _whole(parts: Sequence[Part]) -> Part:
    return Part(parts[0].start, parts[-1].end)
