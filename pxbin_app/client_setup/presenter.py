"""State and actions of setting clients up: which there are, what would change in the chosen one's files, and whether it works.

Rules:
1. Between ``stop`` and ``start`` it asks nothing and listens to nothing.
2. Files are read and written in a thread. What comes back for a client that is not chosen any more is dropped.
3. A key is made only when the person applies; where the file then cannot be written, that key is revoked again.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from pxbin_app.client_setup.probe import Probed, probe
from pxbin_app.clients import (
    CLIENTS,
    PREVIEW_KEY,
    Client,
    ClientSetup,
    Connection,
    Plan,
    Status,
    Undone,
    setup_in,
)
from pxbin_app.clients.version import version_of
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone
from pxbin_engine.events import EngineStateChanged
from pxbin_engine.records import KeyRecord

if TYPE_CHECKING:
    from pxbin_engine import Engine

Probe = Callable[["Engine", Client, Connection], Coroutine[Any, Any, Probed]]

NOT_RUNNING = "pxbin is not running, so no client can be pointed at it."
NO_MODEL = "No model is there yet: import one, then set clients up."


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What is known of the machine and of pxbin at one moment."""

    statuses: tuple[Status, ...]
    models: tuple[str, ...]
    keys: tuple[KeyRecord, ...]


class ClientSetupPresenter(QObject):
    """All clients, and one that is chosen.

    Signals:
        changed: statuses, models, the chosen client, its plan or what went wrong are others now.
        tested: a test began, or ended.
        undone: an ``Undone``: the client is as it was, and its key may be revoked.
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
        setup: ClientSetup | None = None,
        ask: Probe = probe,
        in_thread: Callable[..., Coroutine[Any, Any, Any]] = asyncio.to_thread,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._notify = notify
        self._setup = setup
        self._ask = ask
        self._in_thread = in_thread
        self._listening = False
        self._versions: dict[str, str] = {}
        self._keys: tuple[KeyRecord, ...] = ()
        self.chosen: Client = CLIENTS[0]
        self.statuses: dict[str, Status] = {}
        self.models: tuple[str, ...] = ()
        self.choices: dict[str, str] = {}
        self.plan: Plan | None = None
        self.error = ""
        self.busy = False
        self.testing = False
        self.result: Probed | None = None

    # ------------------------------------------------------------------ what a view reads

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
        return self._bridge.engine.base_url if self._bridge.ready else "http://127.0.0.1:8080"

    def shown_path(self, path: Path) -> str:
        """A path as people write it."""
        return self._clients.machine.shown(path)

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
        if not self._bridge.ready:
            self._fail(NOT_RUNNING if self._bridge.failed else "")
            return
        run_action(self._load(), name="clients.load", done=self._show_loaded, failed=self._fail)

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
            self._apply(plan),
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
            self._test(client),
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
            self._notify(_undone_words(client, undone), "ok")
            self.reload()
            self.undone.emit(undone)

        run_action(
            self._in_thread(self._clients.undo, client),
            name="clients.undo",
            done=finish,
            failed=lambda text: self._notify(text, "err"),
            busy=self._set_busy,
        )

    def key_of(self, undone: Undone) -> KeyRecord | None:
        """The key that the client used, where it is still in force."""
        return next((key for key in self._keys if key.id == undone.key_id and key.is_active), None)

    def revoke(self, key_id: UUID) -> None:
        """Stop the key that the client used."""
        run_action(
            self._bridge.engine.keys.revoke(key_id),
            name="clients.revoke",
            done=lambda record: self._notify(f"{record.name} revoked", "ok"),
            failed=lambda text: self._notify(text, "err"),
        )

    # ------------------------------------------------------------------ the work

    @property
    def _clients(self) -> ClientSetup:
        if self._setup is None:
            self._setup = setup_in(self._bridge.engine.config.data_dir)
        return self._setup

    async def _load(self) -> _Loaded:
        engine = self._bridge.engine
        models = tuple(model.name for model in await engine.models.list() if model.is_active)
        keys = tuple(key for key in await engine.keys.list("llm") if key.is_active)
        statuses = await self._in_thread(self._all_statuses, engine.base_url)
        return _Loaded(statuses, models, keys)

    def _all_statuses(self, base_url: str) -> tuple[Status, ...]:
        return tuple(self._clients.status(client, base_url) for client in CLIENTS)

    def _show_loaded(self, loaded: _Loaded) -> None:
        first = not self.statuses
        self.statuses = {status.client.name: status for status in loaded.statuses}
        self.models, self._keys = loaded.models, loaded.keys
        if first:
            self.chosen = _most_wanted(loaded.statuses)
        kept = {slot: model for slot, model in self.choices.items() if model in self.models}
        self.choices = self._suggested() | kept
        self._plan_anew()
        self._ask_version()

    def _suggested(self) -> dict[str, str]:
        """The models that the file has, as far as pxbin has them; else what seems best."""
        if not self.models:
            return {}
        status = self.status
        present = dict(status.models) if status else {}
        suggested = self.chosen.suggested(self.models)
        return {
            slot: present[slot] if present.get(slot) in self.models else model
            for slot, model in suggested.items()
        }

    def _plan_anew(self) -> None:
        status = self.status
        if status is None or not self.models:
            self.plan, self.error = None, "" if status is None else NO_MODEL
            self.changed.emit()
            return
        client, choices = self.chosen, dict(self.choices)
        connection = Connection(
            base_url=self._bridge.engine.base_url,
            key=self._present_key(status),
            models=choices,
            offered=self.models,
        )

        def show(plan: Plan | None, error: str = "") -> None:
            if client is self.chosen and choices == self.choices:
                self.plan, self.error = plan, error
                self.changed.emit()

        run_action(
            self._in_thread(self._clients.plan, client, connection),
            name="clients.plan",
            done=show,
            failed=lambda text: show(None, text),
        )

    def _present_key(self, status: Status) -> str:
        """The key in the client's file where pxbin still knows it; else one is made when the person applies."""
        key = status.pointing.key
        return key if self._record_of(key) else PREVIEW_KEY

    def _record_of(self, key: str) -> KeyRecord | None:
        """pxbin keeps of a key its SHA-256 only."""
        held = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
        return next((known for known in self._keys if known.key_hash == held), None)

    async def _apply(self, plan: Plan) -> None:
        known = self._record_of(plan.connection.key)
        if known is not None:
            await self._in_thread(self._clients.apply, plan, key_id=known.id)
            return
        keys = self._bridge.engine.keys
        made = await keys.create("llm", plan.client.title)
        try:
            final = await self._in_thread(self._clients.with_key, plan, made.key)
            await self._in_thread(self._clients.apply, final, key_id=made.record.id)
        except Exception:
            await keys.revoke(made.record.id)
            raise

    async def _test(self, client: Client) -> Probed:
        engine = self._bridge.engine
        status = await self._in_thread(self._clients.status, client, engine.base_url)
        models = client.suggested(self.models) | dict(status.models)
        connection = Connection(
            base_url=engine.base_url, key=status.pointing.key, models=models, offered=self.models
        )
        return await self._ask(engine, client, connection)

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
            self._in_thread(version_of, status.program),
            name="clients.version",
            done=show,
            failed=lambda _: None,
        )

    # ------------------------------------------------------------------ what happens

    def _not_applied(self, text: str) -> None:
        self._notify(text, "err")
        self.reload()

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


def _most_wanted(statuses: Sequence[Status]) -> Client:
    """The first that is on this machine and does not point here yet; else the first."""
    here = [status for status in statuses if status.state not in ("not found", "connected")]
    return (here or statuses)[0].client


def _undone_words(client: Client, undone: Undone) -> str:
    if undone.kept:
        names = ", ".join(undone.kept)
        return f"{client.title} is as it was, but for what you changed since: {names}"
    return f"{client.title} is as it was before pxbin"
