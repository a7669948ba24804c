"""Budgets load, follow what happens, and are made, changed and deleted."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from pxbin_app.pages.costs import presenter as module
from pxbin_app.pages.costs.presenter import BudgetsPresenter, BudgetValues, Subjects
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import BudgetChanged, RequestFinished
from pxbin_engine.records import BudgetRecord
from tests.support.control_plane import ControlPlane
from tests.support.database import NOW as DATABASE_NOW
from tests.support.database import a_request
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled
from tests.support.memory_budgets import a_budget, a_status
from tests.support.traffic import MemoryLog, a_days_requests

VALUES = BudgetValues(
    name="Team",
    scope="all",
    subject="",
    period="day",
    time_zone="UTC",
    limit=Decimal(10),
    warn_share=0.8,
    is_hard=True,
)


class Form:
    """A dialog, as a presenter sees it."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def set_busy(self, busy: bool) -> None: ...

    def set_error(self, error: str) -> None:
        self.told.append(error)

    def set_field_error(self, name: str, error: str) -> None:
        self.told.append((name, error))

    def accept(self) -> None:
        self.told.append("accepted")


class Stand:
    """The presenter on a fake engine, and what it said."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.engine.requests = MemoryLog(a_days_requests(30))
        self.bridge = bridge_to(self.engine)
        self.said: list[str] = []
        self.presenter = BudgetsPresenter(
            self.bridge, lambda text, _tone: self.said.append(text), clock=lambda: NOW
        )
        self.forms: list[tuple[Subjects, BudgetRecord | None]] = []
        self.presenter.subjects_known.connect(lambda *form: self.forms.append(form))

    @property
    def names(self) -> list[str]:
        return [row.record.name for row in self.presenter.rows]


@pytest.fixture
async def stand(qtbot: QtBot) -> AsyncIterator[Stand]:
    stand = Stand()
    stand.presenter.start()
    yield stand
    stand.presenter.stop()
    await settled()


async def test_the_most_troubled_come_first_and_those_switched_off_last(stand: Stand) -> None:
    off = a_budget(name="off", is_active=False)
    stand.engine.budgets.put(
        a_status(off, "99"),
        a_status(a_budget(name="good"), "1"),
        a_status(a_budget(name="gone"), "10"),
    )
    fresh = a_budget(name="fresh", scope="key")
    stand.engine.budgets.rows[fresh.id] = fresh
    stand.presenter.reload()
    await settled()
    assert stand.names == ["gone", "fresh", "good", "off"]
    assert stand.presenter.rows[1].meters == ()
    assert (stand.presenter.rows[1].each, stand.presenter.rows[2].each) == (True, False)


async def test_a_key_is_called_by_its_name(stand: Stand) -> None:
    created = await stand.engine.keys.create("llm", "CI")
    stand.engine.budgets.put(a_status(a_budget(scope="key", subject=str(created.record.id))))
    stand.presenter.reload()
    await settled()
    assert stand.presenter.rows[0].subject == "CI"


async def test_what_changes_is_shown(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    await settled()
    budget = await stand.engine.budgets.create(name="Day", limit=Decimal(10), period="day")
    await settled()
    assert stand.names == ["Day"]
    stand.engine.budgets.meters = [a_status(budget, "9")]
    stand.engine.events.publish(BudgetChanged(stand.engine.budgets.meters[0]))
    await settled()
    assert stand.presenter.rows[0].meters[0].spent == 9
    stand.engine.events.publish(RequestFinished(a_request()))
    stand.bridge._flush()
    assert stand.presenter._soon.isActive()
    assert module.REFRESH_MS >= 1000


async def test_hidden_it_hears_and_asks_nothing(stand: Stand) -> None:
    await settled()
    stand.presenter.stop()
    stand.presenter.stop()
    asked = len(stand.engine.budgets.asked)
    stand.engine.events.publish(BudgetChanged(a_status()))
    stand.engine.events.publish(RequestFinished(a_request()))
    stand.bridge._flush()
    await settled()
    assert len(stand.engine.budgets.asked) == asked
    assert not any(timer.isActive() for timer in (stand.presenter._soon, stand.presenter._turn))


async def test_a_budget_is_made_changed_and_deleted(stand: Stand) -> None:
    await settled()
    form = Form()
    stand.presenter.create(VALUES, form)
    await settled()
    (record,) = stand.engine.budgets.rows.values()
    assert (record.name, record.limit, form.told) == ("Team", 10, ["accepted"])
    changed = replace(VALUES, limit=Decimal(20))
    stand.presenter.change(record, changed, form)
    await settled()
    assert stand.engine.budgets.rows[record.id].limit == 20
    stand.presenter.delete(record)
    stand.presenter.delete(record)
    await settled()
    assert stand.names == []
    assert stand.said == ["Team added", "Team saved", "Team deleted", "Team deleted"]


async def test_what_is_refused_is_said_at_its_field(stand: Stand) -> None:
    await settled()
    form = Form()
    stand.presenter.create(replace(VALUES, name=" "), form)
    await settled()
    assert form.told == [("name", "name must not be empty.")]
    stand.presenter.create(VALUES, form)
    stand.presenter.create(VALUES, form)
    await settled()
    assert form.told[1:] == ["accepted", "The name 'Team' is taken."]


async def test_the_form_offers_what_there_is(stand: Stand) -> None:
    await settled()
    created = await stand.engine.keys.create("llm", "CI")
    gone = await stand.engine.keys.create("llm", "old")
    await stand.engine.keys.revoke(gone.record.id)
    await stand.engine.upstreams.create(name="Z.ai", base_url="http://z", format="openai")
    stand.presenter.ask_for_form()
    await settled()
    ((subjects, record),) = stand.forms
    assert record is None
    assert subjects.options("key") == [(str(created.record.id), "CI")]
    assert subjects.options("upstream") == [("Z.ai", "Z.ai")]
    assert ("Claude Code", "Claude Code") in subjects.options("client")
    assert len(subjects.options("session")) == 1
    assert subjects.options("all") == []


async def test_without_the_log_a_client_is_typed(stand: Stand) -> None:
    stand.engine.requests.failure = DatabaseUnavailable("The database does not answer.")
    budget = a_budget()
    stand.presenter.ask_for_form(budget)
    await settled()
    ((subjects, record),) = stand.forms
    assert (subjects.options("client"), record) == ([], budget)


async def test_a_failing_load_keeps_the_rows(stand: Stand) -> None:
    stand.engine.budgets.put(a_status())
    stand.presenter.reload()
    await settled()
    stand.engine.budgets.failure = DatabaseUnavailable("The database does not answer.")
    stand.presenter.reload()
    await settled()
    assert (stand.names, stand.presenter.error) == (["Team"], "The database does not answer.")


async def test_the_real_use_cases_answer_what_it_asks(stand: Stand, control: ControlPlane) -> None:
    stand.engine.budgets, stand.engine.requests = control.budgets, control.requests
    await settled()
    form = Form()
    stand.presenter.create(replace(VALUES, scope="client"), form)
    async with asyncio.timeout(20):
        while "accepted" not in form.told:
            await asyncio.sleep(0.01)
    record = a_request(at=DATABASE_NOW, client_name="Codex 0.1", model="m", cost=Decimal(9))
    await control.request_store.insert_batch([record])
    stand.presenter.reload()
    async with asyncio.timeout(20):
        while not (stand.presenter.rows and stand.presenter.rows[0].meters):
            await asyncio.sleep(0.01)
            stand.presenter.reload()
    (row,) = stand.presenter.rows
    (meter,) = row.meters
    assert row.each
    assert (meter.label, meter.spent, meter.level) == ("Codex", 9, "warning")
