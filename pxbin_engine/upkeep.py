"""Upkeep: what a serving engine does every hour, and what it learned of tokens, kept over its end."""

import asyncio
import logging

from pxbin_engine.accounting.budget_keeper import BudgetKeeper
from pxbin_engine.errors import StorageError
from pxbin_engine.gateway.calibration_file import CalibrationFile
from pxbin_engine.log_keeper import LogKeeper
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

_HOUR = 3600.0


class Upkeep:
    """Of one engine.

    Args:
        writes_calibration: of several engines on a data directory one writes the file, and all read it.
        interval: seconds.
    """

    def __init__(
        self,
        log: LogKeeper,
        budgets: BudgetKeeper,
        calibration: CalibrationFile,
        *,
        writes_calibration: bool,
        interval: float = _HOUR,
    ) -> None:
        self._log, self._budgets, self._calibration = log, budgets, calibration
        self._writes_calibration, self._interval = writes_calibration, interval
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take in what an earlier engine learned, and begin; the log was seen to at its own start."""
        self._calibration.load()
        self._task = spawn(self._run(), name="engine.upkeep")

    def stop(self) -> None:
        """End it; what was learned is kept."""
        if self._task is not None:
            self._task.cancel()
        self._save_calibration()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            self._save_calibration()
            try:
                await self._log.maintain()
                await self._budgets.prune()
            except StorageError as error:
                logger.warning("log.maintenance_postponed reason=%s", error.message)

    def _save_calibration(self) -> None:
        if self._writes_calibration:
            self._calibration.save()
