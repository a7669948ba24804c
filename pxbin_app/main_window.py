"""The main window: sidebar, pages, and what is told over them.

Rules:
1. The window knows pages by their descriptor only; a page is built when it is first shown.
2. A page that is not seen does no work: it hears ``shown`` and ``hidden`` as the pages change, and as the window is
   hidden to the tray or minimised.
3. The window never closes by itself: it asks by ``close_requested``, and the application decides (tray, quit)
   and ends it by ``close_for_good``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QHideEvent,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pxbin_app.theme import METRICS, Tone, resource
from pxbin_app.widgets.buttons import ChoiceButton
from pxbin_app.widgets.icons import icon
from pxbin_app.widgets.labels import Label, Sign
from pxbin_app.widgets.messages import BannerArea, Toast
from pxbin_app.widgets.page import Page
from pxbin_app.widgets.status_box import RunState, StatusBox

_GEOMETRY = "window/geometry"
_PAGE = "window/page"
_ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)


@dataclass(frozen=True, kw_only=True)
class PageDescriptor:
    """A line of the sidebar. Pages of one ``section`` stand together under its title."""

    name: str
    """Stable: settings remember it."""
    title: str
    icon_name: str
    build: Callable[[], Page]
    section: str = ""


class Settings(Protocol):
    """What of ``QSettings`` the window uses."""

    def value(self, key: str, /) -> Any: ...
    def setValue(self, key: str, value: Any, /) -> None: ...


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

    def __init__(self, pages: Sequence[PageDescriptor], settings: Settings) -> None:
        super().__init__()
        self._descriptors = tuple(pages)
        self._settings = settings
        self._pages: dict[str, Page] = {}
        self._current: str | None = None
        self._working: Page | None = None
        self._ending = False
        self.setWindowTitle("pxbin")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(960, 600)
        self.resize(1280, 800)
        self._banners = BannerArea()
        self._stack = QStackedWidget()
        self.sidebar = Sidebar(self._descriptors)
        self.sidebar.chosen.connect(self.show_page)
        self.sidebar.status.pause_toggled.connect(self.pause_toggled)
        self._lay_out()
        self._toast = Toast(self)
        self.sidebar.status.copied.connect(lambda: self.toast("Base URL copied"))
        self._add_shortcuts()
        self._restore()

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
            self._on_key(f"Ctrl+{place}", partial(self.show_page, page.name))
        self._on_key("Ctrl+F", self._focus_filter)
        self._on_key("Ctrl+Q", self.quit_requested.emit)
        self._on_key("Ctrl+W", self.close)

    def _on_key(self, keys: str, action: Callable[[], Any]) -> None:
        QShortcut(QKeySequence(keys), self).activated.connect(action)

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
        changed = name != self._current
        self._current = name
        self._stack.setCurrentWidget(self._pages[name])
        self._pages[name].setFocus()
        self.sidebar.set_chosen(name)
        self._let_work()
        if changed:
            self._settings.setValue(_PAGE, name)
            self.page_changed.emit(name)

    def show_item(self, name: str, item_id: UUID) -> None:
        """Bring a page into view, and one of its things within it."""
        self.show_page(name)
        self._pages[name].show_item(item_id)

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
        self.setWindowTitle("pxbin" if state == "running" else f"pxbin — {state}")

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

    def save_geometry(self) -> None:
        """Remember size and place for the next start."""
        self._settings.setValue(_GEOMETRY, self.saveGeometry())

    def _restore(self) -> None:
        geometry = self._settings.value(_GEOMETRY)
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._current is None and self._descriptors:
            names = [page.name for page in self._descriptors]
            remembered = self._settings.value(_PAGE)
            self.show_page(remembered if remembered in names else names[0])
        self._let_work()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._let_work()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._let_work()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.save_geometry()
        if not self._ending:
            event.ignore()
            self.close_requested.emit()

    def close_for_good(self) -> None:
        """The end of the app: close without asking (``QApplication.quit`` waits for windows that refuse)."""
        self._ending = True
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = self.current_page
        if event.key() != Qt.Key.Key_Escape or page is None or not page.dismiss():
            super().keyPressEvent(event)


class Sidebar(QWidget):
    """The labelled pages, and the status at the foot."""

    chosen = Signal(str)

    def __init__(self, pages: Sequence[PageDescriptor]) -> None:
        super().__init__()
        self.setProperty("kind", "sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(METRICS.sidebar)
        self.status = StatusBox()
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 11, 12)
        layout.setSpacing(2)
        layout.addWidget(_Brand())
        layout.addSpacing(4)
        section = ""
        for place, page in enumerate(pages, start=1):
            if page.section != section:
                section = page.section
                layout.addSpacing(6)
                title = Label(section.upper(), "caption-strong", "text3")
                title.setContentsMargins(7, 2, 0, 2)
                layout.addWidget(title)
            layout.addWidget(self._button(page, place))
        layout.addStretch(1)
        layout.addWidget(self.status)

    def set_chosen(self, name: str) -> None:
        """Mark a page as the one in view."""
        self._buttons[name].setChecked(True)

    def _button(self, page: PageDescriptor, place: int) -> QPushButton:
        button = ChoiceButton(f"  {page.title}")
        button.setProperty("kind", "nav")
        button.setIcon(icon(page.icon_name, on="accent"))
        button.setIconSize(QSize(METRICS.icon, METRICS.icon))
        button.setToolTip(f"Ctrl+{place}")
        button.setAccessibleName(page.title)
        button.clicked.connect(lambda: self.chosen.emit(page.name))
        self._group.addButton(button)
        self._buttons[page.name] = button
        return button


class _Brand(QWidget):
    """The sign and the name."""

    def __init__(self) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(Sign("arrows-left-right", "accent", 18))
        layout.addWidget(Label("pxbin", "heading"))
        layout.addStretch(1)
        self.setFixedHeight(32)
