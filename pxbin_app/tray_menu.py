"""The tray's menu: what runs, what today cost, and what is done without opening the window."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication
from PySide6.QtWidgets import QMenu

from pxbin_app.model_routes import CALLERS, CLAUDE_CODE, EVERYONE, NO_ROUTES, Routes
from pxbin_app.widgets.status_box import STATE_WORDS, RunState

MOST_ERRORS = 8
MOST_MODELS = 20

BASE_URLS = (
    ("Anthropic, Claude Code", ""),
    ("OpenAI, Codex, OpenCode", "/v1"),
    ("Gemini CLI", ""),
)
"""Who is pointed where: what is copied, by who asks for it, and what follows the address."""

_ROUTE_WORDS = {
    CLAUDE_CODE: ("Claude Code", "As it asks"),
    EVERYONE: ("Names nobody knows", "Refused"),
}
"""Caller -> what its quick route is called, and what holds without one."""


class TrayMenu(QMenu):
    """The menu. Text and state are set by calls, presses are told by signals."""

    open_requested = Signal()
    pause_toggled = Signal()
    quit_requested = Signal()
    error_chosen = Signal(str)
    """The id that was given with the error."""
    route_chosen = Signal(str, str)
    """A caller, and the model that its requests go to; empty: no quick route."""
    models_requested = Signal()
    """There are more models than the menu has room for."""
    login_toggled = Signal(bool)
    """Whether pxbin starts at login."""

    def __init__(self) -> None:
        super().__init__()
        self._base_url = ""
        self._status = self._said()
        self._today, self._budget = self._said(), self._said()
        self.addSeparator()
        self._does("Open", self.open_requested.emit)
        self._pause = self._does("Pause", self.pause_toggled.emit)
        self._copy = self._base_urls()
        self.routes = QMenu("Model route", self)
        self.addMenu(self.routes)
        self.errors = QMenu("Recent errors", self)
        self.addMenu(self.errors)
        self.addSeparator()
        self._login = self.addAction("Start at login")
        self._login.setCheckable(True)
        self._login.triggered.connect(self.login_toggled)
        self._does("Quit", self.quit_requested.emit)
        for line in (self._today, self._budget, self._login):
            line.setVisible(False)
        self.set_state("starting")
        self.set_routes(NO_ROUTES)
        self.set_errors(())

    @property
    def lines(self) -> list[str]:
        """What is said above the first line that can be pressed."""
        said = (self._status, self._today, self._budget)
        return [one.text().replace("&&", "&") for one in said if one.isVisible()]

    def set_state(self, state: RunState, address: str = "", base_url: str = "") -> None:
        """Show how the engine is, and where it listens."""
        self._base_url = base_url
        self._status.setText(" · ".join(part for part in (STATE_WORDS[state][0], address) if part))
        self._pause.setText("Resume" if state == "paused" else "Pause")
        self._pause.setEnabled(state in ("running", "paused"))
        self._copy.setEnabled(bool(base_url))

    def set_today(self, line: str, budget: str = "") -> None:
        """Show what today cost and how much was asked, and a budget where one is to be told."""
        for said, text in ((self._today, line), (self._budget, budget)):
            said.setText(_literal(text))
            said.setVisible(bool(text))

    def set_errors(self, errors: Sequence[tuple[str, str]]) -> None:
        """Offer the newest errors, each as (id, text)."""
        self.errors.clear()
        for identity, text in errors[:MOST_ERRORS]:
            action = self.errors.addAction(_literal(text))
            action.triggered.connect(
                lambda _checked=False, one=identity: self.error_chosen.emit(one)
            )
        self.errors.setEnabled(bool(errors))

    def set_routes(self, routes: Routes) -> None:
        """Offer the models to which requests can be sent, with a tick at those that they go to."""
        for menu in self.routes.findChildren(QMenu):
            menu.deleteLater()
        self.routes.clear()
        for caller in CALLERS:
            self.routes.addMenu(self._route(caller, routes))
        self.routes.setEnabled(bool(routes.models))

    def set_login(self, on: bool) -> None:
        """Show whether pxbin starts at login; until this was said the line is not there."""
        self._login.setChecked(on)
        self._login.setVisible(True)

    def _base_urls(self) -> QMenu:
        menu = QMenu("Copy base URL", self)
        for who, path in BASE_URLS:
            action = menu.addAction(who)
            action.triggered.connect(lambda _checked=False, end=path: self._copy_url(end))
        self.addMenu(menu)
        return menu

    def _copy_url(self, path: str) -> None:
        QGuiApplication.clipboard().setText(f"{self._base_url}{path}")

    def _route(self, caller: str, routes: Routes) -> QMenu:
        name, without = _ROUTE_WORDS[caller]
        chosen = routes.chosen[caller]
        menu = QMenu(f"{name}: {_literal(chosen or without)}", self.routes)
        group = QActionGroup(menu)
        for model in ("", *_with(chosen, routes.models)):
            action = menu.addAction(_literal(model or without))
            action.setCheckable(True)
            action.setChecked(model == chosen)
            group.addAction(action)
            action.triggered.connect(
                lambda _checked=False, one=model: self.route_chosen.emit(caller, one)
            )
        if len(routes.models) > MOST_MODELS:
            menu.addAction("More on the page Models…").triggered.connect(self.models_requested)
        return menu

    def _said(self) -> QAction:
        action = self.addAction("")
        action.setEnabled(False)
        return action

    def _does(self, text: str, act: Callable[[], None]) -> QAction:
        action = self.addAction(text)
        action.triggered.connect(lambda _checked=False: act())
        return action


def _literal(text: str) -> str:
    """As it stands: a menu takes a single ``&`` for the sign of a key."""
    return text.replace("&", "&&")


def _with(chosen: str, models: Sequence[str]) -> list[str]:
    """As many models as there is room for, and the chosen one in any case."""
    shown = list(models[:MOST_MODELS])
    return shown if not chosen or chosen in shown else [chosen, *shown]
