"""The main window: sidebar, pages, and what is told over them.

Rules:
1. The window knows pages by their descriptor only; a page is built when it is first shown.
2. A page that is not seen does no work: it hears ``shown`` and ``hidden`` as the pages change, and as the window is
   hidden to the tray or minimised.
3. The window never closes by itself: it asks by ``close_requested``, and the application decides (tray, quit)
   and ends it by ``close_for_good``.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QHideEvent,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from pxbin_app.resources import resource
from pxbin_app.shortcuts import WINDOW, WindowAction, page_key
from pxbin_app.sidebar import PageDescriptor, Sidebar
from pxbin_app.theme import Tone
from pxbin_app.widgets.messages import BannerArea, Toast
from pxbin_app.widgets.page import Page
from pxbin_app.widgets.status_box import RunState
from pxbin_app.widgets.tab_order import move_focus
from pxbin_app.window_memory import Store, WindowMemory

_ALWAYS: frozenset[WindowAction] = frozenset({"close", "quit"})
_FIRST_SIZE = (1280, 800)
_ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)


def app_icon() -> QIcon:
    """The app's icon in all its sizes."""
    result = QIcon()
    for size in _ICON_SIZES:
        result.addFile(str(resource(f"icons/pxbin-{size}.png")), QSize(size, size))
    return result


class MainWindow(QMainWindow):
    """The window. See the module's rules."""

    close_requested = Signal()
    quit_requested = Signal()
    pause_toggled = Signal()
    page_changed = Signal(str)
    palette_requested = Signal()
    help_requested = Signal()

    def __init__(self, pages: Sequence[PageDescriptor], settings: Store) -> None:
        super().__init__()
        self._descriptors = tuple(pages)
        self._memory = WindowMemory(settings)
        self._covered = False
        self._pages: dict[str, Page] = {}
        self._current: str | None = None
        self._working: Page | None = None
        self._ending = False
        self.setWindowTitle("pxbin")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(960, 600)
        self.resize(*_FIRST_SIZE)
        self._banners = BannerArea()
        self._stack = QStackedWidget()
        self.sidebar = Sidebar(self._descriptors)
        self.sidebar.chosen.connect(self.show_page)
        self.sidebar.status.pause_toggled.connect(self.pause_toggled)
        self._lay_out()
        self._toast = Toast(self)
        self.sidebar.status.copied.connect(lambda: self.toast("Base URL copied"))
        self._add_shortcuts()
        self._memory.restore_window(self)

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._banners)
        right.addWidget(self._stack, 1)
        whole = QWidget()
        layout = QHBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.sidebar)
        layout.addLayout(right, 1)
        self.setCentralWidget(whole)

    def _add_shortcuts(self) -> None:
        for place, page in enumerate(self._descriptors, start=1):
            if keys := page_key(place):
                self._on_key(keys, partial(self.show_page, page.name))
        does: dict[WindowAction, Callable[[], Any]] = {
            "palette": self.palette_requested.emit,
            "filter": self._focus_filter,
            "settings": self._show_settings,
            "help": self.help_requested.emit,
            "close": self.close,
            "quit": self.quit_requested.emit,
        }
        for name, shortcut in WINDOW.items():
            for keys in shortcut.keys:
                self._on_key(keys, does[name], always=name in _ALWAYS)

    def _on_key(self, keys: str, action: Callable[[], Any], *, always: bool = False) -> None:
        def pressed() -> None:
            if always or not self._covered:
                action()

        QShortcut(QKeySequence(keys), self).activated.connect(pressed)

    def set_covered(self, covered: bool) -> None:
        """While something lies over the pages, keys that change them do nothing."""
        self._covered = covered

    # Pages

    @property
    def current_page(self) -> Page | None:
        """The page in view; None before the first was shown."""
        return self._pages.get(self._current or "")

    def show_page(self, name: str) -> None:
        """Bring a page into view, building it the first time.

        Raises:
            KeyError: no page has this name.
        """
        if name not in self._pages:
            descriptor = {page.name: page for page in self._descriptors}[name]
            self._pages[name] = descriptor.build()
            self._stack.addWidget(self._pages[name])
            self._memory.restore_page(name, self._pages[name])
        changed = name != self._current
        self._current = name
        self._stack.setCurrentWidget(self._pages[name])
        self._pages[name].setFocus()
        self.sidebar.set_chosen(name)
        self._let_work()
        if changed:
            self._memory.page = name
            self.page_changed.emit(name)

    def show_item(self, name: str, item_id: UUID) -> None:
        """Bring a page into view, and one of its things within it."""
        self.show_page(name)
        self._pages[name].show_item(item_id)

    def open_place(self, name: str, item_id: UUID | None = None) -> None:
        """Bring a page into view, and one of its things where one is meant."""
        if item_id is None:
            self.show_page(name)
        else:
            self.show_item(name, item_id)

    def show_filtered(self, name: str, words: str) -> None:
        """Bring a page into view, filtered by these words."""
        self.show_page(name)
        self._pages[name].filter_by(words)

    def _let_work(self) -> None:
        """Exactly the page that can be seen works."""
        seen = self.isVisible() and not self.isMinimized()
        wanted = self.current_page if seen else None
        if wanted is self._working:
            return
        before, self._working = self._working, wanted
        if before is not None:
            before.hidden()
        if wanted is not None:
            wanted.shown()

    def begin_new(self, name: str) -> None:
        """Bring a page into view, and begin to make one of its things."""
        self.show_page(name)
        self._pages[name].begin_new()

    def _show_settings(self) -> None:
        if any(page.name == "settings" for page in self._descriptors):
            self.show_page("settings")

    def _focus_filter(self) -> None:
        if self.current_page is not None:
            self.current_page.focus_filter()

    # What is told

    def set_state(
        self,
        state: RunState,
        *,
        address: str = "",
        base_url: str = "",
        detail: str = "",
        exposed: bool = False,
    ) -> None:
        """Show how the engine is, and whether other machines can reach it: in the sidebar's foot and in the title."""
        self.sidebar.status.set_state(state, address, base_url, detail)
        self.sidebar.status.set_exposed(exposed)
        # The name comes last: Qt adds it where a title does not end with it.
        self.setWindowTitle("pxbin" if state == "running" else f"{state.title()} — pxbin")

    def show_banner(
        self,
        key: str,
        text: str,
        tone: Tone = "warn",
        *,
        action: str = "",
        on_click: Callable[[], None] | None = None,
        closable: bool = False,
    ) -> None:
        """Say something as long as it holds; the same ``key`` replaces what it said before."""
        self._banners.show_banner(
            key, text, tone, action=action, on_click=on_click, closable=closable
        )

    def hide_banner(self, key: str) -> None:
        """It holds no longer."""
        self._banners.hide_banner(key)

    def banners(self) -> tuple[str, ...]:
        """What the banners say now."""
        return self._banners.texts()

    def toast(
        self,
        text: str,
        tone: Tone = "ok",
        detail: str = "",
        *,
        action: str = "",
        on_click: Callable[[], None] | None = None,
    ) -> None:
        """Say something in passing, and offer what can be done about it."""
        self._toast.say(text, tone, detail, action=action, on_click=on_click)

    # The window itself

    def bring_to_front(self) -> None:
        """Show the window, wherever it was: in the tray, minimised, behind others."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def reset(self) -> None:
        """Be as large as on the first day, and forget what was drawn wider or narrower."""
        self._memory.forget(self._pages)
        self.showNormal()
        self.resize(*_FIRST_SIZE)

    def remember(self) -> None:
        """Keep size, place, splitters and columns for the next start."""
        self._memory.remember(self, self._pages)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._current is None and self._descriptors:
            names = [page.name for page in self._descriptors]
            self.show_page(self._memory.page if self._memory.page in names else names[0])
        self._let_work()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._let_work()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._let_work()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.remember()
        if not self._ending:
            event.ignore()
            self.close_requested.emit()

    def close_for_good(self) -> None:
        """The end of the app: close without asking (``QApplication.quit`` waits for windows that refuse)."""
        self._ending = True
        self.close()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab follows the eye."""
        return move_focus(self, forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = self.current_page
        if event.key() != Qt.Key.Key_Escape or page is None or not page.dismiss():
            super().keyPressEvent(event)
