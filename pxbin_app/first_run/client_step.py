"""Step 3 of the first run as widgets: a client is chosen, its diff is shown, and it is pointed at pxbin."""

from PySide6.QtWidgets import QVBoxLayout

from pxbin_app.client_setup.diff_view import DiffView
from pxbin_app.client_setup.presenter import ClientSetupPresenter
from pxbin_app.client_setup.setup_view import ConflictList, ModelChoices
from pxbin_app.client_setup.words import STATES, backup_words, lead_words
from pxbin_app.clients import CLIENTS, Plan
from pxbin_app.first_run.step_widget import StepWidget
from pxbin_app.widgets.buttons import SegmentedControl
from pxbin_app.widgets.labels import ElidingLabel, Label, Pill
from pxbin_app.widgets.messages import Banner
from pxbin_app.widgets.styling import row


class ClientStep(StepWidget):
    """The step."""

    def __init__(self, clients: ClientSetupPresenter) -> None:
        super().__init__()
        self._clients = clients
        self._applying = False
        self.choice = SegmentedControl([(one.name, one.title) for one in CLIENTS], "Client")
        self.state = Pill()
        self.models = ModelChoices()
        self.lead = Label("", "table", "text2", wrap=True)
        self.conflicts = ConflictList()
        self.diff = DiffView()
        self.backup = ElidingLabel("", "caption", "text2")
        self.problem = Banner("", "err")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(row(self.choice, 4, self.state, None))
        for part in (self.models, self.lead, self.conflicts, self.diff, self.backup, self.problem):
            layout.addWidget(part)
        layout.addStretch(1)
        self.choice.chosen.connect(clients.choose)
        self.models.chosen.connect(clients.choose_model)
        clients.changed.connect(self._show)
        self._show()

    @property
    def primary(self) -> str:
        if self._clients.busy:
            return "Writing…"
        return "Apply" if self._clients.can_apply else "Continue"

    @property
    def can_go_on(self) -> bool:
        return not self._clients.busy

    def shown(self) -> None:
        self._clients.start()
        self._show()

    def hidden(self) -> None:
        self._applying = False
        self._clients.stop()

    def submit(self) -> bool:
        if self._clients.can_apply:
            self._applying = True
            self._clients.apply()
            return False
        return True

    def _show(self) -> None:
        clients, status = self._clients, self._clients.status
        self.choice.set_value(clients.chosen.name)
        self.state.setVisible(status is not None)
        if status is not None:
            self.state.set_state(*STATES[status.state])
        for part in (self.models, self.lead, self.diff, self.backup):
            part.setVisible(clients.plan is not None)
        if clients.plan is not None:
            self._show_plan(clients.plan)
        problem = clients.error or (status.reason if status else "")
        self.problem.set_message(problem, "err")
        self.problem.setVisible(bool(problem))
        self.primary_changed.emit()
        self._see_applied()

    def _see_applied(self) -> None:
        """Written, and read again: the next step may come. What could not be written is told by the window."""
        plan = self._clients.plan
        if self._applying and not self._clients.busy and plan is not None and plan.already_ours:
            self._applying = False
            self.done.emit()

    def _show_plan(self, plan: Plan) -> None:
        clients = self._clients
        slots = [(slot.name, slot.title) for slot in plan.client.slots]
        self.models.show_choices(slots, clients.models, clients.choices)
        self.lead.setText(lead_words(plan, clients.status))
        self.conflicts.show_conflicts(plan.conflicts)
        shown = clients.shown_path
        self.diff.set_parts(
            [(shown(file.file.path), file.lines) for file in plan.files if file.lines]
        )
        self.diff.setVisible(not plan.already_ours)
        self.backup.set_text(backup_words(plan))
        self.backup.setVisible(bool(self.backup.full_text))
