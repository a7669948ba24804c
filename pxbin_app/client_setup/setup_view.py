"""One client: its models, what would change in its files, what is in the way, and the buttons that do it."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from pxbin_app.client_setup.diff_view import DiffView
from pxbin_app.client_setup.presenter import NO_MODEL, ClientSetupPresenter
from pxbin_app.client_setup.probe import Probed
from pxbin_app.client_setup.words import (
    CONFLICT_TONES,
    backup_words,
    lead_words,
    result_words,
    version_words,
)
from pxbin_app.clients import Conflict, Plan
from pxbin_app.theme import Tone, mono_font
from pxbin_app.widgets.buttons import Button
from pxbin_app.widgets.fields import Select
from pxbin_app.widgets.labels import Dot, ElidingLabel, Label
from pxbin_app.widgets.spinner import Spinner
from pxbin_app.widgets.states import StatefulView
from pxbin_app.widgets.styling import column, row

_PER_ROW = 2
"""Models side by side, where there is room for them."""
_ROOM = 480
"""Pixels that this takes."""
_WIDEST = 220
"""Of a list of models; longer names are in its tooltip."""


class SetupView(QWidget):
    """What a presenter has chosen. Signals lead away from it, to the pages that mend what is wrong.

    Args:
        with_undo: whether it offers to take back what was done; the first run does not.
    """

    models_wanted = Signal()
    request_wanted = Signal(object)

    def __init__(self, presenter: ClientSetupPresenter, *, with_undo: bool = True) -> None:
        super().__init__()
        self._presenter = presenter
        self.title = Label("", "heading")
        self.version = Label("", "table", "text2")
        self.models = ModelChoices()
        self.lead = Label("", "table", "text2", wrap=True)
        self.conflicts = ConflictList()
        self.diff = DiffView()
        self.result = ResultLine()
        self.backup = ElidingLabel("", "caption", "text2", font=mono_font(11))
        self.undo_button = Button(
            "Undo", "quiet", icon_name="arrow-counter-clockwise", on_click=presenter.undo
        )
        self.undo_button.setVisible(with_undo)
        self._with_undo = with_undo
        self.test_button = Button("Test", on_click=presenter.test)
        self.apply_button = Button("Apply", on_click=presenter.apply)
        self.primary = Button("Apply and test", "primary", on_click=self._act)
        self.content = QWidget()
        self.view = StatefulView(self.content, skeleton_rows=10)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        inner = QVBoxLayout(self.content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(10)
        inner.addWidget(self.models)
        inner.addWidget(self.lead)
        inner.addWidget(self.conflicts)
        inner.addWidget(self.diff, 1)
        inner.addWidget(self.result)
        inner.addWidget(self.backup)
        layout = column(spacing=10)
        layout.addLayout(row(self.title, None, self.version))
        layout.addWidget(self.view, 1)
        layout.addLayout(
            row(self.undo_button, None, self.test_button, self.apply_button, self.primary)
        )
        self.setLayout(layout)

    def _connect(self) -> None:
        self.models.chosen.connect(self._presenter.choose_model)
        self._presenter.changed.connect(self.show_state)
        self._presenter.tested.connect(self.show_state)
        self.result.request_wanted.connect(self.request_wanted)
        self.show_state()

    def show_state(self) -> None:
        """Show what the presenter has now."""
        presenter = self._presenter
        status, plan = presenter.status, presenter.plan
        self.title.setText(presenter.chosen.title)
        self.version.setText(version_words(status, presenter.version))
        self._show_buttons()
        self.result.show_result(presenter.result, testing=presenter.testing)
        if presenter.error == NO_MODEL and presenter.ready:
            self.view.show_empty(presenter.error, "Open Models", self.models_wanted.emit)
        elif presenter.error:
            retry = presenter.reload if presenter.ready else None
            self.view.show_error(presenter.error, "Try again", retry)
        elif plan is None:
            self.view.show_loading()
        else:
            self._show_plan(plan)
            self.view.show_content()

    def _show_plan(self, plan: Plan) -> None:
        presenter = self._presenter
        self.models.show_choices(
            [(slot.name, slot.title) for slot in plan.client.slots],
            presenter.models,
            presenter.choices,
        )
        self.lead.setText(lead_words(plan, presenter.status))
        self.conflicts.show_conflicts(plan.conflicts)
        shown = presenter.shown_path
        self.diff.set_parts(
            [
                (shown(file.file.path), lines)
                for file in plan.files
                if (lines := file.present if plan.already_ours else file.lines)
            ]
        )
        self.backup.set_text(backup_words(plan))
        self.backup.setVisible(bool(self.backup.full_text))

    def _show_buttons(self) -> None:
        """The primary button applies and tests; where nothing is to be applied, it tests."""
        presenter = self._presenter
        status = presenter.status
        undoable = status is not None and status.undoable
        self.undo_button.setVisible(self._with_undo and undoable)
        self.undo_button.setEnabled(not presenter.busy)
        done = presenter.plan is not None and presenter.plan.already_ours
        self.test_button.setVisible(presenter.can_test and not done)
        self.test_button.setEnabled(not presenter.testing)
        self.apply_button.setVisible(presenter.plan is not None and not done)
        self.apply_button.setEnabled(presenter.can_apply)
        self.primary.setVisible(presenter.plan is not None)
        self.primary.setText("Test" if done else "Apply and test")
        free = presenter.can_test if done else presenter.can_apply
        self.primary.setEnabled(free and not presenter.testing)

    def _act(self) -> None:
        plan = self._presenter.plan
        if plan is not None and plan.already_ours:
            self._presenter.test()
        else:
            self._presenter.apply(then_test=True)


class ModelChoices(QWidget):
    """A list of models for each of a client's slots."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.selects: dict[str, Select] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(2 * _PER_ROW, 1)
        self._slots: tuple[tuple[str, str], ...] = ()
        self._labels: list[Label] = []
        self._per_row = _PER_ROW

    def show_choices(
        self, slots: Sequence[tuple[str, str]], models: Sequence[str], choices: dict[str, str]
    ) -> None:
        """Offer these models for these slots (name, title)."""
        if tuple(slots) != self._slots:
            self._build(slots)
        options = [(model, model) for model in models]
        for name, select in self.selects.items():
            if [select.itemText(place) for place in range(select.count())] != list(models):
                select.set_options(options)
            select.set_value(choices.get(name, ""))
            select.setToolTip(select.value)

    def _build(self, slots: Sequence[tuple[str, str]]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._slots = tuple(slots)
        self.selects = {}
        self._labels = []
        for name, title in slots:
            select = Select(name=f"Model: {title}")
            select.setSizeAdjustPolicy(
                Select.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            select.setMinimumContentsLength(8)
            select.setMaximumWidth(_WIDEST)
            select.chosen.connect(lambda model, name=name: self.chosen.emit(name, model))
            self.selects[name] = select
            self._labels.append(Label(title, "table", "text2"))
        self._arrange()

    def _arrange(self) -> None:
        for half in range(_PER_ROW):
            self._grid.setColumnStretch(2 * half + 1, 2 if half < self._per_row else 0)
        fields = zip(self._labels, self.selects.values(), strict=True)
        for place, (label, select) in enumerate(fields):
            line, half = divmod(place, self._per_row)
            label.setContentsMargins(12 if half else 0, 0, 0, 0)
            self._grid.addWidget(label, line, 2 * half)
            self._grid.addWidget(select, line, 2 * half + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        per_row = _PER_ROW if self.width() >= _ROOM else 1
        if per_row != self._per_row:
            self._per_row = per_row
            self._arrange()

    def minimumSizeHint(self) -> QSize:
        """That of one below the other: else it could never become narrow enough for that."""
        widest = max((label.sizeHint().width() for label in self._labels), default=0)
        selects = (select.minimumSizeHint().width() for select in self.selects.values())
        wanted = widest + self._grid.horizontalSpacing() + max(selects, default=0)
        return QSize(wanted, super().minimumSizeHint().height())


class ConflictList(QWidget):
    """A line for each thing that is in the way, or good to know."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._shown: tuple[Conflict, ...] = ()
        self.labels: list[Label] = []
        self.hide()

    def show_conflicts(self, conflicts: Sequence[Conflict]) -> None:
        """Show these."""
        if tuple(conflicts) == self._shown:
            return
        self._shown = tuple(conflicts)
        while (item := self._layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.labels = []
        for conflict in conflicts:
            self._layout.addWidget(self._line(conflict))
        self.setVisible(bool(conflicts))

    def _line(self, conflict: Conflict) -> QWidget:
        tone: Tone = CONFLICT_TONES[conflict.severity]
        color = "text" if conflict.severity == "warning" else "text2"
        label = Label(conflict.text, "table", color, wrap=True)
        self.labels.append(label)
        line = QWidget()
        layout = row(Dot(tone), label)
        layout.setStretchFactor(label, 1)
        line.setLayout(layout)
        line.setAccessibleName(conflict.text)
        return line


class ResultLine(QWidget):
    """How the test went: turning while it runs, then what came back, with the way to its request."""

    request_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._spinner = Spinner("The test is running")
        self._dot = Dot("ok")
        self.text = Label("", "body", wrap=True)
        self.advice = Label("", "table", "text2", wrap=True)
        self.open_button = Button("Show request", "quiet", on_click=self._open)
        self._result: Probed | None = None
        words = column(self.text, self.advice, spacing=2)
        layout = row(self._spinner, self._dot, spacing=8)
        layout.addLayout(words, 1)
        layout.addWidget(self.open_button)
        self.setLayout(layout)
        self.hide()

    def show_result(self, result: Probed | None, *, testing: bool) -> None:
        """Show a test that runs, one that ended, or none."""
        self._result = result
        self._spinner.setVisible(testing)
        self._dot.setVisible(not testing)
        told, tone = result_words(result, testing=testing)
        self.text.setText(told)
        self._dot.set_tone(tone)
        self.advice.setText(result.advice if result else "")
        self.advice.setVisible(bool(self.advice.text()))
        self.open_button.setVisible(result is not None and result.record is not None)
        self.setAccessibleName(f"{told} {self.advice.text()}".strip())
        self.setVisible(bool(told))

    def _open(self) -> None:
        if self._result is not None and self._result.record is not None:
            self.request_wanted.emit(self._result.record.id)
