"""News are told once."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app import notices
from pxbin_app.engine_bridge import EngineBridge
from pxbin_app.notices import Notice, Notices
from pxbin_engine.events import DatabaseStateChanged, RevokedKeyUsed, UpstreamHealthChanged
from tests.support.memory_budgets import a_budget, a_status


class Told:
    """A bridge, and what was told of what it said."""

    def __init__(self) -> None:
        self.bridge = EngineBridge()
        self.notices = Notices(self.bridge)
        self.all: list[Notice] = []
        self.notices.told.connect(self.all.append)

    @property
    def titles(self) -> list[str]:
        return [notice.title for notice in self.all]


@pytest.fixture
def told(qtbot: QtBot) -> Told:
    return Told()


def test_a_budget_is_told_once_for_each_level_upwards(told: Told) -> None:
    budget = a_budget()
    for spent, level in (
        ("3", "fast"),
        ("3.1", "fast"),
        ("3.2", "ok"),
        ("4", "fast"),
        ("8.1", "warning"),
        ("8.2", "fast"),
        ("8.3", "warning"),
        ("10", "exhausted"),
        ("10.1", "exhausted"),
    ):
        told.bridge.budget.emit(a_status(budget, spent, level=level))
    assert told.titles == ["Team is being spent too fast", "Team: 81% is spent", "Team is used up"]
    assert {notice.page for notice in told.all} == {"costs"}
    assert told.all[-1].tone == "err"


def test_a_new_period_is_news_again(told: Told) -> None:
    budget = a_budget()
    today = a_status(budget, "10")
    assert today.starts_at is not None
    tomorrow = a_status(budget, "9", starts_at=today.starts_at + timedelta(days=1))
    for status in (today, tomorrow):
        told.bridge.budget.emit(status)
    assert told.titles == ["Team is used up", "Team: 90% is spent"]


def test_each_meter_is_told_for_itself(told: Told) -> None:
    budget = a_budget(scope="key")
    for subject in ("a", "b", "a"):
        told.bridge.budget.emit(a_status(budget, "10", subject=subject, label=subject.upper()))
    assert told.titles == ["Team, A is used up", "Team, B is used up"]


def test_a_budget_that_only_tells_is_no_alarm(told: Told) -> None:
    told.bridge.budget.emit(a_status(a_budget(is_hard=False), "10"))
    assert told.all[0].tone == "warn"


def test_meters_are_not_remembered_without_end(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "_MOST_TOLD", 3)
    budget = a_budget(scope="session")
    for number in range(10):
        told.bridge.budget.emit(a_status(budget, "10", subject=str(number), label=str(number)))
    assert len(told.notices._levels) == 3


def health(state: str) -> UpstreamHealthChanged:
    return UpstreamHealthChanged(
        upstream_id=UUID(int=1),
        upstream_name="Z.ai",
        state=state,  # type: ignore[arg-type]  # the three states
        reason="503.",
    )


@pytest.mark.parametrize(
    ("states", "titles"),
    [
        (("open", "half_open", "open", "half_open", "closed"), ["Z.ai is down", "Z.ai is back"]),
        (("closed", "half_open"), []),
        (("open", "closed", "open"), ["Z.ai is down", "Z.ai is back", "Z.ai is down"]),
    ],
)
def test_an_upstream_is_down_and_back_once(
    told: Told, states: tuple[str, ...], titles: list[str]
) -> None:
    for state in states:
        told.bridge.health.emit(health(state))
    assert told.titles == titles


def test_the_database_is_away_and_back_once(told: Told) -> None:
    say: Callable[[bool], None] = lambda here: told.bridge.database.emit(  # noqa: E731  # short
        DatabaseStateChanged(available=here)
    )
    for here in (True, False, False, True, True):
        say(here)
    assert told.titles == ["The database is away", "The database is back"]


def test_a_revoked_key_in_use_is_told_once(told: Told) -> None:
    def use(number: int, client: str = "Claude Code 2.1.330") -> None:
        told.bridge.revoked.emit(
            RevokedKeyUsed(key_id=UUID(int=number), key_name=f"k{number}", client_name=client)
        )

    for number in (1, 1, 2, 1):
        use(number)
    use(3, client="")
    assert told.titles == [f"The revoked key k{number} is still used" for number in (1, 2, 3)]
    assert {(notice.kind, notice.page) for notice in told.all} == {("key", "keys")}
    assert told.all[0].text.startswith("Claude Code 2.1.330 was refused")
    assert told.all[2].text.startswith("A client was refused")
