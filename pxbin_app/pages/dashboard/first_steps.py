"""What stands on the Dashboard before the first request: the steps to it, ticked off as they are done."""

import sys

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pxbin_app.pages.dashboard.figures import Setup
from pxbin_app.snippets import KEY, Access, claude_code
from pxbin_app.theme import METRICS
from pxbin_app.widgets.buttons import Button, CopyButton
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.labels import Label, MonoLabel, Sign
from pxbin_app.widgets.styling import column, hairline, row

STEPS = (
    (
        "upstreams",
        "Add an upstream",
        "Where requests go: Anthropic, OpenAI, Google, a local server.",
    ),
    ("models", "Import a model", "Pick from the upstream’s own list what clients may ask for."),
    (
        "clients",
        "Set up a client",
        "Claude Code, Codex, OpenCode, Gemini CLI: with a key of its own.",
    ),
)
"""The same as the steps of the first run, which does them in one go."""

_DONE_BY = {"upstreams": "upstreams", "models": "models", "clients": "keys"}
"""Step -> the part of ``Setup`` that says that it is done."""

_OTHERS = "SDKs and other programs: Keys shows what to paste into each."

_WINDOWS = sys.platform == "win32"


class FirstSteps(QWidget):
    """The card. ``page_wanted`` names the page on which a step is done, ``set_up_wanted`` asks for the first run's steps."""

    page_wanted = Signal(str)
    set_up_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.steps = {name: _Step(name, title, said) for name, title, said in STEPS}
        self.command = MonoLabel("", 12, "text", selectable=True)
        self.copy = CopyButton(self.command.text, "Copy the command")
        card = Card()
        card.setFixedWidth(560)
        card.body.setSpacing(12)
        self.set_up = Button(
            "Step by step", "quiet", icon_name="magic-wand", on_click=self.set_up_wanted.emit
        )
        card.add(row(Label("Getting started", "heading"), None, self.set_up))
        for step in self.steps.values():
            step.wanted.connect(self.page_wanted)
            card.add(step)
            card.add(hairline())
        card.add(_client_step(self.command, self.copy))
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def show_setup(self, setup: Setup, base_url: str) -> None:
        """Tick off what is done; the first that is not is the one to do next."""
        self.command.setText(claude_code(Access(KEY, base_url, setup.models), windows=_WINDOWS))
        done = {name: bool(getattr(setup, _DONE_BY[name])) for name in self.steps}
        following = next((name for name in self.steps if not done[name]), None)
        for name, step in self.steps.items():
            step.show_progress(done=done[name], following=name == following)


def _client_step(command_label: MonoLabel, copy: CopyButton) -> QHBoxLayout:
    words = column(
        Label("Or start Claude Code on pxbin in a terminal", "strong"),
        Label("The first request shows up on this page as it runs.", "table", "text2"),
        Label(_OTHERS, "table", "text2"),
        spacing=2,
    )
    line = row(command_label, spacing=8)
    line.setStretchFactor(command_label, 1)
    line.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
    words.addSpacing(6)
    words.addLayout(line)
    whole = QHBoxLayout()
    whole.setSpacing(METRICS.gap)
    whole.addWidget(Sign("terminal-window", "accent", 20), 0, Qt.AlignmentFlag.AlignTop)
    whole.addLayout(words, 1)
    return whole


class _Step(QWidget):
    """One step: its sign, what it is for, and the button that leads to its page."""

    wanted = Signal(str)

    def __init__(self, name: str, title: str, said: str) -> None:
        super().__init__()
        self._title = title
        self._done_sign = Sign("check-circle", "ok", 20)
        self._open_sign = Sign("circle", "text3", 20)
        words = column(Label(title, "strong"), Label(said, "table", "text2"), spacing=2)
        self.primary = Button(title, "primary", on_click=lambda: self.wanted.emit(name))
        self.plain = Button("Open", on_click=lambda: self.wanted.emit(name))
        self.plain.setAccessibleName(f"{title}: open the page")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(METRICS.gap)
        layout.addWidget(self._done_sign)
        layout.addWidget(self._open_sign)
        layout.addLayout(words, 1)
        layout.addWidget(self.primary)
        layout.addWidget(self.plain)
        self.show_progress(done=False, following=False)

    def show_progress(self, *, done: bool, following: bool) -> None:
        """Tick it off, or make it the one to do next."""
        self._done_sign.setVisible(done)
        self._open_sign.setVisible(not done)
        self.primary.setVisible(following)
        self.plain.setVisible(not following)
        self.setAccessibleName(f"{self._title}: {'done' if done else 'to do'}")
