"""The box at the foot of the sidebar: is the proxy running, where, for whom, and the button that pauses it."""

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from pxbin_app.theme import Tone, mono_font
from pxbin_app.widgets.buttons import CopyButton, IconButton
from pxbin_app.widgets.labels import Dot, ElidingLabel, Label, Sign
from pxbin_app.widgets.styling import row

RunState = Literal["starting", "running", "paused", "failed", "stopping"]

STATE_WORDS: dict[RunState, tuple[str, Tone]] = {
    "starting": ("Starting…", "info"),
    "running": ("Running", "ok"),
    "paused": ("Paused", "warn"),
    "failed": ("Not running", "err"),
    "stopping": ("Stopping…", "neutral"),
}


class StatusBox(QFrame):
    """State and address; ``pause_toggled`` when the person presses pause or resume."""

    pause_toggled = Signal()
    copied = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._state: RunState = "starting"
        self._copy_text = ""
        self._sign = Dot()
        self._word = Label("", "table-strong")
        self._address = ElidingLabel("", color="text2", font=mono_font(11))
        self._exposed = _Exposed()
        self._pause = IconButton("pause", "Pause", on_click=self.pause_toggled.emit)
        self._copy = CopyButton(lambda: self._copy_text, "Copy base URL")
        self._copy.copied.connect(self.copied)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        above, below = QHBoxLayout(), QHBoxLayout()
        above.setSpacing(6)
        above.addWidget(self._sign)
        above.addWidget(self._word, 1)
        above.addWidget(self._pause)
        below.addWidget(self._address, 1)
        below.addWidget(self._copy)
        layout.addLayout(above)
        layout.addLayout(below)
        layout.addWidget(self._exposed)
        self.set_exposed(False)
        self.set_state("starting")

    @property
    def state(self) -> RunState:
        """The state shown."""
        return self._state

    @property
    def exposed(self) -> bool:
        """Whether it says that other machines can reach pxbin."""
        return not self._exposed.isHidden()

    def set_exposed(self, exposed: bool) -> None:
        """Say, as long as it holds, that other machines can reach pxbin."""
        self._exposed.setVisible(exposed)

    def set_state(
        self, state: RunState, address: str = "", base_url: str = "", detail: str = ""
    ) -> None:
        """Show a state; ``detail`` takes the address's place where there is none (why it failed)."""
        word, tone = STATE_WORDS[state]
        self._state = state
        self._copy_text = base_url
        self._sign.set_tone(tone)
        self._word.setText(word)
        self._address.set_text(address or detail)
        self._copy.setVisible(bool(base_url))
        self._pause.setVisible(state in ("running", "paused"))
        if state == "paused":
            self._pause.set_face("play", "Resume")
        else:
            self._pause.set_face("pause", "Pause")
        self.setAccessibleName(f"{word} {address or detail}".strip())


class _Exposed(QWidget):
    """The line that says who can come in."""

    def __init__(self) -> None:
        super().__init__()
        said = "Open to other machines"
        tip = "Other machines can reach pxbin: it listens beyond this one. They still need a key."
        layout = row(Sign("broadcast", "warn", 14), Label(said, "caption", "warn"), None, spacing=6)
        self.setLayout(layout)
        self.setToolTip(tip)
        self.setAccessibleName(said)
        self.setAccessibleDescription(tip)
