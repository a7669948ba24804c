"""Engine events -> Qt signals; requests in batches, so that a busy proxy never floods the window."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from pxbin_engine.events import (
    BudgetChanged,
    ConfigurationChanged,
    DatabaseStateChanged,
    DiskStateChanged,
    EngineStateChanged,
    RequestFinished,
    RequestStarted,
    RevokedKeyUsed,
    UpstreamHealthChanged,
)

if TYPE_CHECKING:
    from pxbin_engine import Engine

BATCH_MS = 100
"""Ten repaints a second are as live as an eye can tell."""

BUSY_MS = 300
"""Where a batch brought more than ``_READABLE`` events nobody can follow them one by one, and the streams need the time."""

_READABLE = 30

_BATCH_LIMIT = 2000
"""Requests of one batch; older ones are in the database and a page can ask for them."""

_READY = frozenset({"running", "paused"})


class EngineBridge(QObject):
    """What pages listen to.

    Signals:
        requests: a tuple of ``RequestStarted`` and ``RequestFinished`` in the order in which they happened.
        configuration: ``what`` changed (see ``ConfigurationChanged``), whoever changed it.
        health: an ``UpstreamHealthChanged``.
        budget: the ``BudgetStatus`` of a meter that came to another level.
        database: a ``DatabaseStateChanged``.
        disk: a ``DiskStateChanged``.
        revoked: a ``RevokedKeyUsed``.
        state: an ``EngineStateChanged``.

    Attributes:
        in_flight: the requests that are running now.
    """

    requests = Signal(object)
    configuration = Signal(str)
    health = Signal(object)
    budget = Signal(object)
    database = Signal(object)
    disk = Signal(object)
    revoked = Signal(object)
    state = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.in_flight: dict[UUID, RequestStarted] = {}
        self._engine: Engine | None = None
        self._batch: deque[RequestStarted | RequestFinished] = deque(maxlen=_BATCH_LIMIT)
        self._timer = QTimer(self, singleShot=True, interval=BATCH_MS)
        self._timer.timeout.connect(self._flush)
        self._subscriptions: list[Callable[[], None]] = []

    @property
    def engine(self) -> "Engine":
        """The engine. Its use cases work while ``ready``.

        Raises:
            RuntimeError: none is attached yet (the window paints before the engine is loaded).
        """
        if self._engine is None:
            raise RuntimeError("The engine is not loaded yet.")
        return self._engine

    @property
    def attached(self) -> bool:
        """Whether there is an engine at all."""
        return self._engine is not None

    @property
    def ready(self) -> bool:
        """Whether the engine's use cases can be called; ``state`` tells when that changes."""
        return self._engine is not None and self._engine.state in _READY

    @property
    def failed(self) -> bool:
        """Whether the engine could not start; the window says why, and offers to try again."""
        return self._engine is not None and self._engine.state == "failed"

    def attach(self, engine: "Engine") -> None:
        """Listen to ``engine`` from now on, and to no other."""
        self.close()
        self._engine = engine
        events = engine.events
        self._subscriptions = [
            events.subscribe(RequestStarted, self._started),
            events.subscribe(RequestFinished, self._finished),
            events.subscribe(
                ConfigurationChanged, lambda event: self.configuration.emit(event.what)
            ),
            events.subscribe(UpstreamHealthChanged, self.health.emit),
            events.subscribe(BudgetChanged, lambda event: self.budget.emit(event.status)),
            events.subscribe(DatabaseStateChanged, self.database.emit),
            events.subscribe(DiskStateChanged, self.disk.emit),
            events.subscribe(RevokedKeyUsed, self.revoked.emit),
            events.subscribe(EngineStateChanged, self.state.emit),
        ]

    def close(self) -> None:
        """Hear no more."""
        for unsubscribe in self._subscriptions:
            unsubscribe()
        self._subscriptions = []
        self._timer.stop()

    def _started(self, event: RequestStarted) -> None:
        self.in_flight[event.id] = event
        self._add(event)

    def _finished(self, event: RequestFinished) -> None:
        self.in_flight.pop(event.record.id, None)
        self._add(event)

    def _add(self, event: RequestStarted | RequestFinished) -> None:
        self._batch.append(event)
        if not self._timer.isActive():
            self._timer.start()

    def _flush(self) -> None:
        batch = tuple(self._batch)
        self._batch.clear()
        self._timer.setInterval(BUSY_MS if len(batch) > _READABLE else BATCH_MS)
        self.requests.emit(batch)
