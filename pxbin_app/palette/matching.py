"""How well a text fits what is typed: pure, fast enough to be asked for thousands of texts at each key.

Rules:
1. What is typed is split at spaces; each term must be found, in any order.
2. A term that stands at the beginning of the text fits best, then one at the beginning of a word, then one within a word.
3. Else its letters must come in order; the fewer letters lie between them, the better it fits, and a first letter at the
   beginning of a word fits better.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

_STARTS, _WORD_STARTS, _WITHIN, _SCATTERED = 400, 300, 200, 100
_WIDEST = 3
"""Letters that are scattered wider than this, for each letter of the term, are no match but chance."""


class Match(NamedTuple):
    """How well it fits (more is better), and which letters of the text fitted."""

    score: int
    places: frozenset[int]


def match(typed: str, text: str) -> Match | None:
    """How ``text`` fits what is typed; None where it does not. Nothing typed fits everything, with a score of 0."""
    terms, letters = terms_of(typed), folded(text)
    score = score_of(terms, letters)
    return None if score is None else Match(score, places_of(terms, letters))


def terms_of(typed: str) -> list[str]:
    """What must be found, each in small letters."""
    return folded(typed).split()


def score_of(terms: Sequence[str], text: str) -> int | None:
    """The score alone, which is all that most texts are asked for; ``text`` is folded."""
    if not terms:
        return 0
    score = -(len(text) // 8)
    for term in terms:
        found = _of_term(term, text)
        if found is None:
            return None
        score += found[0]
    return score


def places_of(terms: Sequence[str], text: str) -> frozenset[int]:
    """Which letters of a folded text fit; none for a term that does not."""
    places = set[int]()
    for term in terms:
        if (found := _of_term(term, text)) is not None:
            places.update(_in_order(term, text, found[1]))
    return frozenset(places)


def folded(text: str) -> str:
    """In small letters, each in its place: one that has no single small letter stays."""
    if text.isascii():  # most are, and are thousands
        return text.lower()
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _of_term(term: str, text: str) -> tuple[int, int] | None:
    """The score of one term, and where its first letter is."""
    within = text.find(term)
    if within < 0:
        return _scattered(term, text)
    at = _word_start(term, text, within)
    if at >= 0:
        return _STARTS if at == 0 else _WORD_STARTS - min(at, 50), at
    return _WITHIN - min(within, 50), within


def _word_start(term: str, text: str, at: int) -> int:
    """Where, from ``at`` on, the term stands at the beginning of a word; -1: nowhere."""
    while at > 0 and text[at - 1].isalnum():
        at = text.find(term, at + 1)
    return at


def _scattered(term: str, text: str) -> tuple[int, int] | None:
    best: tuple[int, int] | None = None
    start = text.find(term[0])
    while start >= 0:
        last = _last(term, text, start)
        if last < 0:
            break
        between = last - start + 1 - len(term)
        bonus = 30 if start == 0 or not text[start - 1].isalnum() else 0
        if between <= _WIDEST * len(term):
            score = _SCATTERED - 4 * between + bonus
            best = (score, start) if best is None or score > best[0] else best
        start = text.find(term[0], start + 1)
    return best


def _last(term: str, text: str, start: int) -> int:
    """The place of the term's last letter where each is the nearest after the one before; -1: one is missing."""
    at = start
    for letter in term[1:]:
        at = text.find(letter, at + 1)
        if at < 0:
            break
    return at


def _in_order(term: str, text: str, start: int) -> Iterable[int]:
    """The places of all letters of a term that is found at ``start``."""
    if text.startswith(term, start):
        return range(start, start + len(term))
    places = [start]
    for letter in term[1:]:
        places.append(text.find(letter, places[-1] + 1))
    return places
