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
from pxbin_app.traffic_summary import Today, TrafficSummary, error_line, said_of, sums_of
from pxbin_engine.events import (
    BudgetChanged,
    ConfigurationChanged,
    EngineStateChanged,
    EventBus,
    RequestFinished,
)
from pxbin_engine.records import RequestRecord, UsageBucket
from tests.support.memory_budgets import MemoryBudgets, a_budget, a_status
from tests.support.traffic import MemoryLog

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
        self.budgets = MemoryBudgets(self.events)
        self.requests = MemoryLog()


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


def test_the_budget_of_the_day_is_told_with_today() -> None:
    day, month = a_status(spent="6.891"), a_status(a_budget(name="Month", period="month"), "2")
    assert said_of(Decimal("6.80"), 1284, [month, day]) == Today(
        line="Today $6.89 of $10 · 1,284 requests", budget="Month: $2.00 of $10 this month"
    )


def test_without_one_the_tightest_is_told() -> None:
    month = a_status(a_budget(name="Month", period="month"), "9")
    of_key = a_budget(name="Keys", scope="key")
    ci = a_status(of_key, "10", subject="id-7", label="CI")
    said = said_of(Decimal(3), 1, [a_status(a_budget(scope="model"), "1"), month, ci])
    assert said == Today(
        line="Today $3.00 · 1 request",
        budget="Keys, CI: $10.00 of $10 today · used up",
        badge="exhausted",
        refusing=(
            "Keys, CI is used up: $10.00 of $10 today. Requests are refused until the next day."
        ),
    )


def test_the_badge_is_the_worst_of_all() -> None:
    soft = a_status(a_budget(is_hard=False), "11")
    assert said_of(Decimal(0), 0, [a_status(level="fast")]).badge is None
    assert said_of(Decimal(0), 0, [a_status(spent="9"), a_status()]).badge == "warning"
    assert said_of(Decimal(0), 0, [soft]).badge == "exhausted"
    assert said_of(Decimal(0), 0, [soft]).refusing == ""
    both = [a_status(spent="10"), a_status(spent="12")]
    assert "1 more" in said_of(Decimal(0), 0, both).refusing


def test_a_budget_that_changed_is_asked_for_at_once(qtbot: QtBot, qapp: object) -> None:
    loop = new_event_loop(qapp)  # type: ignore[arg-type]
    bridge = EngineBridge()
    summary = TrafficSummary(bridge, clock=lambda: MIDNIGHT + timedelta(hours=1.5))
    engine = FakeEngine()
    bridge.attach(cast("Engine", engine))
    told: list[Today] = []
    summary.today.connect(told.append)

    async def main() -> None:
        import asyncio

        engine.budgets.put(a_status(spent="10"))
        engine.events.publish(BudgetChanged(engine.budgets.meters[0]))
        engine.events.publish(ConfigurationChanged(what="keys"))
        await asyncio.sleep(0.05)
        engine.events.publish(ConfigurationChanged(what="budgets"))
        await asyncio.sleep(0.05)

    loop.run_until_complete(main())
    loop.close()
    assert [one.badge for one in told] == ["exhausted", "exhausted"]


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
    told: list[Today] = []
    summary.today.connect(told.append)

    async def main() -> None:
        import asyncio

        engine.events.publish(EngineStateChanged(state="running"))
        await asyncio.sleep(0.05)

    loop.run_until_complete(main())
    loop.close()
    assert told == [Today(line="Today $2.00 · 5 requests")]


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


def test_errors_of_before_the_start_stand_below_those_since(qtbot: QtBot, qapp: object) -> None:
    loop = new_event_loop(qapp)  # type: ignore[arg-type]
    bridge = EngineBridge()
    summary = TrafficSummary(bridge)
    engine = FakeEngine()
    engine.requests.records = [failed(number).record for number in range(1, 8)]
    bridge.attach(cast("Engine", engine))
    told: list[tuple[tuple[str, str], ...]] = []
    summary.errors.connect(told.append)

    async def main() -> None:
        import asyncio

        bridge.requests.emit((failed(7), failed(20)))
        engine.events.publish(EngineStateChanged(state="running"))
        await asyncio.sleep(0.05)

    loop.run_until_complete(main())
    loop.close()
    numbers = [UUID(identity).int for identity, _ in told[-1]]
    assert numbers == [20, 7, 6, 5, 4]
