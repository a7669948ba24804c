"""What the window is as it was left: its size and place, the page, how splitters stand and how wide columns were drawn."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QSplitter, QWidget

from pxbin_app.widgets.table import DataTable

_GEOMETRY = "window/geometry"
_PAGE = "window/page"


class Store(Protocol):
    """What of ``QSettings`` is used."""

    def value(self, key: str, /) -> Any: ...
    def setValue(self, key: str, value: Any, /) -> None: ...
    def remove(self, key: str, /) -> None: ...


class WindowMemory:
    """Reads as parts are built, writes when the window is closed. What it cannot read is as if it had never been."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._forgets_splitters = False

    @property
    def page(self) -> str:
        """The page that was in view; empty: none is known."""
        return str(self._store.value(_PAGE) or "")

    @page.setter
    def page(self, name: str) -> None:
        self._store.setValue(_PAGE, name)

    def restore_window(self, window: QWidget) -> None:
        """Give the window its size and place."""
        geometry = self._store.value(_GEOMETRY)
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)

    def restore_page(self, name: str, page: QWidget) -> None:
        """Give a page that was just built its splitters and columns."""
        for key, splitter in _splitters(name, page):
            state = self._store.value(key)
            if isinstance(state, QByteArray):
                splitter.restoreState(state)
        for key, table in _tables(name, page):
            table.set_drawn_widths(_widths(self._store.value(key)))

    def remember(self, window: QWidget, pages: Mapping[str, QWidget]) -> None:
        """Write all of it."""
        self._store.setValue(_GEOMETRY, window.saveGeometry())
        for name, page in pages.items():
            for key, splitter in () if self._forgets_splitters else _splitters(name, page):
                self._store.setValue(key, splitter.saveState())
            for key, table in _tables(name, page):
                self._store.setValue(key, json.dumps(table.drawn_widths))

    def forget(self, pages: Mapping[str, QWidget]) -> None:
        """Let columns be as wide as at first, and splitters stand so from the next start on: only then is that known."""
        self._store.remove(_GEOMETRY)
        self._forgets_splitters = True
        for name, page in pages.items():
            for key, _ in _splitters(name, page):
                self._store.remove(key)
            for key, table in _tables(name, page):
                self._store.remove(key)
                table.forget_drawn_widths()


def _splitters(name: str, page: QWidget) -> list[tuple[str, QSplitter]]:
    found = page.findChildren(QSplitter)
    return [(f"{name}/splitter{place}", one) for place, one in enumerate(found)]


def _tables(name: str, page: QWidget) -> list[tuple[str, DataTable]]:
    found = page.findChildren(DataTable)
    return [(f"{name}/columns of {one.accessibleName()}", one) for one in found]


def _widths(text: object) -> dict[str, int]:
    """What was written by ``remember``; nothing where it was something else."""
    try:
        read = json.loads(str(text))
    except ValueError:
        return {}
    if not isinstance(read, dict):
        return {}
    return {title: width for title, width in read.items() if isinstance(width, int)}
