"""Events reach the window in order and in batches."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.engine_bridge import BATCH_MS, BUSY_MS, EngineBridge
from pxbin_engine.events import (
    BudgetChanged,
    ConfigurationChanged,
    EngineStateChanged,
    EventBus,
    RequestFinished,
    RequestStarted,
    UpstreamHealthChanged,
)
from pxbin_engine.records import RequestRecord
from tests.support.memory_budgets import a_status

if TYPE_CHECKING:
    from pxbin_engine import Engine

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def started(number: int) -> RequestStarted:
    return RequestStarted(
        id=UUID(int=number), timestamp=NOW, path="/v1/messages", model="m", upstream_name="u", key_name="k",
        client_name="c", stream=True,
    )  # fmt: skip


def finished(number: int) -> RequestFinished:
    return RequestFinished(
        RequestRecord(id=UUID(int=number), timestamp=NOW, method="POST", path="/v1/messages")
    )


class FakeEngine:
    """As much of an engine as the bridge touches."""

    def __init__(self, events: EventBus, state: str = "running") -> None:
        self.events = events
        self.state = state


def attached(bus: EventBus) -> EngineBridge:
    bridge = EngineBridge()
    bridge.attach(cast("Engine", FakeEngine(bus)))
    return bridge


def test_before_an_engine_is_attached_there_is_none(qtbot: QtBot) -> None:
    bridge = EngineBridge()
    assert not bridge.ready
    with pytest.raises(RuntimeError):
        _ = bridge.engine


@pytest.mark.parametrize(
    ("state", "ready"),
    [("starting", False), ("running", True), ("paused", True), ("failed", False)],
)
def test_ready_is_while_use_cases_work(qtbot: QtBot, state: str, ready: bool) -> None:
    bridge = EngineBridge()
    bridge.attach(cast("Engine", FakeEngine(EventBus(), state)))
    assert bridge.ready is ready


def test_requests_come_in_one_batch_in_order(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = attached(bus)
    sent = [started(1), started(2), finished(1), started(3), finished(3)]
    with qtbot.waitSignal(bridge.requests, timeout=2000) as caught:
        for event in sent:
            bus.publish(event)
    assert list(caught.args[0]) == sent
    assert set(bridge.in_flight) == {UUID(int=2)}


def test_a_thousand_requests_are_few_signals(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = attached(bus)
    batches: list[int] = []
    bridge.requests.connect(lambda batch: batches.append(len(batch)))
    for number in range(1000):
        bus.publish(started(number))
    qtbot.waitUntil(lambda: sum(batches) == 1000, timeout=2000)
    assert len(batches) <= 2


def test_where_nobody_can_follow_batches_come_less_often(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = attached(bus)
    intervals: list[int] = []
    bridge.requests.connect(lambda batch: intervals.append(bridge._timer.interval()))
    for many in (100, 2, 2):
        for number in range(many):
            bus.publish(started(number))
        bridge._flush()
    assert intervals == [BUSY_MS, BATCH_MS, BATCH_MS]


def test_configuration_and_state_come_at_once(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = attached(bus)
    heard: list[object] = []
    bridge.configuration.connect(heard.append)
    bridge.state.connect(lambda event: heard.append(event.state))
    bus.publish(ConfigurationChanged(what="models"))
    bus.publish(EngineStateChanged(state="running"))
    assert heard == ["models", "running"]


def test_a_closed_bridge_hears_nothing(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = attached(bus)
    heard: list[str] = []
    bridge.configuration.connect(heard.append)
    bridge.close()
    bus.publish(ConfigurationChanged(what="keys"))
    assert heard == []


def test_each_change_of_health_is_passed_on(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = attached(bus)
    heard: list[object] = []
    bridge.health.connect(heard.append)
    events = [
        UpstreamHealthChanged(
            upstream_id=UUID(int=number), upstream_name="u", state=state, reason=""
        )
        for number, state in ((1, "open"), (2, "open"), (1, "closed"))
    ]
    for event in events:
        bus.publish(event)
    assert heard == events


def test_an_engine_that_failed_is_told_apart_from_one_that_starts(qtbot: QtBot) -> None:
    bridge = EngineBridge()
    assert not bridge.failed
    bridge.attach(cast("Engine", FakeEngine(EventBus(), "failed")))
    assert bridge.failed


def test_a_budget_that_changed_is_passed_on(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = attached(bus)
    heard: list[object] = []
    bridge.budget.connect(heard.append)
    status = a_status()
    bus.publish(BudgetChanged(status))
    assert heard == [status]
