"""What the filter offers to choose from: the models and the keys that there are."""

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action

Options = list[tuple[str, str]]
"""Each a value and what it is called."""


class OfferedChoices(QObject):
    """The choices, as they were when they were last read.

    Signals:
        changed: they were read.
        failed: they could not be: a sentence.

    Attributes:
        models, keys: by name.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, bridge: EngineBridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.models: Options = []
        self.keys: Options = []

    def key_name(self, key_id: str) -> str | None:
        """What the key of this id is called; None where it is not offered."""
        return dict(self.keys).get(key_id)

    def read(self, _what: str = "") -> None:
        """Read them anew."""
        if self._bridge.ready:
            run_action(
                self._options(), name="logs.options", done=self._show, failed=self.failed.emit
            )

    async def _options(self) -> tuple[Options, Options]:
        engine = self._bridge.engine
        models = [(model.name, model.name) for model in await engine.models.list()]
        keys = [(str(key.id), key.name) for key in await engine.keys.list("llm")]
        return sorted(models), sorted(keys, key=lambda option: option[1])

    def _show(self, options: tuple[Options, Options]) -> None:
        self.models, self.keys = options
        self.changed.emit()
