"""The file in which a calibration outlives the process; losing it costs accuracy for a while, and nothing else."""

import logging
from pathlib import Path

from pxbin_engine.gateway.calibration import Calibration

logger = logging.getLogger(__name__)

NAME = "calibration.json"


class CalibrationFile:
    """Keeps ``calibration`` in a folder."""

    def __init__(self, folder: Path, calibration: Calibration) -> None:
        self._path = folder / NAME
        self._calibration = calibration

    def load(self) -> None:
        """Take in what an earlier process learned; a file that cannot be read is left out and said so."""
        try:
            self._calibration.load(self._path.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            logger.warning("calibration.unreadable path=%s reason=%s", self._path, error)

    def save(self) -> None:
        """Write what was learned since the last time; a crash leaves the file as it was or as it is to be."""
        if not self._calibration.changed:
            return
        written = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            written.write_bytes(self._calibration.dump())
            written.replace(self._path)
        except OSError as error:
            logger.warning("calibration.not_kept path=%s reason=%s", self._path, error)
