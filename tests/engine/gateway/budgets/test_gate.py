"""Letting requests in: what is reserved, what is waited for, what is refused and with which words."""

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from multidict import CIMultiDict

from pxbin_engine.gateway.budgets import gate as module
from pxbin_engine.gateway.budgets.gate import BudgetGate
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import BudgetRecord, BudgetScope, RequestRecord
from tests.support.database import NOW, a_budget, a_key, a_model, a_request

MODEL = a_model(input_cost_per_million=Decimal(0), output_cost_per_million=Decimal(1000))
"""A request of ``max_tokens`` 100 is estimated at ten cents."""
KEY = a_key()


def a_wish(body: object | None = None, **more: Any) -> tuple[Exchange, Inbound]:
    content = {
        "model": "gpt-4o",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    inbound = Inbound(
        method="POST",
        path="/v1/messages",
        headers=CIMultiDict({"User-Agent": "claude-cli/2.1.330 (external, cli)"}),
        body=json.dumps(content if body is None else body).encode(),
        format="anthropic",
        key=KEY,
        timestamp=NOW,
        arrived=0.0,
        received=0.0,
        **more,
    )
    return Exchange(inbound), inbound


class Desk:
    """A gate, and a database that grants what it is told to."""

    def __init__(self, *budgets: BudgetRecord) -> None:
        self.now = 0.0
        self.gate = BudgetGate(lambda: self.now)
        self.gate.book.replace(budgets)
        self.gate.top_up = self._top_up
        self.grants: list[str | None] = []
        self.asked = 0
        self.wanted: list[Decimal] = []

    async def _top_up(self) -> bool:
        """Grant the next amount to all that want; None: the database is away. Afterwards only time passes."""
        self.asked += 1
        self.now += 0.3
        amount = self.grants.pop(0) if self.grants else "0"
        if amount is None:
            return False
        for meter in self.gate.book.all_meters():
            self.wanted.append(meter.wanted)
            meter.grant(
                meter.need + Decimal(amount),
                spent=Decimal(0), alone=True, asked_at=self.now, written=meter.written,
            )  # fmt: skip
        return True

    async def ask(self, **more: Any) -> tuple[Exchange, ApiError | None]:
        exchange, inbound = a_wish(**more)
        return exchange, await self.gate.admit(exchange, inbound, MODEL)

    def end(self, exchange: Exchange, cost: str = "0.1", **more: Any) -> RequestRecord:
        values = {"id": exchange.id, "cost": Decimal(cost), "model": "gpt-4o", "output_tokens": 100}
        record = a_request(**values | more)
        self.gate.settle(record)
        return record


async def test_a_request_waits_for_a_lease_and_reserves_its_estimate() -> None:
    desk = Desk(a_budget())
    desk.grants = ["1"]
    exchange, refusal = await desk.ask()
    (meter,) = desk.gate.book.all_meters()
    assert refusal is None
    assert (meter.reserved, desk.wanted, meter.wanted) == (Decimal("0.1"), [Decimal("0.1")], 0)
    record = desk.end(exchange, "0.04")
    assert (meter.reserved, meter.unwritten) == (0, Decimal("0.04"))
    desk.gate.written([record])
    assert (meter.unwritten, meter.lease) == (0, Decimal("0.96"))
    assert (await desk.ask())[1] is None
    assert desk.asked == 1


async def test_what_others_hold_for_requests_in_flight_may_be_free_again_soon() -> None:
    desk = Desk(a_budget())
    _, refusal = await desk.ask()
    assert refusal is not None
    assert (refusal.status, refusal.kind, refusal.retry_after) == (429, "rate_limit", 5)
    assert desk.asked == 4
    (meter,) = desk.gate.book.all_meters()
    assert (meter.reserved, meter.wanted, meter.too_much) == (0, 0, 0)


async def test_what_is_only_reserved_here_refuses_for_a_moment_and_what_is_spent_for_good() -> None:
    desk = Desk(a_budget(limit=Decimal("0.15"), name="team"))
    desk.grants = ["0.15"]
    exchange, _ = await desk.ask()
    _, refusal = await desk.ask()
    assert refusal is not None
    assert (refusal.status, refusal.retry_after) == (429, 5)
    assert refusal.message == (
        "The budget 'team' has no room for this request until others have ended: $0.00 of $0.15 are spent,"
        " and too much of the rest is reserved for requests in flight; try again in 5 s."
    )
    desk.end(exchange, "0.06")
    _, refusal = await desk.ask()
    assert refusal is not None
    assert (refusal.status, refusal.kind, refusal.code) == (402, "billing", "budget_exceeded")
    (meter,) = desk.gate.book.all_meters()
    assert meter.too_much == Decimal("0.1")


async def test_it_is_refused_at_once_where_no_grant_could_help() -> None:
    desk = Desk(a_budget(limit=Decimal("0.25")))
    desk.grants = ["0.25"]
    assert [(await desk.ask())[1] is None for _ in range(3)] == [True, True, False]
    assert desk.asked == 1


async def test_what_is_granted_later_lets_it_in() -> None:
    desk = Desk(a_budget())
    desk.grants = ["0.05", "0.09", "0.1"]
    assert (await desk.ask())[1] is None
    assert desk.asked == 3


async def test_while_the_database_is_away_the_lease_is_spent_and_then_it_says_why() -> None:
    desk = Desk(a_budget())
    desk.grants = ["0.1", None]
    assert (await desk.ask())[1] is None
    _, refusal = await desk.ask()
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.retry_after) == (503, "budget_unchecked", 10)
    assert "the database does not answer" in refusal.message


async def test_a_database_that_does_not_answer_holds_nobody_up_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.05)
    gate = BudgetGate()
    gate.book.replace([a_budget()])
    gate.top_up = asyncio.Event().wait
    exchange, inbound = a_wish()
    refusal = await gate.admit(exchange, inbound, MODEL)
    assert refusal is not None
    assert refusal.code == "budget_unchecked"


@pytest.mark.parametrize(
    ("price", "let_in"), [(Decimal(0), True), (None, False)], ids=["free", "unknown"]
)
async def test_when_all_is_spent_only_what_is_free_goes_on(
    price: Decimal | None, let_in: bool
) -> None:
    desk = Desk(a_budget())
    exchange, inbound = a_wish()
    model = a_model(input_cost_per_million=price, output_cost_per_million=price)
    assert (await desk.gate.admit(exchange, inbound, model) is None) == let_in


async def test_a_body_that_cannot_be_read_is_estimated_by_its_length() -> None:
    desk = Desk(a_budget())
    desk.grants = ["9"]
    exchange, inbound = a_wish({"model": "m", "messages": "x" * 4000})
    dear = a_model(input_cost_per_million=Decimal(1000), output_cost_per_million=Decimal(0))
    assert await desk.gate.admit(exchange, inbound, dear) is None
    (meter,) = desk.gate.book.all_meters()
    assert meter.reserved == Decimal(-(-len(inbound.body) // 4)) / 1000


async def test_answers_teach_the_next_estimate() -> None:
    desk = Desk(a_budget())
    desk.grants = ["9"]
    for _ in range(8):
        desk.end((await desk.ask())[0], "0.01", output_tokens=10)
    await desk.ask()
    (meter,) = desk.gate.book.all_meters()
    assert meter.reserved == Decimal("0.01")


async def test_without_a_budget_that_fits_nothing_is_read() -> None:
    desk = Desk(a_budget(scope="model", subject="another"))
    exchange, inbound = a_wish(b"never looked at".hex())
    assert await desk.gate.admit(exchange, inbound, MODEL) is None
    assert await desk.gate.admit_target(exchange, "u") is None
    desk.end(exchange)


# ---------------------------------------------------------------------- upstreams


async def test_an_upstream_is_held_while_it_is_tried_and_the_next_one_after_it() -> None:
    desk = Desk(a_budget(scope="upstream"))
    desk.grants = ["1", "1", "1"]
    exchange, refusal = await desk.ask()
    assert refusal is None
    assert [await desk.gate.admit_target(exchange, name) for name in ("a", "b")] == [None, None]
    first, second = desk.gate.book.all_meters()
    assert (first.reserved, second.reserved) == (0, Decimal("0.1"))
    desk.end(exchange, "0.3")
    assert (first.need, second.need) == (0, Decimal("0.3"))


async def test_an_upstream_with_too_little_left_is_told() -> None:
    desk = Desk(a_budget(scope="upstream", limit=Decimal("0.05")))
    exchange, _ = await desk.ask()
    refusal = await desk.gate.admit_target(exchange, "groq")
    assert refusal is not None
    assert "The budget 'all' (upstream groq) has too little left" in refusal.message


# ---------------------------------------------------------------------- words


async def test_the_refusal_says_which_how_much_and_until_when() -> None:
    budget = a_budget(name="team", limit=Decimal("0.25"), period="day", time_zone="Asia/Tokyo")
    desk = Desk(budget)
    desk.grants = ["0.25"]
    first, _ = await desk.ask()
    desk.end(first, "0.185")
    _, refusal = await desk.ask()
    assert refusal is not None
    assert refusal.message == (
        "The budget 'team' has too little left for this request: $0.18 of $0.25 are spent."
        " It begins anew at 2026-11-24 00:00 (Asia/Tokyo)."
    )


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("all", "The budget 'team' has"),
        ("key", "The budget 'team' (of this key) has"),
        ("client", "The budget 'team' (client Claude Code) has"),
    ],
)
async def test_it_is_named_with_its_subject_but_a_key_never_by_its_id(
    scope: BudgetScope, told: str
) -> None:
    _, refusal = await Desk(a_budget(name="team", scope=scope)).ask()
    assert refusal is not None
    assert refusal.message.startswith(told)


async def test_what_never_begins_anew_says_so_and_a_small_limit_is_shown() -> None:
    desk = Desk(a_budget(period="total", limit=Decimal("0.000123")))
    desk.grants = ["0.000123"]
    _, refusal = await desk.ask()
    assert refusal is not None
    assert (
        "$0.00 of $0.00013 are spent. It does not begin anew; its limit can be raised."
        in refusal.message
    )


async def test_whether_anything_would_be_refused_now_can_be_asked() -> None:
    desk = Desk(a_budget(limit=Decimal("0.1")))
    at = datetime(2026, 11, 23, tzinfo=UTC)
    assert desk.gate.refusal({"all": ""}, at) is None
    assert desk.gate.book.all_meters() == (), "asking opens none"
    desk.grants = ["0.1"]
    exchange, _ = await desk.ask()
    refusal = desk.gate.refusal({"all": ""}, at)
    assert refusal is not None
    assert refusal.status == 429, "all that is left is reserved"
    desk.end(exchange, "0.05")
    await desk.ask()  # refused, but a smaller one would not be
    assert desk.gate.refusal({"all": ""}, at) is None
    desk.gate.book.replace([])
    desk.gate.book.replace([a_budget(scope="session", limit=Decimal(1))])
    assert desk.gate.refusal({"session": "s1"}, at) is None
    desk.gate.spent_of = lambda meter: Decimal(1) if meter[1] == "s1" else None
    assert desk.gate.refusal({"session": "s1"}, at) is not None, "as the log says"
    assert desk.gate.refusal({"session": "s2"}, at) is None
