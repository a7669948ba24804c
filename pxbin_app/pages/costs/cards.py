"""A card for each budget: what is spent of it, how fast, until when, and whether it is in trouble."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from pxbin_app import budget_words
from pxbin_app.pages.costs.presenter import BudgetRow
from pxbin_app.theme import METRICS
from pxbin_app.widgets.buttons import Button, IconButton
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.format import count, counted, dollars
from pxbin_app.widgets.labels import Dot, ElidingLabel, Label, Pill
from pxbin_app.widgets.sparkline import Meter
from pxbin_app.widgets.styling import row as row_of
from pxbin_engine.records import BudgetStatus

_CARD_WIDTH = 320
"""A card is never narrower; as many stand beside one another as there is room for."""
_MOST_COLUMNS = 3
FEW_METERS = 4
_MOST_METERS = 50


class BudgetGrid(QWidget):
    """The cards in as many columns as fit. A card stays the same widget as long as its budget is there."""

    edit_wanted = Signal(object)
    delete_wanted = Signal(object)
    """Each with the ``BudgetRecord``."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: dict[UUID, BudgetCard] = {}
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(METRICS.gap)

    def show_rows(self, rows: Sequence[BudgetRow]) -> None:
        """Show these budgets, in this order."""
        before = list(self.cards)
        wanted = {row.record.id: row for row in rows}
        for gone in [one for one in self.cards if one not in wanted]:
            self.cards.pop(gone).deleteLater()
        self.cards = {one: self.cards.get(one) or self._new_card() for one in wanted}
        for one, row in wanted.items():
            self.cards[one].show_row(row)
        if list(self.cards) != before:
            self._place()

    def _new_card(self) -> "BudgetCard":
        card = BudgetCard()
        card.edit_wanted.connect(self.edit_wanted)
        card.delete_wanted.connect(self.delete_wanted)
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitting() != self._columns:
            self._place()

    def _fitting(self) -> int:
        room = (self.width() + METRICS.gap) // (_CARD_WIDTH + METRICS.gap)
        return max(1, min(_MOST_COLUMNS, room))

    def _place(self) -> None:
        self._columns = self._fitting()
        before: QWidget | None = None
        for place, card in enumerate(self.cards.values()):
            self._grid.addWidget(card, place // self._columns, place % self._columns)
            for control in (card.edit, card.delete, card.more):
                if before is not None:
                    QWidget.setTabOrder(before, control)
                before = control
        for column in range(_MOST_COLUMNS):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)


class BudgetCard(Card):
    """One budget."""

    edit_wanted = Signal(object)
    delete_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._row: BudgetRow | None = None
        self._all = False
        self._sign = Dot()
        self._name = ElidingLabel("", "strong")
        self.level = Pill()
        self.edit = IconButton("pencil-simple", "Edit", on_click=self._tell_edit)
        self.delete = IconButton("trash", "Delete", on_click=self._tell_delete)
        self._about = ElidingLabel("", "caption", "text3")
        self.whole = WholeMeter()
        self._meters: list[MeterLine] = []
        self._lines = QVBoxLayout()
        self._lines.setSpacing(6)
        self.note = Label("", "table", "text2", wrap=True)
        self.more = Button("", "quiet", on_click=self._toggle_all)
        self._unpriced = Label("", "caption", "warn", wrap=True)
        self._lay_out()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def _lay_out(self) -> None:
        head = row_of(self._sign, self._name, self.level, 4, self.edit, self.delete, spacing=6)
        head.setStretchFactor(self._name, 1)
        self.add(head)
        self.add(self._about)
        self.body.addSpacing(4)
        self.add(self.whole)
        self.add(self._lines)
        self.add(self.note)
        self.add(self._unpriced)
        self.add(row_of(self.more, None))
        self.body.addStretch(1)

    def show_row(self, row: BudgetRow) -> None:
        """Show a budget as it is now; one that is the same as before costs nothing."""
        if row != self._row:
            self._row = row
            self._show(row)

    def _show(self, row: BudgetRow) -> None:
        record, worst = row.record, row.meters[0] if row.meters else None
        word, tone = budget_words.LEVELS[worst.level if worst else "ok"]
        if not record.is_active:
            word, tone = "switched off", "neutral"
        self._sign.set_tone(tone)
        self._name.set_text(record.name)
        self.level.set_state(word, tone)
        self._about.set_text(budget_words.about(record, row.subject))
        for button, does in ((self.edit, "Edit"), (self.delete, "Delete")):
            button.setToolTip(f"{does} {record.name}")
            button.setAccessibleName(f"{does} {record.name}")
        self._show_meters(row, worst)
        self._show_unpriced(row.meters)
        self.setAccessibleName(f"Budget {record.name}: {word}. {self._said(row)}".strip())

    def _show_meters(self, row: BudgetRow, worst: BudgetStatus | None) -> None:
        alone = worst if worst is not None and not row.each else None
        self.whole.setVisible(alone is not None)
        if alone is not None:
            self.whole.show_status(alone, row.now)
        shown = row.meters[: _MOST_METERS if self._all else FEW_METERS] if row.each else ()
        while len(self._meters) < len(shown):
            self._meters.append(MeterLine())
            self._lines.addWidget(self._meters[-1])
        for place, line in enumerate(self._meters):
            line.setVisible(place < len(shown))
            if place < len(shown):
                line.show_status(shown[place])
        hidden = len(row.meters) - len(shown) if row.each else 0
        self.more.setVisible(row.each and len(row.meters) > FEW_METERS)
        self.more.setText("Show fewer" if self._all else f"{count(hidden)} more")
        self.note.setText(self._said(row))
        self.note.setVisible(bool(self.note.text()))

    def _said(self, row: BudgetRow) -> str:
        if not row.record.is_active:
            return "It counts nothing and refuses nothing."
        if not row.meters:
            limit = budget_words.limit_text(row.record.limit)
            return f"Nothing was spent yet; {limit} for each." if row.each else ""
        if row.each:
            ends = budget_words.ends_text(row.meters[0], row.now)
            return ends[:1].upper() + ends[1:]
        return budget_words.outlook(row.meters[0])

    def _show_unpriced(self, meters: Sequence[BudgetStatus]) -> None:
        unpriced = sum(meter.unpriced_requests for meter in meters)
        said = counted(unpriced, "request without a price is", "requests without a price are")
        self._unpriced.setText(f"{said} not counted.")
        self._unpriced.setVisible(unpriced > 0)

    def _toggle_all(self) -> None:
        self._all = not self._all
        if self._row is not None:
            self._show(self._row)

    def _tell_edit(self) -> None:
        if self._row is not None:
            self.edit_wanted.emit(self._row.record)

    def _tell_delete(self) -> None:
        if self._row is not None:
            self.delete_wanted.emit(self._row.record)


class WholeMeter(QWidget):
    """The one meter of a budget: the figure, the bar, and until when."""

    def __init__(self) -> None:
        super().__init__()
        self._spent = Label("", "figure")
        self._of = Label("", "body", "text2")
        self._ends = Label("", "caption", "text2")
        self.meter = Meter()
        for label in (self._of, self._ends):
            label.setContentsMargins(0, 0, 0, 4)  # all on one base line
        bottom = Qt.AlignmentFlag.AlignBottom
        figures = row_of(spacing=6)
        figures.addWidget(self._spent, 0, bottom)
        figures.addWidget(self._of, 0, bottom)
        figures.addStretch(1)
        figures.addWidget(self._ends, 0, bottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 2)
        layout.setSpacing(4)
        layout.addLayout(figures)
        layout.addWidget(self.meter)

    def show_status(self, status: BudgetStatus, now: datetime) -> None:
        """Show how it stands."""
        self._spent.setText(dollars(status.spent))
        self._of.setText(f"of {budget_words.limit_text(status.budget.limit)}")
        self._ends.setText(budget_words.ends_text(status, now))
        fill(self.meter, status)


class MeterLine(QWidget):
    """One of several meters: whose, how much, and its bar."""

    def __init__(self) -> None:
        super().__init__()
        self._sign = Dot()
        self._whose = ElidingLabel("", "table-strong")
        self._spent = Label("", "table", "text2")
        self._level = Label("", "caption")
        self.meter = Meter()
        head = row_of(self._sign, self._whose, self._level, self._spent, spacing=6)
        head.setStretchFactor(self._whose, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(head)
        layout.addWidget(self.meter)

    def show_status(self, status: BudgetStatus) -> None:
        """Show how it stands."""
        word, tone = budget_words.LEVELS[status.level]
        self._sign.set_tone(tone)
        self._whose.set_text(status.label or status.subject)
        self._spent.setText(budget_words.spent_text(status))
        self._level.setText("" if status.level == "ok" else word)
        self._level.set_color(tone)
        fill(self.meter, status)


def fill(meter: Meter, status: BudgetStatus) -> None:
    """Let a bar show what is spent, what is held for requests in flight, and the soft threshold."""
    budget = status.budget
    tone = budget_words.LEVELS[status.level][1]
    held = f", {dollars(status.reserved)} held for requests in flight" if status.reserved else ""
    said = f"{budget_words.whose(status)}: {budget_words.spent_text(status)} is spent{held}"
    meter.set_share(
        budget_words.share(status),
        said,
        held=float(status.reserved / budget.limit) if budget.limit else 0.0,
        mark=budget.warn_share,
        tone="info" if tone == "ok" else tone,
    )
