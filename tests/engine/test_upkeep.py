"""What a serving engine does every hour, and what it keeps over its end."""

import asyncio
import logging
from pathlib import Path
from uuid import UUID

import pytest

from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.gateway.calibration import Calibration
from pxbin_engine.gateway.calibration_file import NAME, CalibrationFile
from pxbin_engine.protocol.tally import Tally
from pxbin_engine.upkeep import Upkeep

PLACE = (UUID(int=1), "m")


class Chores:
    """A log whose database is away the first time, and budgets to prune."""

    def __init__(self) -> None:
        self.maintained = 0
        self.pruned = asyncio.Event()

    async def maintain(self) -> None:
        self.maintained += 1
        if self.maintained == 1:
            raise DatabaseUnavailable("The database is away.")

    async def prune(self) -> None:
        self.pruned.set()


def learned() -> Calibration:
    calibration = Calibration()
    assert calibration.wants(PLACE)
    calibration.learn(PLACE, Tally(latin=100), 150)
    return calibration


def upkeep_of(
    folder: Path,
    calibration: Calibration,
    chores: Chores,
    *,
    writes: bool = True,
    seconds: float = 99.0,
) -> Upkeep:
    return Upkeep(
        chores,  # type: ignore[arg-type]  # what it asks of a log
        chores,  # type: ignore[arg-type]  # and of budgets
        CalibrationFile(folder, calibration),
        writes_calibration=writes,
        interval=seconds,
    )


async def test_a_database_that_is_away_is_told_and_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    chores = Chores()
    upkeep = upkeep_of(tmp_path, learned(), chores, seconds=0.001)
    upkeep.start()
    async with asyncio.timeout(5):
        await chores.pruned.wait()
    assert (tmp_path / NAME).exists()  # not only at the end: a killed engine has no end
    upkeep.stop()
    seen = chores.maintained
    await asyncio.sleep(0.01)
    assert chores.maintained == seen >= 2
    (warning,) = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert warning.getMessage() == "log.maintenance_postponed reason=The database is away."


async def test_what_was_learned_is_known_to_the_next_engine(tmp_path: Path) -> None:
    before, after = learned(), Calibration()
    for calibration in (before, after):
        upkeep = upkeep_of(tmp_path, calibration, Chores())
        upkeep.start()
        upkeep.stop()
    assert after.estimate(PLACE, Tally(latin=100)) == before.estimate(PLACE, Tally(latin=100)) > 105


async def test_of_several_engines_one_writes(tmp_path: Path) -> None:
    upkeep = upkeep_of(tmp_path, learned(), Chores(), writes=False)
    upkeep.start()
    upkeep.stop()
    assert not list(tmp_path.iterdir())
