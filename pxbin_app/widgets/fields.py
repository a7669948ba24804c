"""What is filled in: text, secrets, choices, switches, and a field that carries label, hint and error together."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pxbin_app.theme import colors, text_font
from pxbin_app.widgets.icons import icon, paint_icon
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.styling import set_style_property

SEARCH_PAUSE_MS = 200
_WIDEST_LIST = 480


class TextField(QLineEdit):
    """One line of text."""

    def __init__(self, text: str = "", *, placeholder: str = "") -> None:
        super().__init__(text)
        self.setFont(text_font("body"))
        self.setPlaceholderText(placeholder)

    def suggest(self, words: Sequence[str]) -> None:
        """Offer those of these words that have in them what is typed; anything else may be typed too."""
        completer = QCompleter(list(words), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        popup = completer.popup()
        if popup is not None:
            popup.setFont(text_font("body"))
        self.setCompleter(completer)


class SecretField(TextField):
    """A secret: hidden as it is typed, shown while the eye is pressed in."""

    def __init__(self, *, placeholder: str = "") -> None:
        super().__init__(placeholder=placeholder)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self._reveal = self.addAction(icon("eye"), QLineEdit.ActionPosition.TrailingPosition)
        self._reveal.setCheckable(True)
        self._reveal.toggled.connect(self._on_reveal)
        self._on_reveal(False)

    def _on_reveal(self, shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self._reveal.setIcon(icon("eye-slash" if shown else "eye"))
        self._reveal.setText("Hide" if shown else "Show")
        self._reveal.setToolTip("Hide" if shown else "Show")


class SearchField(TextField):
    """A filter: ``searched`` comes when the typing pauses, or at once with Enter; Esc empties it."""

    searched = Signal(str)

    def __init__(self, placeholder: str = "Filter") -> None:
        super().__init__(placeholder=placeholder)
        self.setAccessibleName(placeholder)
        self.addAction(icon("magnifying-glass", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self.setClearButtonEnabled(False)
        self._pause = QTimer(self, singleShot=True, interval=SEARCH_PAUSE_MS)
        self._pause.timeout.connect(self._tell)
        self._told = ""
        self.textChanged.connect(self._on_typed)
        self.returnPressed.connect(self._tell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._tell()
        else:
            super().keyPressEvent(event)

    def show_words(self, words: str) -> None:
        """Show what is searched for already."""
        self._told = words
        self.setText(words)
        self._pause.stop()

    def _on_typed(self) -> None:
        self._pause.start()

    def _tell(self) -> None:
        self._pause.stop()
        if self.text() != self._told:
            self._told = self.text()
            self.searched.emit(self._told)


class Select(QComboBox):
    """One of a list of (value, text); ``chosen`` tells the value that the person picked."""

    chosen = Signal(str)

    def __init__(self, options: Sequence[tuple[str, str]] = (), *, name: str = "") -> None:
        super().__init__()
        self.setFont(text_font("body"))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.set_options(options)
        self.activated.connect(lambda: self.chosen.emit(self.value))

    @property
    def value(self) -> str:
        """The value that is chosen; empty where there is nothing to choose."""
        return str(self.currentData() or "")

    def set_value(self, value: str) -> None:
        """Choose without telling; an unknown value chooses nothing."""
        self.setCurrentIndex(self.findData(value))

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Offer other choices, keeping what is chosen where it is still there."""
        before = self.value
        self.clear()
        for value, text in options:
            self.addItem(text, value)
        self.setCurrentIndex(max(0, self.findData(before)))

    def keep_short(self, letters: int) -> None:
        """Take the room of so many letters, however long the texts are; the list that opens shows them whole."""
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)

    def showPopup(self) -> None:
        """As wide as its longest text, within reason."""
        measured = self.fontMetrics().horizontalAdvance
        texts = (measured(self.itemText(place)) for place in range(self.count()))
        self.view().setMinimumWidth(min(_WIDEST_LIST, max(texts, default=0) + 40))
        super().showPopup()

    def set_offered(self, value: str, offered: bool) -> None:
        """Let a choice be seen but not chosen."""
        item = cast("QStandardItemModel", self.model()).item(self.findData(value))
        item.setEnabled(offered)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        box = QRectF(self.width() - 22, (self.height() - 12) / 2, 12, 12)
        paint_icon(painter, box, "caret-down", colors().text2)

    def wheelEvent(self, event: QEvent) -> None:
        """A wheel over a form scrolls the form; it never changes a choice unseen."""
        event.ignore()


class CheckBox(QCheckBox):
    """A box with a tick, painted in the theme's colours."""

    _BOX = 16

    def __init__(self, text: str = "", *, checked: bool = False) -> None:
        super().__init__(text)
        self.setFont(text_font("body"))
        self.setChecked(checked)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(self._BOX + 10 + self.fontMetrics().horizontalAdvance(self.text()), 22)

    def hitButton(self, pos: object) -> bool:
        """The words count as the box."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        scheme = colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(1.5, (self.height() - self._BOX) / 2 + 0.5, self._BOX - 1, self._BOX - 1)
        edge = scheme.accent if self.isChecked() or self.hasFocus() else scheme.text3
        paint_box(painter, box, edge, 2 if self.hasFocus() else 1, ticked=self.isChecked())
        if self.isChecked() and self.hasFocus():
            painter.setPen(QPen(QColor(scheme.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(scheme.text if self.isEnabled() else scheme.text3))
        words = self.rect().adjusted(self._BOX + 8, 0, 0, 0)
        painter.drawText(
            words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text()
        )


def paint_box(painter: QPainter, box: QRectF, edge: str, width: int = 1, *, ticked: bool) -> None:
    """Paint a box to tick, its edge in ``edge`` (``#rrggbb``)."""
    scheme = colors()
    painter.setPen(QPen(QColor(edge), width))
    painter.setBrush(QColor(scheme.accent if ticked else scheme.surface))
    painter.drawRoundedRect(box, 4, 4)
    if ticked:
        paint_icon(painter, box.adjusted(2, 2, -2, -2), "check-bold", scheme.on_accent)


class Field(QWidget):
    """A control with its label above, and below it a hint that an error takes the place of."""

    def __init__(self, label: str, control: QWidget, hint: str = "") -> None:
        super().__init__()
        self.control = control
        self._label = label
        self._hint = hint
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        caption = Label(label, "table", "text2")
        caption.setBuddy(control)
        self._below = Label(hint, "caption", "text3", wrap=True)
        self._below.setVisible(bool(hint))
        layout.addWidget(caption)
        layout.addWidget(control)
        layout.addWidget(self._below)
        control.setAccessibleName(label)
        control.setAccessibleDescription(hint)

    @property
    def error(self) -> str:
        """The error that is shown; empty where there is none."""
        return self._below.text() if self.control.property("invalid") else ""

    def set_error(self, error: str) -> None:
        """Show what is wrong with the value, in words; empty takes it back."""
        set_style_property(self.control, "invalid", bool(error))
        self._below.setText(error or self._hint)
        self._below.set_color("err" if error else "text3")
        self._below.setVisible(bool(error or self._hint))
        self.control.setAccessibleDescription(error or self._hint)

    def set_hint(self, hint: str) -> None:
        """Change the hint."""
        self._hint = hint
        if not self.error:
            self.set_error("")
