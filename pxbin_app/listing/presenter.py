"""The state of a page that lists things: loads while the page is seen, follows changes, runs what a person asks for.

Rules:
1. Between ``stop`` and ``start`` it listens to nothing and asks nothing.
2. One load at a time; a change that comes meanwhile is loaded after it.
3. A load that fails takes no rows away: what was loaded stays, with the reason beside it.
"""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone
from pxbin_engine.events import DatabaseStateChanged, EngineStateChanged

if TYPE_CHECKING:
    from pxbin_engine import Engine

Row = TypeVar("Row")
T = TypeVar("T")
Notify = Callable[[str, Tone], None]
LoadState = Literal["loading", "loaded", "failed"]

NOT_RUNNING = "The engine is not running."


class FormAnswer(Protocol):
    """What a presenter tells the form that asked."""

    def set_busy(self, busy: bool) -> None:
        """The work began or ended."""

    def set_error(self, error: str) -> None:
        """It failed as a whole."""

    def set_field_error(self, name: str, error: str) -> None:
        """One input cannot be used."""

    def accept(self) -> None:
        """It is done."""


class ListPresenter(QObject, Generic[Row]):
    """Rows, what is being loaded, and the filter.

    Subclasses say what to load (``_load``), which configuration changes matter (``follows``), and what a filter finds
    (``_matches``).
    """

    changed = Signal()
    """Rows, state, error or filter are others now."""

    follows: ClassVar[frozenset[str]]

    def __init__(self, bridge: EngineBridge, notify: Notify) -> None:
        super().__init__()
        self._bridge = bridge
        self.notify = notify
        self.state: LoadState = "loading"
        self.error = ""
        self.rows: tuple[Row, ...] = ()
        self.filter = ""
        self._listening = False
        self._loading = False
        self._again = False

    @property
    def engine(self) -> "Engine":
        """The engine; only what a person can do while the page has loaded asks for it."""
        return self._bridge.engine

    @property
    def ready(self) -> bool:
        """Whether the engine can be asked; one that does not run is the window's to mend."""
        return self._bridge.ready

    @property
    def visible_rows(self) -> tuple[Row, ...]:
        """The rows that the filter finds."""
        sought = self.filter.strip().casefold()
        return tuple(row for row in self.rows if self._matches(row, sought))

    def start(self) -> None:
        """The page came into view."""
        if not self._listening:
            self._listening = True
            self._bridge.configuration.connect(self._on_configuration)
            self._bridge.state.connect(self._on_state)
            self._bridge.database.connect(self._on_database)
        self.reload()

    def stop(self) -> None:
        """The page left the view."""
        if self._listening:
            self._listening = False
            self._bridge.configuration.disconnect(self._on_configuration)
            self._bridge.state.disconnect(self._on_state)
            self._bridge.database.disconnect(self._on_database)

    def set_filter(self, text: str) -> None:
        """Show only the rows that have this text in them."""
        self.filter = text
        self.changed.emit()

    def reload(self) -> None:
        """Load the rows anew, as soon as the engine can be asked."""
        if not self._bridge.ready:
            if self._bridge.failed:
                self._load_failed(NOT_RUNNING)
            self.changed.emit()
        elif self._loading:
            self._again = True
        else:
            run_action(
                self._load(),
                name=f"{type(self).__name__}.load",
                done=self._loaded,
                failed=self._load_failed,
                busy=self._set_loading,
            )

    def act(
        self,
        work: Coroutine[Any, Any, T],
        *,
        name: str,
        done: Callable[[T], None],
        form: FormAnswer | None = None,
    ) -> None:
        """Run a use case; a form hears how it went where it was asked, else a failure is said in passing."""
        if form is None:
            run_action(work, name=name, done=done, failed=lambda text: self.notify(text, "err"))
            return
        asking = form

        def finish(result: T) -> None:
            asking.accept()
            done(result)

        run_action(
            work,
            name=name,
            done=finish,
            failed=asking.set_error,
            invalid=asking.set_field_error,
            busy=asking.set_busy,
        )

    async def _load(self) -> tuple[Row, ...]:
        raise NotImplementedError

    def _matches(self, row: Row, sought: str) -> bool:
        raise NotImplementedError

    def _set_loading(self, loading: bool) -> None:
        self._loading = loading
        if not loading and self._again:
            self._again = False
            self.reload()

    def _loaded(self, rows: tuple[Row, ...]) -> None:
        self.rows, self.state, self.error = rows, "loaded", ""
        self.changed.emit()

    def _load_failed(self, reason: str) -> None:
        self.error = reason
        if self.state != "loaded":
            self.state = "failed"
        self.changed.emit()

    def _on_configuration(self, what: str) -> None:
        if what == "all" or what in self.follows:
            self.reload()

    def _on_state(self, event: EngineStateChanged) -> None:
        if event.state == "failed":
            self._load_failed(event.detail or NOT_RUNNING)
        elif event.state in ("running", "starting"):
            if self.state == "failed":
                self.state, self.error = "loading", ""
            self.reload()

    def _on_database(self, event: DatabaseStateChanged) -> None:
        if event.available:
            self.reload()
