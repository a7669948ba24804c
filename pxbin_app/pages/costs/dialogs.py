"""The form of a budget: what it counts, how much, how long, and what happens when it is used up."""

from decimal import Decimal, InvalidOperation
from typing import cast

from PySide6.QtCore import QStringListModel, Qt, QTimeZone
from PySide6.QtWidgets import QCompleter, QSizePolicy, QStackedWidget, QWidget

from pxbin_app.budget_words import PERIODS, SCOPES
from pxbin_app.listing.forms import EntryDialog
from pxbin_app.look_back import local_zone
from pxbin_app.pages.costs.presenter import BudgetValues, Subjects
from pxbin_app.widgets.buttons import SegmentedControl
from pxbin_app.widgets.fields import CheckBox, Select, TextField
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import BudgetPeriod, BudgetRecord, BudgetScope

_DOES = [("refuse", "Refuse requests"), ("tell", "Only tell me")]
_DOES_HINTS = {
    "refuse": "Requests get an error that says which budget, how much, and until when.",
    "tell": "Requests go on; pxbin tells you by a notification and in the tray.",
}
_LISTED: tuple[BudgetScope, ...] = ("key", "model", "upstream")
"""Scopes whose subjects are all known; a client or a session may be typed before it was seen."""


class BudgetDialog(EntryDialog):
    """The form of a new budget, or of ``record``."""

    def __init__(
        self, parent: QWidget | None, subjects: Subjects, record: BudgetRecord | None = None
    ) -> None:
        title = "Add a budget" if record is None else f"Edit {record.name}"
        super().__init__(parent, title, primary="Add budget" if record is None else "Save")
        self._subjects = subjects
        self.name = TextField(placeholder="Team, or a month of Claude Code")
        self.scope = Select(list(SCOPES.items()))
        self.subject = SubjectField()
        self.limit = TextField(placeholder="10.00")
        self.period = Select(list(PERIODS.items()))
        self.warn_at = TextField("80")
        self.time_zone = TextField(local_zone())
        self.does = SegmentedControl(_DOES, "When it is used up")
        self.does.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.is_active = CheckBox("In force", checked=True)
        self._add_fields()
        self.scope.chosen.connect(self._show_scope)
        self.does.chosen.connect(self._show_does)
        self.scope.set_value("all")
        self.period.set_value("month")
        self._show_scope("all")
        if record is not None:
            self._fill(record)
        self.is_active.setVisible(record is not None)

    def _add_fields(self) -> None:
        suggest(
            self.time_zone, [bytes(one.data()).decode() for one in QTimeZone.availableTimeZoneIds()]
        )
        self.add_named("name", "Name", self.name)
        scope = self.add_named("scope", "Counts", self.scope)
        self._subject = self.add_named("subject", "Which", self.subject)
        self.put_beside(scope, self._subject)
        limit = self.add_named("limit", "Limit in dollars", self.limit)
        period = self.add_named("period", "For each", self.period)
        self.put_beside(limit, period)
        hint = "Percent of the limit from which on you are told."
        warn = self.add_named("warn_share", "Warn at", self.warn_at, hint)
        zone = self.add_named("time_zone", "Time zone", self.time_zone, "Where its days begin.")
        self.put_beside(warn, zone)
        does = self.add_named("is_hard", "When it is used up", self.does, _DOES_HINTS["refuse"])
        self._does_field = does
        self.add(self.is_active)

    def values(self) -> BudgetValues | None:
        """What is filled in; None where it cannot be read (said at the field)."""
        return self.read(self._values)

    def _values(self) -> BudgetValues:
        scope = cast("BudgetScope", self.scope.value)
        return BudgetValues(
            name=self.name.text(),
            scope=scope,
            subject="" if scope == "all" else self.subject.value,
            period=cast("BudgetPeriod", self.period.value),
            time_zone=self.time_zone.text().strip(),
            limit=an_amount(self.limit.text()),
            warn_share=a_share(self.warn_at.text()),
            is_hard=self.does.value == "refuse",
            is_active=self.is_active.isChecked(),
        )

    def _fill(self, record: BudgetRecord) -> None:
        self.name.setText(record.name)
        self.scope.set_value(record.scope)
        self._show_scope(record.scope)
        self.subject.set_value(record.subject)
        self.limit.setText(format(record.limit.normalize(), "f"))
        self.period.set_value(record.period)
        self.warn_at.setText(f"{record.warn_share * 100:g}")
        self.time_zone.setText(record.time_zone)
        self.does.set_value("refuse" if record.is_hard else "tell")
        self._show_does(self.does.value)
        self.is_active.setChecked(record.is_active)

    def _show_scope(self, scope: str) -> None:
        chosen = cast("BudgetScope", scope)
        self._subject.setVisible(chosen != "all")
        self.subject.offer(chosen, self._subjects.options(chosen))
        self.adjustSize()

    def _show_does(self, does: str) -> None:
        self._does_field.set_hint(_DOES_HINTS[does])


class SubjectField(QStackedWidget):
    """Which key, model, upstream (from a list), client or session (typed, those seen are suggested); empty: each."""

    def __init__(self) -> None:
        super().__init__()
        self.listed = Select()
        self.typed = TextField()
        self.addWidget(self.listed)
        self.addWidget(self.typed)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def value(self) -> str:
        """What is chosen or typed; empty: each of them has the limit for itself."""
        if self.currentWidget() is self.listed:
            return self.listed.value
        return self.typed.text().strip()

    def offer(self, scope: BudgetScope, options: list[tuple[str, str]]) -> None:
        """Offer the subjects of a scope; nothing is chosen yet."""
        each = f"Each {scope}, for itself"
        if scope in _LISTED:
            self.listed.set_options([("", each), *options])
            self.listed.set_value("")
            self.setCurrentWidget(self.listed)
        else:
            self.typed.clear()
            self.typed.setPlaceholderText(each)
            suggest(self.typed, [value for value, _ in options])
            self.setCurrentWidget(self.typed)
        self.setFocusProxy(self.listed if scope in _LISTED else self.typed)

    def set_value(self, value: str) -> None:
        """Choose; what is not there any more stays, by its own name."""
        if self.currentWidget() is not self.listed:
            self.typed.setText(value)
            return
        if self.listed.findData(value) < 0:
            self.listed.addItem(f"{value} (gone)", value)
        self.listed.set_value(value)


def suggest(field: TextField, words: list[str]) -> None:
    """Offer ``words`` while one types; any other text may be typed too."""
    completer = QCompleter(QStringListModel(words, field), field)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    field.setCompleter(completer)


def an_amount(text: str) -> Decimal:
    """The dollars in a field: ``10``, ``$2.50``, ``1,000``.

    Raises:
        InvalidInput: it holds no number above zero.
    """
    try:
        amount = Decimal(text.strip().lstrip("$").replace(",", ""))
    except InvalidOperation:
        raise InvalidInput("limit must be a number: 10 or 2.50.", field="limit") from None
    if not amount.is_finite() or amount <= 0:
        raise InvalidInput("limit must be more than zero.", field="limit")
    return amount


def a_share(text: str) -> float:
    """The share in a field of percent: ``80`` is 0.8.

    Raises:
        InvalidInput: it holds no percentage.
    """
    try:
        percent = float(text.strip().removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not 0 < percent <= 100:
        raise InvalidInput("warn_share must be between 1 and 100 percent.", field="warn_share")
    return percent / 100
