"""The clients, a card each; one is chosen."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from pxbin_app.theme import Tone, mono_font
from pxbin_app.widgets.buttons import ChoiceButton
from pxbin_app.widgets.labels import Dot, ElidingLabel, Label
from pxbin_app.widgets.styling import column, row

_HEIGHT = 54
_WIDTH = 330
_LEAST_WIDTH = 236


class ClientLine(NamedTuple):
    """What a card shows."""

    name: str
    title: str
    subtitle: str
    state: str
    tone: Tone


class ClientList(QWidget):
    """One below the other; the arrow keys go from one to the next."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(_LEAST_WIDTH)
        self.setMaximumWidth(_WIDTH)
        self.cards: dict[str, ClientCard] = {}
        self._group = QButtonGroup(self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._layout.addStretch(1)

    def show_lines(self, lines: Sequence[ClientLine], chosen: str) -> None:
        """Show these clients."""
        for place, line in enumerate(lines):
            if line.name not in self.cards:
                self._add(line, place)
            self.cards[line.name].show_line(line)
        self.cards[chosen].setChecked(True)

    def _add(self, line: ClientLine, place: int) -> None:
        card = ClientCard()
        card.clicked.connect(lambda: self.chosen.emit(line.name))
        card.stepped.connect(lambda step: self._step(line.name, step))
        self._group.addButton(card)
        self._layout.insertWidget(place, card)
        self.cards[line.name] = card

    def _step(self, name: str, step: int) -> None:
        """Choose the next card, or the one before."""
        names = list(self.cards)
        place = names.index(name) + step
        if 0 <= place < len(names):
            self.cards[names[place]].setFocus(Qt.FocusReason.TabFocusReason)
            self.cards[names[place]].click()


class ClientCard(ChoiceButton):
    """Its name, its file, and how it stands. ``stepped``: an arrow key, 1 for down and -1 for up."""

    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__("")
        self.setProperty("kind", "choice-card")
        self.setFixedHeight(_HEIGHT)
        self._title = Label("", "strong")
        self._dot = Dot()
        self._state = Label("", "table", "text2")
        self._subtitle = ElidingLabel("", "caption", "text2", font=mono_font(11))
        for label in (self._title, self._state, self._subtitle):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        words = column(spacing=2)
        words.addLayout(row(self._title, None, self._dot, self._state))
        words.addWidget(self._subtitle)
        words.setContentsMargins(14, 8, 14, 8)
        self.setLayout(words)

    def show_line(self, line: ClientLine) -> None:
        """Show another state."""
        self._title.setText(line.title)
        self._state.setText(line.state)
        self._dot.set_tone(line.tone)
        self._subtitle.set_text(line.subtitle)
        self.setAccessibleName(f"{line.title}: {line.state}, {line.subtitle}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, _HEIGHT)
