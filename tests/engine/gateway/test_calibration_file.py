"""What was learned survives the process; a broken file does not keep it from starting."""

import logging
from pathlib import Path
from uuid import UUID

import pytest

from pxbin_engine.gateway.calibration import Calibration
from pxbin_engine.gateway.calibration_file import NAME, CalibrationFile
from pxbin_engine.protocol.tally import Tally

PLACE = (UUID(int=1), "m")


def learned() -> Calibration:
    calibration = Calibration()
    assert calibration.wants(PLACE)
    calibration.learn(PLACE, Tally(latin=100), 150)
    return calibration


def test_it_is_there_again(tmp_path: Path) -> None:
    before, after = learned(), Calibration()
    CalibrationFile(tmp_path, before).save()
    CalibrationFile(tmp_path, after).load()
    assert after.estimate(PLACE, Tally(latin=100)) == before.estimate(PLACE, Tally(latin=100)) > 105
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_nothing_learned_writes_nothing(tmp_path: Path) -> None:
    kept = CalibrationFile(tmp_path, calibration := learned())
    kept.save()
    (tmp_path / NAME).unlink()
    kept.save()
    CalibrationFile(tmp_path, Calibration()).save()
    assert not list(tmp_path.iterdir())
    assert not calibration.changed


def test_no_file_is_a_fresh_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    CalibrationFile(tmp_path, Calibration()).load()
    assert not caplog.records


def test_its_folder_is_made(tmp_path: Path) -> None:
    CalibrationFile(tmp_path / "a" / "b", learned()).save()
    assert (tmp_path / "a" / "b" / NAME).exists()


def test_a_broken_file_and_a_folder_that_is_none_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_bytes(b"{")
    CalibrationFile(tmp_path, Calibration()).load()
    CalibrationFile(tmp_path / NAME, learned()).save()
    assert [(record.levelno, record.message.split()[0]) for record in caplog.records] == [
        (logging.WARNING, "calibration.unreadable"),
        (logging.WARNING, "calibration.not_kept"),
    ]
