"""What lies over the window's pages, one at a time: the command palette, the keyboard map and the first run."""

from functools import cached_property, partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from pxbin_app.app_controls import AppControls
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.first_run.wizard import FirstRun
from pxbin_app.main_window import MainWindow
from pxbin_app.page_list import PAGES
from pxbin_app.palette.entries import Doings
from pxbin_app.palette.help import ShortcutHelp
from pxbin_app.palette.overlay import Palette
from pxbin_app.palette.presenter import PalettePresenter
from pxbin_app.theme import Mode, current
from pxbin_app.widgets.overlay import Overlay


class Overlays(QObject):
    """Opens them as the window asks, and closes them as it shows another page."""

    pause_toggled = Signal()

    def __init__(self, bridge: EngineBridge, window: MainWindow, controls: AppControls) -> None:
        super().__init__(window)
        self._bridge, self._window, self._settings = bridge, window, controls.settings
        self.first_run = FirstRun(bridge, window, controls)
        self._made: list[Overlay] = []
        window.palette_requested.connect(lambda: self._open(self.palette))
        window.help_requested.connect(lambda: self._open(self.help))

    @cached_property
    def palette(self) -> Palette:
        """Made when it is first wanted, as the others are: a start does not wait for them."""
        made = Palette(self._window, PalettePresenter(self._bridge, self._doings(), self))
        self._made.append(made)
        return made

    @cached_property
    def help(self) -> ShortcutHelp:
        """The keyboard map."""
        made = ShortcutHelp(self._window, tuple(page.title for page in PAGES))
        self._made.append(made)
        return made

    def _open(self, overlay: Overlay) -> None:
        """Open it in place of another one; where it is open already, close it."""
        was_open = overlay.is_open
        for one in self._made:
            one.close_overlay()
        if not was_open:
            overlay.open()

    def _doings(self) -> Doings:
        window = self._window
        return Doings(
            show_page=window.show_page,
            show_item=window.show_item,
            filter_logs=partial(window.show_filtered, "logs"),
            begin_new=window.begin_new,
            toggle_pause=self.pause_toggled.emit,
            copy_base_url=self._copy_base_url,
            set_theme=self._set_theme,
            set_up=self.first_run.open,
            show_help=window.help_requested.emit,
            close=window.close,
            quit=window.quit_requested.emit,
        )

    def _copy_base_url(self) -> None:
        if self._bridge.ready:
            QGuiApplication.clipboard().setText(self._bridge.engine.base_url)
            self._window.toast("Base URL copied")

    def _set_theme(self, mode: Mode) -> None:
        self._settings.theme = mode
        current().set_mode(mode)
