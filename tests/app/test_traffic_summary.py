"""What the tray says of today."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app import traffic_summary
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.event_loop import new_event_loop
from pxbin_app.traffic_summary import TrafficSummary, error_line, sums_of
from pxbin_engine.events import EngineStateChanged, EventBus, RequestFinished
from pxbin_engine.records import RequestRecord, UsageBucket

if TYPE_CHECKING:
    from pxbin_engine import Engine

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


def bucket(hours: float, cost: str, requests: int) -> UsageBucket:
    return UsageBucket(
        bucket=MIDNIGHT + timedelta(hours=hours), cost=Decimal(cost), requests=requests
    )


BUCKETS = (bucket(-1, "5", 50), bucket(0, "1.25", 3), bucket(1, "0.75", 2))


class Stats:
    async def timeseries(self, period: str, interval: str, tz: str) -> tuple[UsageBucket, ...]:
        assert (period, interval) == ("24h", "1h")
        return BUCKETS


class FakeEngine:
    def __init__(self) -> None:
        self.events = EventBus()
        self.state = "running"
        self.stats = Stats()


def failed(number: int, message: str = "no") -> RequestFinished:
    return RequestFinished(
        RequestRecord(
            id=UUID(int=number),
            timestamp=MIDNIGHT,
            method="POST",
            path="/v1/messages",
            model="m",
            status_code=429,
            outcome="refused",
            error_message=message,
        )
    )


def test_today_begins_at_midnight() -> None:
    assert sums_of(BUCKETS, since=MIDNIGHT) == (Decimal(2), 5)
    assert sums_of((), since=MIDNIGHT) == (Decimal(0), 0)


def test_an_error_is_one_short_line() -> None:
    identity, text = error_line(failed(7, "a\nvery " + "long " * 30).record)
    assert identity == str(UUID(int=7))
    assert text.startswith("429 m - a very long")
    assert len(text) < 80


def test_today_is_asked_for_when_the_engine_runs(qtbot: QtBot, qapp: object) -> None:
    loop = new_event_loop(qapp)  # type: ignore[arg-type]
    bridge = EngineBridge()
    summary = TrafficSummary(bridge, clock=lambda: MIDNIGHT + timedelta(hours=1.5))
    engine = FakeEngine()
    bridge.attach(cast("Engine", engine))
    told: list[tuple[Decimal, int]] = []
    summary.today.connect(lambda cost, requests: told.append((cost, requests)))

    async def main() -> None:
        import asyncio

        engine.events.publish(EngineStateChanged(state="running"))
        await asyncio.sleep(0.05)

    loop.run_until_complete(main())
    loop.close()
    assert told == [(Decimal(2), 5)]


def test_the_newest_errors_come_first_and_few(qtbot: QtBot) -> None:
    bridge = EngineBridge()
    engine = FakeEngine()
    bridge.attach(cast("Engine", engine))
    summary = TrafficSummary(bridge)
    told: list[tuple[tuple[str, str], ...]] = []
    summary.errors.connect(told.append)
    for number in range(1, 9):
        engine.events.publish(failed(number))
    qtbot.waitUntil(lambda: bool(told), timeout=2000)
    assert [identity for identity, _ in told[-1]] == [
        str(UUID(int=number)) for number in (8, 7, 6, 5, 4)
    ]


def test_a_burst_asks_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic_summary, "REFRESH_MS", 30)
    bridge = EngineBridge()
    engine = FakeEngine()
    bridge.attach(cast("Engine", engine))
    summary = TrafficSummary(bridge)
    asked: list[int] = []
    summary._timer.timeout.disconnect()
    summary._timer.timeout.connect(lambda: asked.append(1))
    for number in range(200):
        engine.events.publish(failed(number))
    qtbot.waitUntil(lambda: bool(asked), timeout=2000)
    assert asked == [1]
