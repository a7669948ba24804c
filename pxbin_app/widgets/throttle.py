"""Latest wins: many calls become one with the last arguments, at most so often."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

REPAINT_MS = 100
"""10 Hz: faster than a person reads figures, slow enough to leave the loop to the streams."""


class Throttle(QObject):
    """``Throttle(self._repaint, parent=self)``: call it as often as you like.

    The first call acts at once; those that follow within the interval are kept, and the newest acts at its end.
    """

    def __init__(
        self, action: Callable[..., None], interval_ms: int = REPAINT_MS, *, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._action = action
        self._waiting: tuple[Any, ...] | None = None
        self._timer = QTimer(self, singleShot=True, interval=interval_ms)
        self._timer.timeout.connect(self._on_interval)

    def __call__(self, *args: Any) -> None:
        """Act now, or soon with these arguments."""
        if self._timer.isActive():
            self._waiting = args
        else:
            self._timer.start()
            self._action(*args)

    def cancel(self) -> None:
        """Forget what waits."""
        self._timer.stop()
        self._waiting = None

    def _on_interval(self) -> None:
        if self._waiting is None:
            return
        args, self._waiting = self._waiting, None
        self._timer.start()
        self._action(*args)
