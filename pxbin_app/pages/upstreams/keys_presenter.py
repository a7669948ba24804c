"""The keys of one upstream: each change is made at once, and what is shown is what holds."""

from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from msgspec import UNSET
from PySide6.QtCore import QObject, QTimer, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.listing.presenter import FormAnswer, Notify
from pxbin_app.tasks import run_action
from pxbin_engine.records import UpstreamKeyRecord, UpstreamRecord

LOOK_MS = 2_000
"""How often it is looked whether a key still rests, while the keys are seen."""


class UpstreamKeysPresenter(QObject):
    """The upstream as it is after the last change, and which of its keys rest."""

    changed = Signal()

    def __init__(self, bridge: EngineBridge, notify: Notify, record: UpstreamRecord) -> None:
        super().__init__()
        self._bridge = bridge
        self._notify = notify
        self.record = record
        self.resting: frozenset[UUID] = frozenset()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def secret_description(self) -> str:
        """Where a new key is kept, and why there."""
        return self._bridge.engine.upstreams.secret_description

    def start(self) -> None:
        """The keys are seen."""
        self._timer.start()
        self._look()

    def stop(self) -> None:
        """They are not seen any more."""
        self._timer.stop()

    def add(self, label: str, secret: str, form: FormAnswer) -> None:
        """Give the upstream one more key."""
        work = self._bridge.engine.upstreams.add_key(self.record.id, secret, label=label)
        self._act(work, "upstream.add_key", form)

    def change(self, key: UpstreamKeyRecord, label: str, secret: str, form: FormAnswer) -> None:
        """Call a key something else, and with a ``secret`` put that in its place."""
        work = self._bridge.engine.upstreams.update_key(
            self.record.id, key.id, label=label, secret=secret or UNSET
        )
        self._act(work, "upstream.change_key", form)

    def set_active(self, key: UpstreamKeyRecord, active: bool) -> None:
        """Let a key be used, or leave it alone."""
        work = self._bridge.engine.upstreams.update_key(self.record.id, key.id, is_active=active)
        self._act(work, "upstream.set_key_active")

    def move(self, key: UpstreamKeyRecord, place: int) -> None:
        """Use a key earlier or later."""
        work = self._bridge.engine.upstreams.update_key(self.record.id, key.id, position=place)
        self._act(work, "upstream.move_key")

    def remove(self, key: UpstreamKeyRecord) -> None:
        """Take a key away, here and from where it is kept."""
        work = self._bridge.engine.upstreams.remove_key(self.record.id, key.id)
        self._act(work, "upstream.remove_key")

    def _act(
        self,
        work: Coroutine[Any, Any, UpstreamRecord],
        name: str,
        form: FormAnswer | None = None,
    ) -> None:
        def done(record: UpstreamRecord) -> None:
            if form is not None:
                form.accept()
            self.record = record
            self.changed.emit()

        def failed(reason: str) -> None:
            if form is not None:
                form.set_error(reason)
            else:
                self._notify(reason, "err")
            self.changed.emit()  # a line that was moved goes back to where it is

        run_action(
            work,
            name=name,
            done=done,
            failed=failed,
            invalid=form.set_field_error if form else None,
            busy=form.set_busy if form else lambda _busy: None,
        )

    def _look(self) -> None:
        if not self._bridge.ready:
            return
        seen = {one.upstream_id: one for one in self._bridge.engine.upstream_health()}
        mine = seen.get(self.record.id)
        resting = frozenset(mine.resting_keys) if mine else frozenset()
        if resting != self.resting:
            self.resting = resting
            self.changed.emit()
