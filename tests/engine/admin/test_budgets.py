"""Budgets as a person makes them: what can be used, what is counted anew, and how they stand."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from pxbin_engine.errors import InvalidInput, NotFound
from tests.support.control_plane import ControlPlane
from tests.support.database import NOW, a_request


async def test_a_budget_is_made_changed_and_deleted(control: ControlPlane) -> None:
    budget = await control.budgets.create(name=" team ", limit=Decimal(25))
    assert (budget.name, budget.scope, budget.period, budget.warn_share) == (
        "team",
        "all",
        "month",
        0.8,
    )
    assert await control.budgets.list() == (budget,)
    changed = await control.budgets.update(budget.id, limit=Decimal(50), is_active=False)
    assert (changed.limit, changed.is_active, changed.name) == (50, False, "team")
    assert await control.budgets.get(budget.id) == changed
    await control.budgets.delete(budget.id)
    assert control.changes == ["budgets"] * 3
    for gone in (control.budgets.get(budget.id), control.budgets.delete(budget.id)):
        with pytest.raises(NotFound):
            await gone


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"limit": Decimal(0)}, "limit"),
        ({"limit": Decimal(-1)}, "limit"),
        ({"limit": Decimal("NaN")}, "limit"),
        ({"limit": Decimal("1e12")}, "limit"),
        ({"scope": "planet"}, "scope"),
        ({"period": "year"}, "period"),
        ({"warn_share": 0.0}, "warn_share"),
        ({"warn_share": 1.1}, "warn_share"),
        ({"warn_share": float("nan")}, "warn_share"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"subject": "someone"}, "subject"),
        ({"scope": "key", "subject": "laptop"}, "subject"),
        ({"scope": "model", "subject": "gpt-9"}, "subject"),
        ({"scope": "upstream", "subject": "nowhere"}, "subject"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_cannot_be_used_is_refused(
    control: ControlPlane, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await control.budgets.create(**{"name": "team", "limit": Decimal(1)} | values)
    assert refused.value.field == field
    budget = await control.budgets.create(name="team", limit=Decimal(1))
    with pytest.raises(InvalidInput):
        await control.budgets.update(budget.id, **values)


async def test_a_subject_is_kept_as_rows_have_it(control: ControlPlane) -> None:
    key = (await control.keys.create("llm", "laptop")).record
    await control.a_model("opus")
    said = {
        "key": str(key.id).upper(),
        "model": "opus",
        "upstream": "for opus",
        "client": "Claude Code 2.1",
        "session": " s1 ",
    }
    kept = [
        (
            await control.budgets.create(name=scope, limit=Decimal(1), scope=scope, subject=subject)
        ).subject  # type: ignore[arg-type]  # as listed
        for scope, subject in said.items()
    ]
    assert kept == [str(key.id), "opus", "for opus", "Claude Code", "s1"]


async def test_a_budget_whose_model_is_gone_can_still_be_changed(control: ControlPlane) -> None:
    model = await control.a_model("opus")
    budget = await control.budgets.create(name="b", limit=Decimal(1), scope="model", subject="opus")
    await control.models.delete(model.id)
    assert (await control.budgets.update(budget.id, limit=Decimal(2))).limit == 2
    with pytest.raises(InvalidInput):
        await control.budgets.update(budget.id, subject="opus")


async def test_how_it_stands(control: ControlPlane) -> None:
    key = (await control.keys.create("llm", "laptop")).record
    rows = [
        a_request(cost=Decimal(9), llm_key_id=key.id),
        a_request(cost=Decimal(1), llm_key_id=UUID(int=5), model="opus"),
        a_request(cost=None),
    ]
    await control.request_store.insert_batch(rows)
    every = await control.budgets.create(name="every", limit=Decimal(100))
    each = await control.budgets.create(name="each key", limit=Decimal(10), scope="key")
    statuses = await control.budgets.status()
    told = [(s.budget, s.label, s.spent, s.level, s.unpriced_requests) for s in statuses]
    assert told == [
        (each, "laptop", 9, "warning", 0),
        (each, str(UUID(int=5)), 1, "ok", 0),
        (every, "every", 10, "ok", 1),
    ]
    await control.a_model("opus")
    await control.budgets.update(every.id, scope="model", subject="opus")
    assert [s.spent for s in await control.budgets.status() if s.budget.id == every.id] == [1]
    assert statuses[0].starts_at == NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


async def test_there_is_none_of_another_id(control: ControlPlane) -> None:
    with pytest.raises(NotFound):
        await control.budgets.update(uuid4(), name="x")
