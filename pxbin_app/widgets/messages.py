"""What the window tells: banners that stay while something holds, toasts that pass."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from pxbin_app.theme import Tone
from pxbin_app.widgets.buttons import Button, IconButton
from pxbin_app.widgets.labels import Dot, Label
from pxbin_app.widgets.styling import set_style_property

TOAST_MS = 4_000


class Banner(QFrame):
    """One line across the page: paused, database away, no tray."""

    closed = Signal()

    def __init__(
        self,
        text: str,
        tone: Tone = "warn",
        *,
        action: str = "",
        on_click: Callable[[], None] | None = None,
        closable: bool = False,
    ) -> None:
        super().__init__()
        self.setProperty("kind", "banner")
        self.setProperty("tone", tone)
        self._on_click = on_click
        self._sign = Dot(tone)
        self._text = Label(text, "body", wrap=True)
        self._button = Button(action, on_click=self._click)
        self._button.setVisible(bool(action))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 6, 5)
        layout.setSpacing(8)
        layout.addWidget(self._sign)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        if closable:
            layout.addWidget(IconButton("x", "Dismiss", on_click=self._close))
        self.setMinimumHeight(40)
        self.setAccessibleName(text)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def set_message(
        self, text: str, tone: Tone, action: str = "", on_click: Callable[[], None] | None = None
    ) -> None:
        """Say something else."""
        self._text.setText(text)
        self._sign.set_tone(tone)
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self._on_click = on_click
        self.setAccessibleName(text)
        set_style_property(self, "tone", tone)

    def _click(self) -> None:
        if self._on_click is not None:
            self._on_click()

    def _close(self) -> None:
        self.hide()
        self.closed.emit()


class BannerArea(QWidget):
    """The banners that hold now, by a key each, so that saying the same twice shows it once."""

    def __init__(self) -> None:
        super().__init__()
        self._banners: dict[str, Banner] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(20, 12, 20, 0)
        self._layout.setSpacing(8)
        self.hide()

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
        """Say it as long as it holds."""
        banner = self._banners.get(key)
        if banner is None:
            banner = Banner(text, tone, action=action, on_click=on_click, closable=closable)
            banner.closed.connect(lambda: self.hide_banner(key))
            self._banners[key] = banner
            self._layout.addWidget(banner)
        else:
            banner.set_message(text, tone, action, on_click)
        self.show()

    def hide_banner(self, key: str) -> None:
        """It holds no longer."""
        banner = self._banners.pop(key, None)
        if banner is not None:
            self._layout.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._banners))

    def texts(self) -> tuple[str, ...]:
        """What is said now."""
        return tuple(banner.text for banner in self._banners.values())


class Toast(QFrame):
    """A short message over the bottom of its parent that goes by itself; the newest replaces the one before."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setProperty("kind", "toast")
        self._sign = Dot("ok")
        self._text = Label("", "body", wrap=False)
        self._detail = Label("", "table", "text2", wrap=False)
        self._on_click: Callable[[], None] | None = None
        self.action = Button("", on_click=self._click)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._text)
        words.addWidget(self._detail)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 8, 8, 8)
        self._row.setSpacing(8)
        self._row.addWidget(self._sign)
        self._row.addLayout(words)
        self._row.addWidget(self.action)
        self._row.addWidget(IconButton("x", "Dismiss", on_click=self.hide))
        self._timer = QTimer(self, singleShot=True, interval=TOAST_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What it says or last said."""
        return self._text.text()

    def say(
        self,
        text: str,
        tone: Tone = "ok",
        detail: str = "",
        *,
        action: str = "",
        on_click: Callable[[], None] | None = None,
    ) -> None:
        """Show a message for a while, with a button where there is an action; these and errors stay twice as long."""
        self._on_click = on_click
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self._text.setText(text)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._sign.set_tone(tone)
        self.setAccessibleName(f"{text} {detail}".strip())
        self._row.activate()  # while it is shown, Qt would take the width of the text before
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._timer.start(TOAST_MS * 2 if tone == "err" or action else TOAST_MS)

    def _click(self) -> None:
        self.hide()
        if self._on_click is not None:
            self._on_click()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._over.installEventFilter(
            self
        )  # only while it shows: every event of the page goes through it

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._over.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the bottom when the window changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        area = self._over.rect()
        self.move((area.width() - self.width()) // 2, area.height() - self.height() - 24)
