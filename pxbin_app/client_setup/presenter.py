"""State and actions of setting clients up: which there are, what would change in the chosen one's files, and whether it works.

Rules:
1. Between ``stop`` and ``start`` it asks nothing and listens to nothing.
2. What comes back for a client, or models, that are not chosen any more is dropped.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from pxbin_app.client_setup.operations import NOTHING, Known, SetupOperations
from pxbin_app.client_setup.probe import Probed
from pxbin_app.client_setup.words import undone_words
from pxbin_app.clients import CLIENTS, Client, Plan, Status, Undone
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone
from pxbin_engine.events import EngineStateChanged
from pxbin_engine.records import KeyRecord

NOT_RUNNING = "pxbin is not running, so no client can be pointed at it."
NO_MODEL = "No model is there yet: import one, then set clients up."
_USUAL_URL = "http://127.0.0.1:8080"


class ClientSetupPresenter(QObject):
    """All clients, and one that is chosen.

    Signals:
        changed: statuses, models, the chosen client, its plan or what went wrong are others now.
        tested: a test began, or ended.
        undone: an ``Undone``: the client is as it was, and its key may be revoked.

    Attributes:
        choices: the chosen client's models, by slot.
        plan: what would change; None while it is made, and where ``error`` says why there is none.
        result: of the last test of the chosen client.
    """

    changed = Signal()
    tested = Signal()
    undone = Signal(object)

    def __init__(
        self,
        bridge: EngineBridge,
        notify: Callable[[str, Tone], None],
        parent: QObject | None = None,
        *,
        operations: SetupOperations | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._notify = notify
        self._operations = operations or SetupOperations(bridge)
        self._listening = False
        self._known = NOTHING
        self._versions: dict[str, str] = {}
        self.chosen: Client = CLIENTS[0]
        self.choices: dict[str, str] = {}
        self.plan: Plan | None = None
        self.error = ""
        self.busy = False
        self.testing = False
        self.result: Probed | None = None

    # ------------------------------------------------------------------ what a view reads

    @property
    def statuses(self) -> Mapping[str, Status]:
        """How the clients stand, by name; empty before they were looked at."""
        return self._known.statuses

    @property
    def models(self) -> tuple[str, ...]:
        """What clients can be given."""
        return self._known.models

    @property
    def status(self) -> Status | None:
        """How the chosen client stands; None before it was looked at."""
        return self.statuses.get(self.chosen.name)

    @property
    def version(self) -> str:
        """Of the chosen client's program; empty where it is not known (yet)."""
        return self._versions.get(self.chosen.name, "")

    @property
    def ready(self) -> bool:
        """Whether pxbin runs."""
        return self._bridge.ready

    @property
    def can_apply(self) -> bool:
        """Whether there is something to write."""
        return self.plan is not None and not self.plan.already_ours and not self.busy

    @property
    def can_test(self) -> bool:
        """Whether the client points here already, so that it can be tried."""
        status = self.status
        return status is not None and status.state == "connected" and not self.busy

    @property
    def base_url(self) -> str:
        """Of this pxbin; where it does not run, the usual one."""
        return self._operations.base_url if self._bridge.ready else _USUAL_URL

    def shown_path(self, path: Path) -> str:
        """A path as people write it."""
        return self._operations.shown_path(path)

    # ------------------------------------------------------------------ in and out of view

    def start(self) -> None:
        """It came into view."""
        if not self._listening:
            self._listening = True
            self._bridge.configuration.connect(self._on_configuration)
            self._bridge.state.connect(self._on_state)
        self.reload()

    def stop(self) -> None:
        """It left the view."""
        if self._listening:
            self._listening = False
            self._bridge.configuration.disconnect(self._on_configuration)
            self._bridge.state.disconnect(self._on_state)

    def reload(self) -> None:
        """Look at the machine and at pxbin anew."""
        if self._bridge.ready:
            run_action(
                self._operations.look(), name="clients.look", done=self._show, failed=self._fail
            )
        else:
            self._fail(NOT_RUNNING if self._bridge.failed else "")

    # ------------------------------------------------------------------ what the person does

    def choose(self, name: str) -> None:
        """Show another client."""
        self.chosen = next(client for client in CLIENTS if client.name == name)
        self.result = None
        self.choices = self._suggested()
        self._plan_anew()
        self._ask_version()

    def choose_model(self, slot: str, model: str) -> None:
        """Put a model into one of the client's slots."""
        self.choices = self.choices | {slot: model}
        self._plan_anew()

    def apply(self, *, then_test: bool = False) -> None:
        """Write what the plan shows; and try it out."""
        plan = self.plan
        if plan is None or self.busy:
            return
        self.result = None

        def applied(_: None) -> None:
            self._notify(f"{plan.client.title} points at pxbin", "ok")
            self.reload()
            if then_test:
                self.test()

        run_action(
            self._operations.apply(plan, self._known),
            name="clients.apply",
            done=applied,
            failed=self._not_applied,
            busy=self._set_busy,
        )

    def test(self) -> None:
        """Send one request as the client would, by what its file says now."""
        if self.testing:
            return
        client = self.chosen
        self.testing, self.result = True, None
        self.tested.emit()
        run_action(
            self._operations.test(client, self._known),
            name="clients.test",
            done=lambda result: self._show_result(client, result),
            failed=lambda text: self._show_result(client, Probed(problem=text)),
        )

    def undo(self) -> None:
        """Take back what pxbin wrote into the chosen client's files."""
        if self.busy:
            return
        client = self.chosen

        def finish(undone: Undone) -> None:
            self.result = None
            self._notify(undone_words(client.title, undone), "ok")
            self.reload()
            self.undone.emit(undone)

        run_action(
            self._operations.undo(client),
            name="clients.undo",
            done=finish,
            failed=self._say_failure,
            busy=self._set_busy,
        )

    def key_of(self, undone: Undone) -> KeyRecord | None:
        """The key that the client used, where it is still in force."""
        return next((key for key in self._known.keys if key.id == undone.key_id), None)

    def revoke(self, key_id: UUID) -> None:
        """Stop the key that the client used."""
        run_action(
            self._bridge.engine.keys.revoke(key_id),
            name="clients.revoke",
            done=lambda record: self._notify(f"{record.name} revoked", "ok"),
            failed=self._say_failure,
        )

    # ------------------------------------------------------------------ what comes back

    def _show(self, known: Known) -> None:
        first = self._known is NOTHING
        self._known = known
        if first:
            self.chosen = _most_wanted(known.statuses)
        kept = {slot: model for slot, model in self.choices.items() if model in known.models}
        self.choices = self._suggested() | kept
        self._plan_anew()
        self._ask_version()

    def _suggested(self) -> dict[str, str]:
        """The models that the file has, as far as pxbin has them; else what seems best."""
        status, models = self.status, self.models
        if not models:
            return {}
        present = dict(status.models) if status else {}
        return {
            slot: present[slot] if present.get(slot) in models else model
            for slot, model in self.chosen.suggested(models).items()
        }

    def _plan_anew(self) -> None:
        if self.status is None or not self.models:
            self._fail(NO_MODEL if self.status else "")
            return
        client, choices = self.chosen, dict(self.choices)

        def show(plan: Plan | None, error: str = "") -> None:
            if client is self.chosen and choices == self.choices:
                self.plan, self.error = plan, error
                self.changed.emit()

        run_action(
            self._operations.plan(client, choices, self._known),
            name="clients.plan",
            done=show,
            failed=lambda text: show(None, text),
        )

    def _show_result(self, client: Client, result: Probed) -> None:
        self.testing = False
        if client is self.chosen:
            self.result = result
        self.tested.emit()

    def _ask_version(self) -> None:
        client, status = self.chosen, self.status
        if status is None or status.program is None or client.name in self._versions:
            return
        self._versions[client.name] = ""

        def show(version: str) -> None:
            self._versions[client.name] = version
            self.changed.emit()

        run_action(
            self._operations.version(status.program),
            name="clients.version",
            done=show,
            failed=lambda _: None,
        )

    # ------------------------------------------------------------------ what happens

    def _not_applied(self, text: str) -> None:
        self._say_failure(text)
        self.reload()

    def _say_failure(self, text: str) -> None:
        self._notify(text, "err")

    def _fail(self, text: str) -> None:
        self.plan, self.error = None, text
        self.changed.emit()

    def _set_busy(self, busy: bool) -> None:
        self.busy = busy
        self.changed.emit()

    def _on_configuration(self, what: str) -> None:
        if what in ("models", "keys", "all"):
            self.reload()

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state in ("running", "failed"):
            self.reload()


def _most_wanted(statuses: Mapping[str, Status]) -> Client:
    """The first that is on this machine and does not point here yet; else the first."""
    here = (
        status.client
        for status in statuses.values()
        if status.state not in ("not found", "connected")
    )
    return next(here, CLIENTS[0])
