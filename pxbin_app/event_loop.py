"""The one loop of the app: asyncio's own machinery, driven by Qt's event loop.

Stock qasync makes a Qt timer for every ``call_later`` and a socket notifier for every descriptor; a cancelled timer
stays alive until it fires, so ordinary time-outs leak. Here asyncio keeps its own selector, ready queue and timer heap,
and Qt watches three things for it:

1. one ``QSocketNotifier`` on the selector's own descriptor (epoll, kqueue): some socket is ready;
2. one precise ``QTimer`` on the next deadline;
3. one posted event for a ``call_soon`` made from outside a pass (from a slot).

Each of them runs a *pass*: asyncio's own ``_run_once``, made unable to block. A pass is never entered twice: a nested Qt
loop inside a coroutine would break tasks, so it only halts them until it ends. Between passes Qt gets its turn at the
latest every ``_SLICE`` seconds. Where a selector has no descriptor (Windows), stock qasync runs instead.
"""

import asyncio
import math
import selectors
import sys
import threading
from asyncio import events
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any, TypeVarTuple

import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSocketNotifier, Qt, QTimer

Ts = TypeVarTuple("Ts")

_SLICE = 0.002
"""Seconds of passes in a row before Qt gets its turn."""

_LONGEST_TIMER = 86_400.0
"""Seconds; Qt counts milliseconds in 32 bits."""

_WAKE = QEvent.Type(QEvent.registerEventType())


class _Waker(QObject):
    """Turns a posted event into a pass."""

    def __init__(self, run: Callable[[], None]) -> None:
        super().__init__()
        self._run = run

    def event(self, event: QEvent) -> bool:
        if event.type() == _WAKE:
            self._run()
            return True
        return super().event(event)


def _nothing() -> None:
    """What keeps a pass from blocking: a ready callback."""


class SelectorEventLoop(qasync.QSelectorEventLoop if sys.platform != "win32" else object):  # type: ignore[misc]
    """A qasync loop that keeps asyncio's own selector, queue and timers (see the module's text)."""

    _selector: selectors.BaseSelector
    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _stopping: bool
    _thread_id: int | None

    def __init__(self, app: QCoreApplication) -> None:
        self._passing = False
        self._woken = False
        self._qt_ended = False
        self._app = app
        super().__init__(app)
        self._remove_reader(self._ssock.fileno())
        self._selector.close()
        self._selector = selectors.DefaultSelector()
        self._add_reader(self._ssock.fileno(), self._read_from_self)
        self._waker = _Waker(self._wake_up)
        self._deadline = QTimer(singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._deadline.timeout.connect(self._turn)
        self._notifier = QSocketNotifier(self._selector.fileno(), QSocketNotifier.Type.Read)
        self._notifier.setEnabled(False)
        self._notifier.activated.connect(self._turn)

    # What qasync replaces by Qt objects goes back to asyncio's own.
    _add_reader = asyncio.SelectorEventLoop._add_reader  # type: ignore[attr-defined]  # noqa: SLF001
    _remove_reader = asyncio.SelectorEventLoop._remove_reader  # type: ignore[attr-defined]  # noqa: SLF001
    _add_writer = asyncio.SelectorEventLoop._add_writer  # type: ignore[attr-defined]  # noqa: SLF001
    _remove_writer = asyncio.SelectorEventLoop._remove_writer  # type: ignore[attr-defined]  # noqa: SLF001
    _process_events = asyncio.SelectorEventLoop._process_events  # type: ignore[attr-defined]  # noqa: SLF001
    _add_callback = asyncio.SelectorEventLoop._add_callback  # type: ignore[attr-defined]  # noqa: SLF001
    call_later = asyncio.SelectorEventLoop.call_later
    call_soon_threadsafe = asyncio.SelectorEventLoop.call_soon_threadsafe
    time = asyncio.SelectorEventLoop.time
    is_running = asyncio.SelectorEventLoop.is_running
    run_until_complete = asyncio.SelectorEventLoop.run_until_complete
    run_in_executor = asyncio.SelectorEventLoop.run_in_executor
    set_default_executor = asyncio.SelectorEventLoop.set_default_executor
    set_exception_handler = asyncio.SelectorEventLoop.set_exception_handler
    default_exception_handler = asyncio.SelectorEventLoop.default_exception_handler
    call_exception_handler = asyncio.SelectorEventLoop.call_exception_handler
    get_debug = asyncio.SelectorEventLoop.get_debug
    set_debug = asyncio.SelectorEventLoop.set_debug

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """As asyncio's; from outside a pass it also wakes the loop."""
        handle = asyncio.SelectorEventLoop.call_soon(self, callback, *args, context=context)
        self._wake()
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As asyncio's; from outside a pass it also moves Qt's timer."""
        handle = asyncio.SelectorEventLoop.call_at(self, when, callback, *args, context=context)
        self._wake()
        return handle

    def run_forever(self) -> None:
        """Run Qt's event loop, and asyncio on it, until ``stop()``."""
        self._check_closed()
        self._check_running()
        hooks = sys.get_asyncgen_hooks()
        try:
            self._thread_id = threading.get_ident()
            sys.set_asyncgen_hooks(
                firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook
            )
            events._set_running_loop(self)  # noqa: SLF001
            self._notifier.setEnabled(True)
            self._deadline.start(0)
            if not self._qt_ended:
                self._app.exec()
                self._qt_ended = not self._stopping
            while not self._stopping:
                # Qt ended by itself (its display died): asyncio goes on without it, so that all can be closed in order.
                asyncio.SelectorEventLoop._run_once(self)  # type: ignore[attr-defined]  # noqa: SLF001
        finally:
            self._notifier.setEnabled(False)
            self._deadline.stop()
            self._stopping = False
            self._thread_id = None
            events._set_running_loop(None)  # noqa: SLF001
            sys.set_asyncgen_hooks(*hooks)

    def stop(self) -> None:
        """End ``run_forever`` after the current pass."""
        self._stopping = True
        self._wake()

    def close(self) -> None:
        """Release everything; the loop cannot run again."""
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        if self.is_closed():
            return
        self._notifier.setEnabled(False)
        self._deadline.stop()
        asyncio.SelectorEventLoop.close(self)

    def _wake(self) -> None:
        if self._passing or self._woken or self._thread_id is None:
            return
        self._woken = True
        QCoreApplication.postEvent(self._waker, QEvent(_WAKE))

    def _wake_up(self) -> None:
        self._woken = False
        self._turn()

    def _turn(self, *_: Any) -> None:
        """Passes until nothing is ready or the slice is used up; then Qt is told when to come back."""
        if self._passing:
            # Inside a nested Qt loop that a coroutine opened: halt, or the ready descriptor would spin it.
            self._notifier.setEnabled(False)
            return
        if self._thread_id is None:
            return
        self._passing = True
        end = self.time() + _SLICE
        try:
            self._pass()
            while self._ready and not self._stopping and self.time() < end:
                self._pass()
        finally:
            self._passing = False
            self._notifier.setEnabled(True)
            self._arm()

    def _pass(self) -> None:
        if not self._ready:
            self._ready.append(asyncio.Handle(_nothing, (), self))
        asyncio.SelectorEventLoop._run_once(self)  # type: ignore[attr-defined]  # noqa: SLF001

    def _arm(self) -> None:
        if self._stopping:
            self._app.exit()
        elif self._ready:
            self._deadline.start(0)
        elif self._scheduled:
            delay = min(max(0.0, self._scheduled[0].when() - self.time()), _LONGEST_TIMER)
            self._deadline.start(math.ceil(delay * 1000))
        else:
            self._deadline.stop()


def new_event_loop(app: QCoreApplication) -> asyncio.AbstractEventLoop:
    """The best qasync loop of this platform, set as the thread's current one."""
    loop: asyncio.AbstractEventLoop
    loop = qasync.QEventLoop(app) if sys.platform == "win32" else SelectorEventLoop(app)
    asyncio.set_event_loop(loop)
    return loop
