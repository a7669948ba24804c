"""State and actions of a replay: to which model, whether it runs, and how both answers compare."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.pages.logs.differences import Part, differing
from pxbin_app.tasks import run_action
from pxbin_app.widgets.format import count, duration, money
from pxbin_engine.records import Replay, ReplayAnswer, RequestRecord


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Both answers, and which parts of each the other does not say."""

    replay: Replay
    of_original: tuple[Part, ...]
    of_replayed: tuple[Part, ...]


class ReplayPresenter(QObject):
    """One replay at a time of one request.

    Signals:
        running: whether one runs.
        compared: ``comparison`` is there.
        failed: why it could not be sent: a sentence.
        invalid: an input that cannot be used, ``model`` or ``key_id``, and why.

    Attributes:
        record: the request.
        comparison: the newest; None: there was none yet.
    """

    running = Signal(bool)
    compared = Signal()
    failed = Signal(str)
    invalid = Signal(str, str)

    def __init__(self, bridge: EngineBridge, record: RequestRecord, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._task: asyncio.Task[None] | None = None
        self.record = record
        self.comparison: Comparison | None = None

    def run(self, model: str, key_id: str) -> None:
        """Send the request again; ``key_id`` pays for it, its own key where that is empty."""
        if not self._bridge.ready or (self._task is not None and not self._task.done()):
            return
        self._task = run_action(
            self._compare(model, UUID(key_id) if key_id else None),
            name="logs.replay",
            done=self._show,
            failed=self.failed.emit,
            invalid=self.invalid.emit,
            busy=self.running.emit,
        )

    def cancel(self) -> None:
        """Let go of the request that runs: its upstream is told, too."""
        if self._task is not None:
            self._task.cancel()

    async def _compare(self, model: str, key_id: UUID | None) -> Comparison:
        replays = self._bridge.engine.replays
        replay = await replays.run(self.record.id, model=model, key_id=key_id)
        texts = (spoken(replay.original), spoken(replay.replayed))
        of_original, of_replayed = await asyncio.to_thread(differing, *texts)
        return Comparison(replay=replay, of_original=of_original, of_replayed=of_replayed)

    def _show(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.compared.emit()


def figures(answer: ReplayAnswer) -> list[tuple[str, str]]:
    """What is compared beside the text, label by label."""
    return [
        ("Upstream", answer.upstream_name or "none"),
        ("Tokens", f"{count(answer.input_tokens)} in · {count(answer.output_tokens)} out"),
        ("Cost", money(answer.cost) if answer.cost is not None else "unknown price"),
        ("First token", duration(answer.ttft_ms)),
        ("Last byte", duration(answer.latency_ms)),
        ("Stopped by", (answer.stop_reason or "not told").replace("_", " ")),
    ]


def spoken(answer: ReplayAnswer) -> str:
    """What the model said, and below it what it called."""
    return "\n\n".join(filter(None, (answer.text, *answer.tool_calls)))


def said(answer: ReplayAnswer) -> str:
    """Why there is no answer, or not all of it; empty where there is one."""
    return answer.error or ("" if spoken(answer) else "It said nothing.")
