"""What the palette finds for what is typed; models, keys, upstreams and requests are asked for when it opens."""

from collections.abc import Sequence
from heapq import nsmallest
from itertools import chain
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.palette.entries import (
    Doings,
    Entry,
    actions_of,
    filters_of,
    keys_of,
    models_of,
    pages_of,
    requests_of,
    typed_entries,
    upstreams_of,
)
from pxbin_app.palette.matching import places_of, score_of, terms_of
from pxbin_app.tasks import WhileInView
from pxbin_engine.records import RequestFilter

MOST_RESULTS = 60
_NEWEST = 50
_ELSEWHERE = 40
"""How much less it counts that a text fits beside the title."""
_UNASKED = 8
"""Requests that are shown before anything is typed."""


class Result(NamedTuple):
    """An entry that fits, and which letters of its title do."""

    entry: Entry
    places: frozenset[int] = frozenset()


class PalettePresenter(QObject):
    """Finds. ``changed`` comes with each new list of ``results``, the best first.

    Attributes:
        problem: why records are not among them, as a sentence; empty: they are, or are still being read.
    """

    changed = Signal()

    def __init__(self, bridge: EngineBridge, doings: Doings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._doings = doings
        self._typed = ""
        self._standing: list[Entry] = []
        self._records: list[Entry] = []
        self._reading = WhileInView("palette.read", hears=())
        self.results: tuple[Result, ...] = ()
        self.problem = ""

    def start(self) -> None:
        """The palette opens: begin anew, and ask the engine for what there is."""
        doings, ready = self._doings, self._bridge.ready
        paused = ready and self._bridge.engine.state == "paused"
        self._standing = [
            *pages_of(doings),
            *actions_of(doings, paused=paused, listening=ready),
            *filters_of(doings),
        ]
        self.problem = ""
        self.find("")
        if ready:
            self._reading.read(self._read(), done=self._add, failed=self._fail)

    def stop(self) -> None:
        """The palette is gone: nothing is kept, and what is read now is not told."""
        self._reading.outdate()
        self.problem = ""
        self._records, self._standing, self.results = [], [], ()

    def find(self, typed: str) -> None:
        """Find what fits."""
        self._typed = typed
        everything = [*self._standing, *self._records]
        found = ranked(typed, everything) if typed.strip() else _unasked(everything)
        self.results = (
            *found,
            *map(Result, typed_entries(typed, self._doings)),
        )
        self.changed.emit()

    async def _read(self) -> list[Entry]:
        engine, doings = self._bridge.engine, self._doings
        newest = await engine.requests.page(RequestFilter(), limit=_NEWEST)
        return [
            *models_of(await engine.models.list(), doings),
            *upstreams_of(await engine.upstreams.list(), doings),
            *keys_of(await engine.keys.list(), doings),
            *requests_of(newest.items, doings),
        ]

    def _add(self, records: list[Entry]) -> None:
        self._records = records
        self.find(self._typed)

    def _fail(self, reason: str) -> None:
        self.problem = reason
        self.changed.emit()


def ranked(typed: str, entries: Sequence[Entry]) -> list[Result]:
    """The entries that fit, the best first, no more than are shown; of those that fit alike, in the given order."""
    terms, words = terms_of(typed), typed.casefold().split()
    scored = [
        (-score, place)
        for place, entry in enumerate(entries)
        if (score := _score(terms, words, entry)) is not None
    ]
    best = nsmallest(MOST_RESULTS, scored)
    return [_result(terms, words, entries[place]) for _, place in best]


def _score(terms: Sequence[str], words: Sequence[str], entry: Entry) -> int | None:
    """By its title; else by all that belongs to it, where only whole parts count."""
    by_title = score_of(terms, entry.folded_title)
    if by_title is not None:
        return by_title
    whole = entry.folded_whole
    for word in words:
        if word not in whole:
            return None
    return _ELSEWHERE * len(words)


def _result(terms: Sequence[str], words: Sequence[str], entry: Entry) -> Result:
    """An entry that fits, with the letters of its title that do."""
    if score_of(terms, entry.folded_title) is not None:
        return Result(entry, places_of(terms, entry.folded_title))
    title = entry.title.casefold()
    if len(title) != len(entry.title):
        return Result(entry)
    places = [range(at, at + len(word)) for word in words if (at := title.find(word)) >= 0]
    return Result(entry, frozenset(chain.from_iterable(places)))


def _unasked(entries: Sequence[Entry]) -> list[Result]:
    """Before anything is typed: where one can go, what one can do, and the newest requests."""
    requests = [entry for entry in entries if entry.kind == "Request"][:_UNASKED]
    others = [entry for entry in entries if entry.kind in ("Page", "Action", "Filter")]
    return [Result(entry) for entry in (*others, *requests)]
