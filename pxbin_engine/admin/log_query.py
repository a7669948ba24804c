"""The log's language: ``model:glm status:>=400 -client:codex since:2h "timed out"`` -> ``RequestFilter``.

::

    query  = term*                                    all terms must hold
    term   = ["-"] (word ":" value ("," value)* | value)
    value  = quoted | bare                            any of a term's values fits
    quoted = '"' ... '"' | "'" ... "'"                a backslash takes the next character as it is

Words, and what their values may be, are ``log_words``'; a value that stands by itself is looked for in the row's texts. What is
not understood is a ``QueryProblem`` that names its place; the rest still counts, so that a window can filter while one types.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from typing import NamedTuple, get_args

from pxbin_engine.admin.log_words import WORDS, Refused, alternative, moment
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import Condition, FilterWord, ParsedQuery, QueryProblem, RequestFilter

LONGEST_QUERY = 2_000
MOST_TERMS = 50

_HEAD = re.compile(r"(?P<minus>-)?(?:(?P<word>[A-Za-z_]+):)?")
_LONE_VALUE = re.compile(r"\S*")
_LISTED_VALUE = re.compile(r"[^\s,]*")


def parse(text: str, *, now: datetime, zone: tzinfo = UTC) -> ParsedQuery:
    """Understand ``text``.

    Args:
        now: what spans such as ``2h`` reach back from.
        zone: where days begin, and what times without a zone are told in.
    """
    meaning = _Meaning(now, zone)
    for number, term in enumerate(_terms(text[:LONGEST_QUERY])):
        if number == MOST_TERMS:
            meaning.refuse(term, Refused(f"A query has at most {MOST_TERMS} terms."))
            break
        try:
            meaning.add(term)
        except Refused as refused:
            meaning.refuse(term, refused)
    if len(text) > LONGEST_QUERY:
        rest = _Term(LONGEST_QUERY, text[LONGEST_QUERY:], "", (), negated=False, is_open=False)
        meaning.refuse(rest, Refused(f"A query has at most {LONGEST_QUERY:,} characters."))
    return meaning.query


def strictly(query: ParsedQuery) -> RequestFilter:
    """The filter of a query in which everything was understood.

    Raises:
        InvalidInput: something was not; the text names its place, counted from 1, and what may have been meant.
    """
    if query.problems:
        first = query.problems[0]
        raise InvalidInput(f"At character {first.position + 1}: {first.sentence}", field="q")
    return query.filter


# ---------------------------------------------------------------------- characters -> terms


class _Value(NamedTuple):
    """One value as it was written; quoted ones are taken literally."""

    text: str
    is_quoted: bool = False


class _Term(NamedTuple):
    """One term; ``word`` is empty for a value that stands by itself, ``is_open`` says that a quote is not closed."""

    position: int
    written: str
    word: str
    values: tuple[_Value, ...]
    negated: bool
    is_open: bool


def _terms(text: str) -> Iterator[_Term]:
    place = 0
    while (start := _past_blanks(text, place)) < len(text):
        head = _HEAD.match(text, start)
        word = (head["word"] or "") if head else ""
        place = head.end() if head else start
        values, place, is_open = _values(text, place, are_listed=bool(word))
        negated = text[start] == "-"
        yield _Term(start, text[start:place], word.lower(), values, negated, is_open)


def _past_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _values(text: str, place: int, *, are_listed: bool) -> tuple[tuple[_Value, ...], int, bool]:
    """The values that begin at ``place``, where they end, and whether the last one's quote is open."""
    value, place, is_open = _value(text, place, _LISTED_VALUE if are_listed else _LONE_VALUE)
    values = [value]
    while are_listed and text.startswith(",", place):
        value, place, is_open = _value(text, place + 1, _LISTED_VALUE)
        values.append(value)
    return tuple(values), place, is_open


def _value(text: str, place: int, bare: re.Pattern[str]) -> tuple[_Value, int, bool]:
    if not text.startswith(('"', "'"), place):
        match = bare.match(text, place)
        characters = match[0] if match else ""
        return _Value(characters), place + len(characters), False
    quote, characters = text[place], ""
    place += 1
    while place < len(text) and text[place] != quote:
        place += text[place] == "\\" and place + 1 < len(text)
        characters += text[place]
        place += 1
    return _Value(characters, is_quoted=True), min(place + 1, len(text)), place == len(text)


# ---------------------------------------------------------------------- terms -> conditions


class _Meaning:
    """Gathers what the terms of one query mean."""

    def __init__(self, now: datetime, zone: tzinfo) -> None:
        self._now = now
        self._zone = zone
        self._conditions: list[Condition] = []
        self._problems: list[QueryProblem] = []
        self._since: datetime | None = None
        self._until: datetime | None = None

    @property
    def query(self) -> ParsedQuery:
        """All of it."""
        conditions = tuple(self._conditions)
        return ParsedQuery(
            filter=RequestFilter(conditions=conditions, since=self._since, until=self._until),
            problems=tuple(self._problems),
        )

    def refuse(self, term: _Term, refused: Refused) -> None:
        """Note that a term was not understood."""
        self._problems.append(
            QueryProblem(
                position=term.position,
                length=len(term.written),
                reason=refused.reason,
                suggestion=refused.suggestion,
            )
        )

    def add(self, term: _Term) -> None:
        """Take one term in.

        Raises:
            Refused: it cannot be understood; what of it can, counts.
        """
        if term.word and term.word not in WORDS:
            raise _no_such_word(term)
        if not all(value.text for value in term.values):
            raise Refused(f"“{term.written}” needs a value.")
        if not all(value.text.isprintable() for value in term.values):
            raise Refused("There are characters in it that cannot be shown.")
        if term.word in ("since", "until"):
            self._bound(term)
        else:
            self._conditions.append(_condition(term))
        if term.is_open:
            raise Refused(f"The quote in “{term.written}” is not closed.")

    def _bound(self, term: _Term) -> None:
        if len(term.values) > 1:
            raise Refused(f"“{term.word}:” takes one value.")
        at = moment(term.values[0].text, now=self._now, zone=self._zone)
        if (term.word == "since") != term.negated:
            self._since = max(self._since or at, at)
        else:
            self._until = min(self._until or at, at)


def _condition(term: _Term) -> Condition:
    name = term.word or "text"
    word = next(word for word in _FILTER_WORDS if word == name)
    alternatives = tuple(
        alternative(word, value.text, is_quoted=value.is_quoted) for value in term.values
    )
    return Condition(word, alternatives, term.negated)


def _no_such_word(term: _Term) -> Refused:
    close = get_close_matches(term.word, WORDS, n=1)
    if close:
        return Refused(f"“{term.word}:” is no filter.", f"{close[0]}:")
    words = ", ".join(WORDS)
    text = term.written.removeprefix("-")
    return Refused(f"“{term.word}:” is no filter; there are {words}.", f'"{text}", as text')


_FILTER_WORDS: tuple[FilterWord, ...] = get_args(FilterWord)
