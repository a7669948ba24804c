"""Asks the engine where a request would go and why, as a person types what it would say."""

from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone
from pxbin_engine.records import (
    ExplainedTarget,
    Explanation,
    KeyRecord,
    ModelRecord,
    TargetState,
    UpstreamFormat,
)

PAUSE_MS = 200
"""As long as typing goes on nothing is asked."""

STATES: dict[TargetState, tuple[str, Tone]] = {
    "ready": ("ready", "ok"),
    "switched_off": ("off", "neutral"),
    "circuit_open": ("down", "err"),
    "key_unreadable": ("no key", "err"),
    "resting": ("resting", "warn"),
    "over_budget": ("over budget", "warn"),
}
"""How a target is, in a word, and its tone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the request would say of itself."""

    model: str
    key_id: UUID | None = None
    client: str = ""
    format: UpstreamFormat = "anthropic"


class ExplainPresenter(QObject):
    """The newest question and its answer. What is configured, and how upstreams are, may change meanwhile: then it is
    asked anew."""

    changed = Signal()
    """Keys, models, the answer or the error are others now."""

    def __init__(self, bridge: EngineBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._question = Question(model="")
        self._listening = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self.keys: tuple[KeyRecord, ...] = ()
        self.models: tuple[ModelRecord, ...] = ()
        self.explanation: Explanation | None = None
        self.error = ""

    def start(self) -> None:
        """The dialog is seen."""
        if self._listening:
            return
        self._listening = True
        self._bridge.configuration.connect(self._reload)
        self._bridge.health.connect(self._pause.start)
        self._reload()

    def stop(self) -> None:
        """It is closed or hidden: nothing is asked any more."""
        if not self._listening:
            return
        self._listening = False
        self._bridge.configuration.disconnect(self._reload)
        self._bridge.health.disconnect(self._pause.start)
        self._pause.stop()

    def set_question(self, question: Question) -> None:
        """Ask this as soon as the typing pauses."""
        if question != self._question:
            self._question = question
            self._pause.start()

    def _reload(self) -> None:
        run_action(
            self._load(),
            name="explain.load",
            done=lambda _none: self._pause.start(),
            failed=self._failed,
        )

    async def _load(self) -> None:
        self.keys = await self._bridge.engine.keys.list("llm")
        self.models = await self._bridge.engine.models.list()
        self.changed.emit()

    def _ask(self) -> None:
        asked = self._question
        if not asked.model or not self._bridge.ready:
            self._answered(None)
            return

        def done(explanation: Explanation) -> None:
            if asked == self._question:  # else more was typed meanwhile
                self._answered(explanation)

        work = self._bridge.engine.explain(
            model=asked.model, key_id=asked.key_id, client=asked.client, format=asked.format
        )
        run_action(work, name="explain.ask", done=done, failed=self._failed)

    def _answered(self, explanation: Explanation | None) -> None:
        self.explanation, self.error = explanation, ""
        self.changed.emit()

    def _failed(self, reason: str) -> None:
        self.explanation, self.error = None, reason
        self.changed.emit()


def verdict(explanation: Explanation) -> tuple[str, Tone]:
    """The whole answer in a sentence."""
    if explanation.refusal:
        return explanation.refusal, "err"
    if explanation.model is None:
        return f"There is no model for the name {explanation.asked_model}.", "err"
    first = next((one for one in explanation.targets if one.state == "ready"), None)
    if first is None:
        return "None of its targets can be tried now.", "err"
    passed_over = first is not explanation.targets[0]
    return f"It goes to {place_of(first)}.", "warn" if passed_over else "ok"


def place_of(target: ExplainedTarget) -> str:
    """``Z.ai as glm-4.6``."""
    return f"{target.upstream_name} as {target.upstream_model}"
