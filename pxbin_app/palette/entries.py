"""What the palette finds: each entry says what it is and does it when it is chosen. No widgets here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from uuid import UUID

from pxbin_app.page_list import PAGES
from pxbin_app.palette.matching import folded
from pxbin_app.shortcuts import WINDOW, page_key
from pxbin_app.theme import Mode
from pxbin_app.widgets.format import clock
from pxbin_engine.records import KeyRecord, ModelRecord, RequestRecord, UpstreamRecord

_MODES: tuple[tuple[Mode, str], ...] = (
    ("system", "as the system has them"),
    ("dark", "dark"),
    ("light", "light"),
)

FILTERS = (
    ("Requests that failed", "status:>=400"),
    ("Requests of today", "since:today"),
    ("Requests that cost more than a dollar", "cost:>1"),
    ("Requests that took longer than a minute", "latency:>1m"),
    ("Requests without a known price", "cost:unknown"),
)
"""What one often looks for in Logs, in the log's own language."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that can be found. ``words`` are matched too, though they are not shown.

    What is searched at each key is made at the first one, and kept.
    """

    kind: str
    title: str
    icon_name: str
    run: Callable[[], object]
    detail: str = ""
    words: str = ""
    keys: str = ""

    @cached_property
    def folded_title(self) -> str:
        """Its title as ``matching`` searches it."""
        return folded(self.title)

    @cached_property
    def folded_whole(self) -> str:
        """All that belongs to it."""
        return f"{self.title}\n{self.detail}\n{self.words}\n{self.kind}".casefold()


@dataclass(frozen=True, kw_only=True)
class Doings:
    """What of the app the palette can do; each is called from the GUI thread."""

    show_page: Callable[[str], object]
    show_item: Callable[[str, UUID], object]
    filter_logs: Callable[[str], object]
    begin_new: Callable[[str], object]
    toggle_pause: Callable[[], object]
    copy_base_url: Callable[[], object]
    set_theme: Callable[[Mode], object]
    show_help: Callable[[], object]
    set_up: Callable[[], object]
    close: Callable[[], object]
    quit: Callable[[], object]


def pages_of(doings: Doings) -> list[Entry]:
    """The sidebar's pages."""
    return [
        Entry(
            kind="Page",
            title=page.title,
            icon_name=page.icon_name,
            run=partial(doings.show_page, page.name),
            words="go to open",
            keys=page_key(place),
        )
        for place, page in enumerate(PAGES, start=1)
    ]


def actions_of(doings: Doings, *, paused: bool, listening: bool) -> list[Entry]:
    """What can be done from anywhere, as far as it can be done now."""
    entries = [
        _action("Add an upstream", "cloud", partial(doings.begin_new, "upstreams"), "new provider"),
        _action("Add a model", "cube", partial(doings.begin_new, "models"), "new"),
        _action("Create a key", "key", partial(doings.begin_new, "keys"), "new"),
        *(
            _action(
                f"Colours: {said}", "palette", partial(doings.set_theme, mode), "theme appearance"
            )
            for mode, said in _MODES
        ),
        _action("Set up pxbin, step by step", "magic-wand", doings.set_up, "first run wizard"),
        _action("Keyboard shortcuts", "keyboard", doings.show_help, "help keys", "help"),
        _action("Close the window", "x", doings.close, "hide tray", "close"),
        _action("Quit pxbin", "sign-out", doings.quit, "exit end", "quit"),
    ]
    if listening:
        word, sign = ("Resume", "play") if paused else ("Pause", "pause")
        entries[:0] = [
            _action(word, sign, doings.toggle_pause, "requests stop go on"),
            _action("Copy base URL", "copy", doings.copy_base_url, "address clipboard"),
        ]
    return entries


def _action(
    title: str, icon_name: str, run: Callable[[], object], words: str, key: str = ""
) -> Entry:
    keys = next((one.keys[0] for name, one in WINDOW.items() if name == key), "")
    return Entry(kind="Action", title=title, icon_name=icon_name, run=run, words=words, keys=keys)


def filters_of(doings: Doings) -> list[Entry]:
    """Views of Logs."""
    return [
        Entry(
            kind="Filter",
            title=title,
            detail=query,
            icon_name="funnel",
            run=partial(doings.filter_logs, query),
            words="logs",
        )
        for title, query in FILTERS
    ]


def models_of(models: Iterable[ModelRecord], doings: Doings) -> list[Entry]:
    """Models; what is switched off says so."""
    return [
        Entry(
            kind="Model",
            title=model.name,
            detail=_state(model.display_name, on=model.is_active),
            icon_name="cube",
            run=partial(doings.show_item, "models", model.id),
        )
        for model in models
    ]


def upstreams_of(upstreams: Iterable[UpstreamRecord], doings: Doings) -> list[Entry]:
    """Upstreams, found by their address too."""
    return [
        Entry(
            kind="Upstream",
            title=upstream.name,
            detail=_state(upstream.base_url, on=upstream.is_active),
            icon_name="cloud",
            run=partial(doings.show_item, "upstreams", upstream.id),
        )
        for upstream in upstreams
    ]


def keys_of(keys: Iterable[KeyRecord], doings: Doings) -> list[Entry]:
    """pxbin's own keys, found by their beginning too."""
    return [
        Entry(
            kind="Key",
            title=key.name,
            detail=f"{key.key_prefix}…" if key.is_active else f"{key.key_prefix}… revoked",
            icon_name="key",
            run=partial(doings.show_item, "keys", key.id),
        )
        for key in keys
    ]


def requests_of(requests: Iterable[RequestRecord], doings: Doings) -> list[Entry]:
    """The newest requests, found by their id."""
    return [
        Entry(
            kind="Request",
            title=f"{request.status_code} {request.model or request.path}",
            detail=f"{clock(request.timestamp)} · {str(request.id)[-12:]}",
            icon_name="list-dashes",
            run=partial(doings.show_item, "logs", request.id),
            words=str(request.id),
        )
        for request in requests
    ]


def typed_entries(typed: str, doings: Doings) -> Sequence[Entry]:
    """What the typed text itself can be: the id of a request, and a filter of Logs."""
    text = typed.strip()
    if not text:
        return ()
    entries = [
        Entry(
            kind="Filter",
            title=f"Filter Logs: {text}",
            icon_name="funnel",
            run=partial(doings.filter_logs, text),
        )
    ]
    if (request_id := _as_id(text)) is not None:
        entries.insert(
            0,
            Entry(
                kind="Request",
                title=f"Open the request {text}",
                icon_name="list-dashes",
                run=partial(doings.show_item, "logs", request_id),
            ),
        )
    return entries


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _state(detail: str, *, on: bool) -> str:
    return detail if on else " · ".join(filter(None, (detail, "off")))
