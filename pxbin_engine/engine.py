"""The composition root: builds every part once, starts and stops them in order, swaps snapshots on change."""

import enum

from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus


class EngineState(enum.StrEnum):
    """Where the engine stands."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FAILED = "failed"


class Engine:
    """The engine of one process."""

    def __init__(self, config: EngineConfig) -> None:
        self.config = config
        self.events = EventBus()
        self.state = EngineState.STOPPED
