"""Step 4: the first request that was answered is the one that is shown."""

from typing import Any
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.first_run.arrival import Arrival
from pxbin_engine.events import RequestFinished, RequestStarted
from pxbin_engine.records import RequestRecord
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled
from tests.support.traffic import MemoryLog


def record(number: int, outcome: str = "ok") -> RequestRecord:
    return RequestRecord(
        id=UUID(int=number),
        timestamp=NOW,
        method="POST",
        path="/v1/messages",
        model="m",
        status_code=200 if outcome == "ok" else 429,
        outcome=outcome,  # type: ignore[arg-type]  # one of them
    )


def started() -> RequestStarted:
    return RequestStarted(
        id=UUID(int=9),
        timestamp=NOW,
        path="/v1/messages",
        model="m",
        upstream_name="",
        key_name="k",
        client_name="Claude Code",
        stream=True,
    )


class Stage:
    """An engine in which requests come."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.engine.requests = MemoryLog()
        self.bridge = bridge_to(self.engine)
        self.arrival = Arrival(self.bridge)
        self.outcomes: list[str] = []
        self.arrival.changed.connect(lambda: self.outcomes.append(self.arrival.outcome))

    def come(self, *events: Any) -> None:
        self.bridge.requests.emit(events)


@pytest.fixture
async def stage(qtbot: QtBot) -> Stage:
    result = Stage()
    result.arrival.start()
    await settled()
    return result


async def test_it_is_seen_as_it_runs_and_as_it_ended(stage: Stage) -> None:
    assert stage.arrival.outcome == "waiting"
    stage.come(started())
    stage.come(RequestFinished(record(1)), RequestFinished(record(2)))
    assert stage.outcomes == ["running", "arrived"]
    assert stage.arrival.record == record(1)


async def test_a_failure_is_shown_until_one_is_answered(stage: Stage) -> None:
    stage.come(RequestFinished(record(1, "refused")))
    stage.come(started())
    stage.come(RequestFinished(record(2)))
    assert stage.outcomes == ["failed", "running", "arrived"]
    stage.come(RequestFinished(record(3, "refused")))
    assert stage.arrival.record == record(2)


async def test_one_that_came_before_counts(qtbot: QtBot) -> None:
    stage = Stage()
    stage.engine.requests.records.append(record(7))
    stage.arrival.start()
    await settled()
    assert (stage.arrival.outcome, stage.arrival.record) == ("arrived", record(7))


async def test_out_of_view_it_listens_to_nothing(stage: Stage) -> None:
    stage.arrival.start()
    stage.arrival.stop()
    stage.arrival.stop()
    stage.come(RequestFinished(record(1)))
    assert stage.arrival.outcome == "waiting"
