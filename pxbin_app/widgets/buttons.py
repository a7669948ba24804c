"""What is pressed: buttons, icon buttons, copy buttons, segmented controls and tabs.

They take the focus by the keyboard only, so that the ring shows where it helps and not after each click.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QToolButton, QToolTip

from pxbin_app.theme import METRICS, text_font
from pxbin_app.widgets.icons import icon

ButtonKind = Literal["primary", "plain", "danger", "quiet"]

_ICON_COLOR: dict[str, str] = {
    "primary": "on_accent",
    "danger": "on_err",
    "plain": "text",
    "quiet": "text2",
}
COPIED_MS = 1_500


class Button(QPushButton):
    """A button with a word on it. One ``primary`` a page."""

    def __init__(
        self,
        text: str,
        kind: ButtonKind = "plain",
        *,
        icon_name: str | None = None,
        on_click: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(text)
        self.setProperty("kind", kind)
        self.setFont(text_font("strong" if kind in ("primary", "danger") else "body"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        if icon_name is not None:
            self.setIcon(icon(icon_name, _ICON_COLOR[kind]))
            self.setIconSize(QSize(18, 14))  # wider than the glyph: room before the word
        if on_click is not None:
            self.clicked.connect(lambda _checked: on_click())


class IconButton(QToolButton):
    """A square button with an icon only; ``name`` is its tooltip and what a screen reader says."""

    def __init__(
        self,
        icon_name: str,
        name: str,
        *,
        on_click: Callable[[], None] | None = None,
        size: int = METRICS.small_control,
    ) -> None:
        super().__init__()
        self.setFixedSize(size, size)
        self.setIconSize(QSize(METRICS.icon, METRICS.icon))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_face(icon_name, name)
        if on_click is not None:
            self.clicked.connect(lambda _checked: on_click())

    def set_face(self, icon_name: str, name: str) -> None:
        """Change what the button says that it does."""
        self.setIcon(icon(icon_name))
        self.setToolTip(name)
        self.setAccessibleName(name)


class CopyButton(IconButton):
    """Copies a text and says "Copied" for a moment; the text is asked for when it is pressed."""

    copied = Signal()

    def __init__(
        self, text: Callable[[], str], name: str = "Copy", *, size: int = METRICS.small_control
    ) -> None:
        super().__init__("copy", name, on_click=self.copy, size=size)
        self._text = text
        self._name = name
        self._back = QTimer(self, singleShot=True, interval=COPIED_MS)
        self._back.timeout.connect(lambda: self.set_face("copy", self._name))

    def copy(self) -> None:
        """Put the text on the clipboard."""
        QGuiApplication.clipboard().setText(self._text())
        self.set_face("check", "Copied")
        if self.isVisible():
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), "Copied", self)
        self._back.start()
        self.copied.emit()


class ChoiceButton(QPushButton):
    """A button that stays down, its text strong meanwhile."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.connect(self._dress)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """A new stylesheet brings back the font that the button had at first: the theme was changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._dress()

    def _dress(self) -> None:
        self.setFont(text_font("strong" if self.isChecked() else "body"))


class _Choices(QFrame):
    """Exclusive buttons in a row; the arrow keys move between them."""

    chosen = Signal(str)
    """The value of what the person chose (not emitted by ``set_value``)."""

    def __init__(
        self, options: Sequence[tuple[str, str]], kind: str, spacing: int, name: str
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._padding = 22 if kind == "segment" else 8
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setSpacing(spacing)
        for value, text in options:
            self._buttons[value] = self._button(value, text, kind)
        next(iter(self._buttons.values())).setChecked(True)

    def _button(self, value: str, text: str, kind: str) -> QPushButton:
        button = ChoiceButton(text)
        button.setProperty("kind", kind)
        self._fit(button)
        button.clicked.connect(lambda: self.chosen.emit(value))
        self._group.addButton(button)
        self._row.addWidget(button)
        return button

    @property
    def value(self) -> str:
        """The value that is chosen."""
        return next(value for value, button in self._buttons.items() if button.isChecked())

    def set_value(self, value: str) -> None:
        """Choose without telling."""
        self._buttons[value].setChecked(True)

    def set_text(self, value: str, text: str) -> None:
        """Change a choice's word, such as to add a count."""
        button = self._buttons[value]
        button.setText(text)
        self._fit(button)
        button.setFont(text_font("strong" if button.isChecked() else "body"))

    def _fit(self, button: QPushButton) -> None:
        button.setFixedWidth(_bold_width(button) + self._padding)


def _bold_width(button: QPushButton) -> int:
    """The width of the text when it is chosen, so that choosing moves nothing."""
    button.setFont(text_font("strong"))
    width = button.fontMetrics().horizontalAdvance(button.text())
    button.setFont(text_font("body"))
    return width


class SegmentedControl(_Choices):
    """One of a few, in a tinted strip: ``SegmentedControl([("24h", "24 hours"), ("7d", "7 days")], "Period")``."""

    def __init__(self, options: Sequence[tuple[str, str]], name: str) -> None:
        super().__init__(options, "segment", 0, name)
        self.setProperty("kind", "segments")
        self._row.setContentsMargins(2, 2, 2, 2)
        self.setFixedHeight(METRICS.control)


class TabStrip(_Choices):
    """Tabs with a line under the chosen one; the page shows what ``chosen`` names."""

    def __init__(self, options: Sequence[tuple[str, str]], name: str, *, spacing: int = 12) -> None:
        super().__init__(options, "tab", spacing, name)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addStretch(1)
