"""The page Costs: budgets as cards, and under them what was spent, and by which sessions."""

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from pxbin_app import budget_words
from pxbin_app.look_back import PERIODS, Period
from pxbin_app.pages import PageContext
from pxbin_app.pages.costs.cards import BudgetGrid
from pxbin_app.pages.costs.dialogs import BudgetDialog
from pxbin_app.pages.costs.presenter import BudgetsPresenter, Subjects
from pxbin_app.pages.costs.reconcile_dialog import ReconcileDialog
from pxbin_app.pages.costs.sessions import SessionBoard
from pxbin_app.pages.costs.sessions_presenter import SessionsPresenter
from pxbin_app.pages.costs.spend import SpendBoard
from pxbin_app.pages.costs.spend_presenter import SpendPresenter
from pxbin_app.theme import METRICS
from pxbin_app.widgets.buttons import Button, SegmentedControl
from pxbin_app.widgets.cards import Card
from pxbin_app.widgets.dialogs import ConfirmDialog
from pxbin_app.widgets.labels import Label
from pxbin_app.widgets.page import Page
from pxbin_app.widgets.states import StatefulView
from pxbin_app.widgets.styling import column, row
from pxbin_engine.records import BudgetRecord, SessionOrder

_NO_BUDGET = (
    "A budget stops, or tells you, before a day, a week or a month costs more than you want."
)


class CostsPage(Page):
    """What may be spent, and what was."""

    def __init__(self, context: PageContext) -> None:
        super().__init__("Costs")
        self.budgets = BudgetsPresenter(context.bridge, context.notify)
        self.spending = SpendPresenter(context.bridge, self)
        self.sessions = SessionsPresenter(context.bridge, self)
        self._bridge = context.bridge
        self._show_requests = context.show_requests
        self.reconcile = Button("Reconcile", icon_name="scales", on_click=self._reconcile)
        self.add_budget = Button(
            "Add budget", "primary", icon_name="plus", on_click=self.budgets.ask_for_form
        )
        self.not_refreshed = Label("", "table", "warn")
        self.grid = BudgetGrid()
        self.budget_view = StatefulView(self.grid, skeleton_rows=4)
        self.nothing = NoBudget(self.budgets.ask_for_form)
        self.board = SpendBoard()
        self.spend_view = StatefulView(self.board, skeleton_rows=12)
        self.session_board = SessionBoard()
        self.session_view = StatefulView(self.session_board, skeleton_rows=6)
        self.orders = SegmentedControl([("recent", "Recent"), ("cost", "Most expensive")], "Order")
        self.periods = SegmentedControl(
            [(name, text) for name, (text, _) in PERIODS.items()], "Period"
        )
        self.periods.set_value(self.spending.period)
        self.sessions.period = self.spending.period
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.header.addWidget(self.not_refreshed)
        self.header.addStretch(1)
        self.header.addWidget(self.reconcile)
        self.header.addWidget(self.add_budget)
        content = QWidget()
        content.setProperty("kind", "scrolled")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(METRICS.page_margin, 0, METRICS.page_margin, 0)
        layout.setSpacing(METRICS.gap)
        layout.addWidget(self.nothing)
        layout.addWidget(self.budget_view)
        layout.addSpacing(4)
        layout.addLayout(row(Label("Spent", "heading"), None, self.periods))
        layout.addWidget(self.spend_view)
        layout.addSpacing(4)
        layout.addLayout(row(Label("Sessions", "heading"), None, self.orders))
        layout.addWidget(self.session_view, 1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.add(area, 1)

    def _connect(self) -> None:
        self.budgets.changed.connect(self._show_budgets)
        self.budgets.subjects_known.connect(self._open_form)
        self.grid.edit_wanted.connect(self.budgets.ask_for_form)
        self.grid.delete_wanted.connect(self._ask_to_delete)
        self.periods.chosen.connect(lambda name: self._look_back(cast("Period", name)))
        self.orders.chosen.connect(lambda name: self.sessions.set_order(cast("SessionOrder", name)))
        self.spending.view.connect(self._show_spend_view)
        self.spending.read.connect(self._show_spend)
        self.sessions.view.connect(self._show_session_view)
        self.sessions.changed.connect(
            lambda: self.session_board.show_rows(self.sessions.rows, self.sessions.total)
        )
        self.session_board.toggled.connect(self.sessions.toggle)
        self.session_board.requests_wanted.connect(self._show_requests)

    def shown(self) -> None:
        self.budgets.start()
        self.spending.start()
        self.sessions.start()

    def hidden(self) -> None:
        self.budgets.stop()
        self.spending.stop()
        self.sessions.stop()

    # ------------------------------------------------------------------ what the presenters tell

    def _show_budgets(self) -> None:
        budgets = self.budgets
        empty = budgets.state == "loaded" and not budgets.rows
        self.nothing.setVisible(empty)
        self.budget_view.setVisible(not empty)
        self.add_budget.setVisible(budgets.state == "loaded" and not empty)
        stale = budgets.error if budgets.state == "loaded" else ""
        self.not_refreshed.setText(f"Not refreshed: {stale}" if stale else "")
        if budgets.state == "loading":
            self.budget_view.show_loading()
        elif budgets.state == "failed":
            retry = budgets.reload if budgets.ready else None
            self.budget_view.show_error(budgets.error, on_click=retry)
        else:
            self.grid.show_rows(budgets.rows)
            self.budget_view.show_content()

    def _show_spend_view(self, view: str, sentence: str) -> None:
        _show_view(self.spend_view, view, sentence, self.spending.refresh)

    def _show_session_view(self, view: str, sentence: str) -> None:
        _show_view(self.session_view, view, sentence, self.sessions.refresh)

    def _show_spend(self) -> None:
        if self.spending.spend is not None:
            self.board.show_spend(self.spending.spend)

    # ------------------------------------------------------------------ what the person does

    def _look_back(self, period: Period) -> None:
        self.spending.set_period(period)
        self.sessions.set_period(period)

    def _open_form(self, subjects: Subjects, record: BudgetRecord | None) -> None:
        dialog = BudgetDialog(self, subjects, record)

        def submit() -> None:
            values = dialog.values()
            if values is None:
                return
            if record is None:
                self.budgets.create(values, dialog)
            else:
                self.budgets.change(record, values, dialog)

        dialog.submitted.connect(submit)
        dialog.open()

    def _reconcile(self) -> None:
        ReconcileDialog(self, self._bridge).open()

    def _ask_to_delete(self, record: BudgetRecord) -> None:
        limit = f"{budget_words.limit_text(record.limit)} {budget_words.PERIODS[record.period]}"
        text = (
            f"Nothing holds this spending back any more ({limit.lower()}). What was spent stays"
            " in the log."
        )
        dialog = ConfirmDialog(self, f"Delete {record.name}?", text, confirm="Delete")
        dialog.accepted.connect(lambda: self.budgets.delete(record))
        dialog.open()


def _show_view(
    shown: StatefulView, view: str, sentence: str, try_again: Callable[[], None]
) -> None:
    """What a presenter's ``view`` tells."""
    if view == "loading":
        shown.show_loading()
    elif view == "error":
        shown.show_error(sentence, "Try again", try_again)
    elif view == "stopped":
        shown.show_error(sentence, "", None)
    elif view == "empty":
        shown.show_empty(sentence)
    else:
        shown.show_content()


class NoBudget(Card):
    """Stands where the cards would: why one has a budget, and the button that makes one."""

    def __init__(self, on_click: Callable[[], None]) -> None:
        super().__init__()
        self.setAccessibleName("No budget yet")
        words = column(
            Label("No budget yet", "strong"),
            Label(_NO_BUDGET, "body", "text2", wrap=True),
            spacing=2,
        )
        self.button = Button("Add a budget", "primary", icon_name="plus", on_click=on_click)
        line = row(spacing=16)
        line.addLayout(words, 1)
        line.addWidget(self.button)
        self.add(line)
        self.hide()
