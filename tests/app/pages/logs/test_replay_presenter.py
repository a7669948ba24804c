"""A replay runs once at a time, can be cancelled, and tells what cannot be used where it stands."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs.replay_presenter import ReplayPresenter, figures, said, spoken
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import ReplayAnswer
from tests.support.database import a_request
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.recordings import AGAIN, ORIGINAL, ScriptedReplays

RECORD = a_request()
KEY = UUID(int=7)


class Stand:
    """The presenter, and what it told."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.engine = FakeEngine()
        self.replays = self.engine.replays = ScriptedReplays()
        self.presenter = ReplayPresenter(bridge_to(self.engine), RECORD, self.parent)
        self.told: list[object] = []
        self.presenter.running.connect(self.told.append)
        self.presenter.failed.connect(self.told.append)
        self.presenter.invalid.connect(lambda field, why: self.told.append((field, why)))


@pytest.fixture
async def stand(qtbot: QtBot) -> Stand:
    return Stand()


async def test_both_answers_are_compared(stand: Stand, qtbot: QtBot) -> None:
    with qtbot.waitSignal(stand.presenter.compared, timeout=10_000):
        stand.presenter.run("glm-4.6", str(KEY))
        await settled()
        async with asyncio.timeout(10):
            while stand.presenter.comparison is None:
                await asyncio.sleep(0.005)
    assert stand.replays.asked == [(RECORD.id, "glm-4.6", KEY)]
    comparison = stand.presenter.comparison
    assert comparison is not None
    told = [spoken(AGAIN)[a:b] for a, b in comparison.of_replayed]
    assert told[:2] == ["have", "after it; all tests pass"]
    assert told[2].startswith("Bash(")
    assert stand.told == [True, False]


async def test_one_runs_at_a_time(stand: Stand) -> None:
    stand.replays.gate.clear()
    stand.presenter.run("a", "")
    stand.presenter.run("b", "")
    await settled()
    assert stand.replays.asked == [(RECORD.id, "a", None)]


async def test_who_cancels_cancels_the_request(stand: Stand) -> None:
    stand.presenter.cancel()
    stand.replays.gate.clear()
    stand.presenter.run("a", "")
    await settled()
    stand.presenter.cancel()
    await settled()
    assert stand.replays.cancelled == 1
    assert stand.told == [True, False]
    assert stand.presenter.comparison is None


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (InvalidInput("Its body was cut."), "Its body was cut."),
        (InvalidInput("No such model.", field="model"), ("model", "No such model.")),
    ],
)
async def test_why_it_cannot_be_sent(stand: Stand, failure: InvalidInput, told: object) -> None:
    stand.replays.failure = failure
    stand.presenter.run("a", "")
    await settled()
    assert stand.told == [True, told, False]


async def test_without_an_engine_nothing_runs(stand: Stand) -> None:
    stand.engine.state = "stopped"
    stand.presenter.run("a", "")
    await settled()
    assert stand.told == []


def test_what_is_compared_beside_the_text() -> None:
    assert dict(figures(ORIGINAL)) == {
        "Upstream": "Anthropic",
        "Tokens": "6,270 in · 656 out",
        "Cost": "$0.0287",
        "First token": "840 ms",
        "Last byte": "5.21 s",
        "Stopped by": "end turn",
    }
    nothing = dict(figures(ReplayAnswer(model="m")))
    assert (nothing["Cost"], nothing["Upstream"]) == ("unknown price", "none")
    assert dict(figures(replace(ORIGINAL, cost=Decimal(0))))["Cost"] == "$0.00"


def test_what_was_called_stands_below_what_was_said() -> None:
    answer = ReplayAnswer(model="m", text="I look.", tool_calls=("Read(a)", "Read(b)"))
    assert spoken(answer) == "I look.\n\nRead(a)\n\nRead(b)"
    assert spoken(ReplayAnswer(model="m")) == ""


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"text": "Hi."}, ""),
        ({"text": "H", "error": "It broke off."}, "It broke off."),
        ({"tool_calls": ("Bash()",)}, ""),
        ({}, "It said nothing."),
    ],
)
def test_what_stands_in_place_of_a_text(values: dict[str, object], told: str) -> None:
    assert said(ReplayAnswer(model="m", **values)) == told  # type: ignore[arg-type]  # its own fields
