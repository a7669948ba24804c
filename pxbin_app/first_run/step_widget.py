"""What the overlay asks of each step's widget."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class StepWidget(QWidget):
    """A step.

    Signals:
        primary_changed: what its main button says, or whether it can be pressed, is another.
        done: what was begun by the main button is done, and the next step may come.
    """

    primary_changed = Signal()
    done = Signal()

    @property
    def primary(self) -> str:
        """What the main button says."""
        return "Continue"

    @property
    def can_go_on(self) -> bool:
        """Whether the main button can be pressed."""
        return True

    def shown(self) -> None:
        """It came into view."""

    def hidden(self) -> None:
        """It left the view: no more work."""

    def submit(self) -> bool:
        """The main button was pressed; whether the next step may come at once."""
        return True
