"""An export tells how far it is, can be cancelled, and is one at a time."""

import asyncio
from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.export import FORMATS, LogExport
from pxbin_engine.records import ExportFormat, RequestFilter
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.traffic import MemoryLog, a_days_requests


class Stand:
    """An export from a log of 1,203 requests, and what it told."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.engine = FakeEngine()
        self.engine.requests = MemoryLog(a_days_requests(1_203))
        self.export = LogExport(bridge_to(self.engine), self.parent)
        self.said: list[tuple[str, str]] = []
        self.rows: list[int] = []
        self.export.said.connect(lambda text, tone: self.said.append((text, tone)))
        self.export.changed.connect(lambda: self.rows.append(self.export.rows))

    async def ended(self) -> None:
        async with asyncio.timeout(20):
            while self.export.running or not self.said:
                await asyncio.sleep(0.005)


@pytest.fixture
async def stand(qtbot: QtBot) -> Stand:
    return Stand()


async def test_it_tells_how_far_it_is(stand: Stand, tmp_path: Path) -> None:
    stand.export.start(tmp_path / "rows.csv", RequestFilter(model="glm"), "csv")
    stand.export.start(tmp_path / "other.csv", RequestFilter(), "csv")
    await stand.ended()
    wanted = sum("glm" in record.model for record in stand.engine.requests.records)
    assert stand.said == [(f"{wanted:,} requests exported.", "ok")]
    assert stand.rows[-1] == wanted
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


async def test_it_grows_page_by_page(stand: Stand, tmp_path: Path) -> None:
    stand.export.start(tmp_path / "rows.jsonl", RequestFilter(), "jsonl")
    await stand.ended()
    assert list(dict.fromkeys(stand.rows)) == [*range(0, 1_203, 200), 1_203]


async def test_it_can_be_cancelled(stand: Stand, tmp_path: Path) -> None:
    stand.export.changed.connect(lambda: stand.export.rows and stand.export.cancel())
    stand.export.start(tmp_path / "rows.csv", RequestFilter(), "csv")
    await stand.ended()
    await settled()
    assert stand.said == [("The export was cancelled; no file was written.", "info")]
    assert list(tmp_path.iterdir()) == []
    stand.export.cancel()
    assert len(stand.said) == 1


def test_every_format_is_offered() -> None:
    assert FORMATS.keys() == {*get_args(ExportFormat)}
