"""How well a text fits what is typed: pure, fast enough to be asked for hundreds of texts at each key.

Rules:
1. What is typed is split at spaces; each term must be found, in any order.
2. A term that stands at the beginning of the text fits best, then one at the beginning of a word, then one within a word.
3. Else its letters must come in order; the fewer letters lie between them, the better it fits, and a first letter at the
   beginning of a word fits better.
"""

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
    terms, folded = _folded(typed).split(), _folded(text)
    score, places = 0, set[int]()
    for term in terms:
        found = _of_term(term, folded)
        if found is None:
            return None
        score += found.score
        places |= found.places
    return Match(score - len(text) // 8 if terms else 0, frozenset(places))


def _folded(text: str) -> str:
    """In small letters, each in its place: one that has no single small letter stays."""
    if text.isascii():  # most are, and are thousands
        return text.lower()
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _of_term(term: str, text: str) -> Match | None:
    at = _word_start(term, text)
    if at >= 0:
        return _run(_STARTS if at == 0 else _WORD_STARTS - min(at, 50), at, term)
    at = text.find(term)
    if at >= 0:
        return _run(_WITHIN - min(at, 50), at, term)
    return _scattered(term, text)


def _run(score: int, at: int, term: str) -> Match:
    return Match(score, frozenset(range(at, at + len(term))))


def _word_start(term: str, text: str) -> int:
    """Where the term stands at the beginning of a word; -1: nowhere."""
    at = text.find(term)
    while at > 0 and text[at - 1].isalnum():
        at = text.find(term, at + 1)
    return at


def _scattered(term: str, text: str) -> Match | None:
    best: Match | None = None
    start = text.find(term[0])
    while start >= 0:
        places = _in_order(term, text, start)
        if places is None:
            break
        between = places[-1] - start + 1 - len(term)
        bonus = 30 if start == 0 or not text[start - 1].isalnum() else 0
        if between <= _WIDEST * len(term):
            found = Match(_SCATTERED - 4 * between + bonus, frozenset(places))
            best = found if best is None or found.score > best.score else best
        start = text.find(term[0], start + 1)
    return best


def _in_order(term: str, text: str, start: int) -> list[int] | None:
    """The places of the term's letters, each the nearest after the one before; None where one is missing."""
    places = [start]
    for letter in term[1:]:
        at = text.find(letter, places[-1] + 1)
        if at < 0:
            return None
        places.append(at)
    return places
