"""When a key expires: a few usual spans, or any day."""

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from pxbin_app.pages.keys import expiry
from pxbin_app.widgets.fields import Select, TextField
from pxbin_app.widgets.styling import row

_NEVER, _ON_A_DAY = "", "day"
_SPANS = [
    (_NEVER, "Never"),
    ("7", "In 7 days"),
    ("30", "In 30 days"),
    ("90", "In 90 days"),
    ("365", "In a year"),
    (_ON_A_DAY, "On a day"),
]


class ExpiryEditor(QWidget):
    """A choice that fills in the day; what is left as it was stays that very moment."""

    def __init__(self, now: datetime, expires_at: datetime | None = None) -> None:
        super().__init__()
        self._now = now
        self._before = expires_at
        self.span = Select(_SPANS, name="Expires")
        self.day = TextField(expiry.as_typed(expires_at), placeholder="2026-12-01")
        self.day.setAccessibleName("Last day")
        self.span.setFixedWidth(140)
        line = row(self.span, self.day)
        line.setAlignment(self.span, Qt.AlignmentFlag.AlignLeft)  # also where it is alone
        self.setLayout(line)
        self.setFocusProxy(self.day)
        self.span.set_value(_ON_A_DAY if expires_at else _NEVER)
        self.span.chosen.connect(self._choose)
        self.day.textEdited.connect(lambda _text: self.span.set_value(_ON_A_DAY))
        self._show_day()

    @property
    def expires_at(self) -> datetime | None:
        """The moment; None: never.

        Raises:
            InvalidInput: the day cannot be read.
        """
        if self.day.text() == expiry.as_typed(self._before):
            return self._before
        return expiry.read(self.day.text())

    def _choose(self, span: str) -> None:
        if span == _NEVER:
            self.day.clear()
        elif span != _ON_A_DAY:
            self.day.setText(expiry.in_days(int(span), self._now))
        self._show_day()
        if span == _ON_A_DAY:
            self.day.setFocus()

    def _show_day(self) -> None:
        self.day.setVisible(self.span.value != _NEVER)
