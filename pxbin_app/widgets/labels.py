"""Text that is read: labels in the type scale, pills and dots that say a state."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from pxbin_app.theme import TextStyle, Tone, colors, mono_font, text_font
from pxbin_app.widgets.icons import icon
from pxbin_app.widgets.styling import set_style_property


class Label(QLabel):
    """A label in a text style and a colour of the theme (``text``, ``text2``, ``text3``, ``accent``, ``ok`` ...)."""

    def __init__(
        self,
        text: str = "",
        style: TextStyle = "body",
        color: str = "text",
        *,
        wrap: bool = False,
        selectable: bool = False,
    ) -> None:
        super().__init__(text)
        self.setTextFormat(
            Qt.TextFormat.PlainText
        )  # what an upstream says must never become markup
        self.setFont(text_font(style))
        self.setProperty("color", color)
        self.setWordWrap(wrap)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def set_color(self, color: str) -> None:
        """Change the colour to another of the theme's."""
        set_style_property(self, "color", color)


class MonoLabel(Label):
    """Fixed pitch: an address, a key's prefix, a path."""

    def __init__(
        self, text: str = "", size: int = 11, color: str = "text2", *, selectable: bool = False
    ) -> None:
        super().__init__(text, color=color, selectable=selectable)
        self.setFont(mono_font(size))


class ElidingLabel(Label):
    """One line that may be cut with an ellipsis, whole in its tooltip. For names; never for numbers."""

    def __init__(
        self,
        text: str = "",
        style: TextStyle = "body",
        color: str = "text",
        *,
        font: QFont | None = None,
    ) -> None:
        super().__init__("", style, color)
        if font is not None:
            self.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(24)
        self._full = ""
        self.set_text(text)

    @property
    def full_text(self) -> str:
        """The text as it was set."""
        return self._full

    def set_text(self, text: str) -> None:
        """Set the text; it is cut to what fits."""
        self._full = text
        self.setAccessibleName(text)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(
            self.fontMetrics().horizontalAdvance(self._full) + 2, super().sizeHint().height()
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip(self._full if shown != self._full else "")


class Pill(QLabel):
    """A status in a word on a tint: ``200``, ``live``, ``sealed``."""

    def __init__(self, text: str = "", tone: Tone = "neutral") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(text_font("caption-strong"))
        self.setProperty("kind", "pill")
        self.setProperty("tone", tone)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedHeight(20)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_state(self, text: str, tone: Tone) -> None:
        """Change both."""
        self.setText(text)
        set_style_property(self, "tone", tone)


class Sign(QWidget):
    """An icon that is not pressed, in a colour of the theme."""

    def __init__(self, icon_name: str, color: str, size: int = 16) -> None:
        super().__init__()
        self._icon = icon(icon_name, color)
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())


class Dot(QWidget):
    """A small sign before a text that says the same: a disc (ok, info), a triangle (warn), a square (err), a ring."""

    def __init__(self, tone: Tone = "neutral", *, series: int | None = None) -> None:
        super().__init__()
        self._tone: Tone = tone
        self._series = series
        self.setFixedSize(10, 10)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_tone(self, tone: Tone) -> None:
        """Show another tone."""
        self._tone = tone
        self._series = None
        self.update()

    def set_series(self, series: int) -> None:
        """Show the colour of a chart's series."""
        self._series = series
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._series is None:
            paint_sign(painter, QRectF(1, 1, 8, 8), self._tone)
        else:
            paint_series(painter, QRectF(1, 1, 8, 8), self._series)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.update()


def paint_sign(painter: QPainter, box: QRectF, tone: Tone) -> None:
    """Paint a tone so that its shape says it too."""
    color = QColor(colors().tone(tone)[0])
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    if tone == "warn":
        painter.drawPolygon([box.bottomLeft(), box.bottomRight(), box.center() - _up(box)])
    elif tone == "err":
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 1, 1)
    elif tone == "neutral":
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = painter.pen()
        pen.setStyle(Qt.PenStyle.SolidLine)
        pen.setColor(color)
        pen.setWidthF(1.6)
        painter.setPen(pen)
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
    else:
        painter.drawEllipse(box)
    painter.restore()


def _up(box: QRectF) -> QPointF:
    return QPointF(0, box.height() / 2)


def paint_series(painter: QPainter, box: QRectF, series: int) -> None:
    """Paint the sign of a chart's series: a small rounded square in its colour."""
    palette = colors().series
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(palette[min(series, len(palette) - 1)]))
    painter.drawRoundedRect(box, 2, 2)
    painter.restore()
