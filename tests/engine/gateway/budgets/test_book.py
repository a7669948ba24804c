"""What this engine holds of each meter."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from pxbin_engine.gateway.budgets.book import (
    FORGET_SECONDS,
    IDLE_SECONDS,
    LEASE_LASTS,
    Book,
    Hold,
    Meter,
)
from pxbin_engine.records import BudgetRecord, BudgetScope
from tests.support.database import NOW, a_budget, a_request

SUBJECTS: dict[BudgetScope, str] = {
    "all": "",
    "key": "k1",
    "model": "opus",
    "client": "Claude Code",
    "session": "",
}


def book_of(*budgets: BudgetRecord) -> Book:
    book = Book()
    book.replace(budgets)
    return book


def granted(meter: Meter, amount: str, *, now: float = 0.0, **more: Any) -> Meter:
    given = {"spent": Decimal(0), "alone": True, "asked_at": now, "written": meter.written}
    meter.grant(Decimal(amount), **given | more)
    return meter


def the_meter(book: Book, amount: str = "5", **more: Any) -> Meter:
    (meter,) = book.meters_for({"all": ""}, NOW)
    return granted(meter, amount, **more)


def hold(book: Book, meter: Meter, amount: str, now: float = 1.0) -> UUID | None:
    request_id = uuid4()
    if book.reserve((meter,), Decimal(amount), now) is not None:
        return None
    book.begin(request_id, Hold(Decimal(amount), 100, (meter,)))
    return request_id


def end(book: Book, request_id: UUID | None, cost: str | None) -> None:
    assert request_id is not None
    book.settle(replace(a_request(cost=None if cost is None else Decimal(cost)), id=request_id))


# ---------------------------------------------------------------------- which meters


@pytest.mark.parametrize(
    ("budget", "subject"),
    [
        (a_budget(), ""),
        (a_budget(scope="key"), "k1"),
        (a_budget(scope="key", subject="k1"), ""),
        (a_budget(scope="key", subject="k2"), None),
        (a_budget(scope="client", subject="Claude Code"), ""),
        (a_budget(scope="session"), None),
        (a_budget(scope="session", subject="s1"), None),
        (a_budget(scope="upstream"), None),
        (a_budget(is_hard=False), None),
        (a_budget(is_active=False), None),
    ],
    ids=lambda value: "" if isinstance(value, BudgetRecord) else str(value),
)
def test_a_request_counts_where_it_fits(budget: BudgetRecord, subject: str | None) -> None:
    found = book_of(budget).meters_for(SUBJECTS, NOW)
    assert [meter.subject for meter in found] == ([] if subject is None else [subject])


def test_a_period_that_ends_begins_a_new_meter() -> None:
    book = book_of(a_budget(period="day"))
    (today,) = book.meters_for({"all": ""}, NOW)
    (same,) = book.meters_for({"all": ""}, NOW + timedelta(hours=1))
    (tomorrow,) = book.meters_for({"all": ""}, NOW + timedelta(days=1))
    (late,) = book.meters_for({"all": ""}, NOW)
    assert today is same is late
    assert tomorrow is not today
    assert tomorrow.span.starts_at == datetime(2026, 11, 24, tzinfo=UTC)


def test_only_hard_budgets_make_it_active() -> None:
    assert not book_of().active
    assert not book_of(a_budget(is_hard=False)).active
    book = book_of(a_budget(scope="upstream"))
    assert book.active
    assert book.counts("upstream")
    assert not book.counts("all", "key")


# ---------------------------------------------------------------------- reserving


def test_a_request_is_let_in_while_there_is_headroom() -> None:
    book = book_of(a_budget())
    meter = the_meter(book)
    first = hold(book, meter, "3")
    assert hold(book, meter, "3") is None
    assert (meter.reserved, meter.headroom(1.0)) == (3, 2)
    end(book, first, "1")
    assert (meter.reserved, meter.unwritten, meter.headroom(1.0)) == (0, 1, 4)
    assert hold(book, meter, "3") is not None


def test_a_cost_stays_held_until_its_row_is_written_and_leaves_with_the_lease() -> None:
    book = book_of(a_budget())
    meter = the_meter(book)
    request_id = hold(book, meter, "3")
    end(book, request_id, "2")
    assert request_id is not None
    book.written([request_id, uuid4()])
    assert (meter.unwritten, meter.lease, meter.headroom(1.0)) == (0, 3, 3)
    book.written([request_id])
    assert meter.lease == 3


@pytest.mark.parametrize("cost", ["0", None])
def test_what_costs_nothing_or_nobody_knows_what_leaves_no_trace(cost: str | None) -> None:
    book = book_of(a_budget())
    meter = the_meter(book)
    end(book, hold(book, meter, "3"), cost)
    assert (meter.need, meter.headroom(1.0)) == (0, 5)


def test_all_meters_are_reserved_or_none() -> None:
    book = book_of(a_budget(), a_budget(name="k", scope="key"))
    wide, narrow = book.meters_for(SUBJECTS, NOW)
    granted(wide, "5")
    granted(narrow, "1")
    assert book.reserve((wide, narrow), Decimal(2), 1.0) is narrow
    assert (wide.reserved, narrow.reserved) == (0, 0)


def test_an_unknown_price_needs_only_that_something_is_left() -> None:
    book = book_of(a_budget())
    meter = the_meter(book, "0.1")
    assert book.reserve((meter,), None, 1.0) is None
    assert meter.reserved == 0
    hold(book, meter, "0.1")
    assert book.reserve((meter,), None, 1.0) is meter


def test_an_end_of_a_request_that_held_nothing_is_nothing() -> None:
    assert book_of(a_budget()).settle(a_request()) is None


# ---------------------------------------------------------------------- leases


def test_a_lease_beside_others_runs_out_and_one_alone_stays_good() -> None:
    book = book_of(a_budget())
    meter = the_meter(book, alone=False)
    assert meter.headroom(LEASE_LASTS - 1) == 5
    assert meter.headroom(LEASE_LASTS) == 0
    granted(meter, "5", alone=True)
    assert meter.headroom(10 * LEASE_LASTS) == 5


def test_what_is_written_while_a_grant_is_under_way_is_not_in_it() -> None:
    book = book_of(a_budget())
    meter = the_meter(book)
    request_id = hold(book, meter, "3")
    end(book, request_id, "2")
    written, need = meter.written, meter.need
    assert request_id is not None
    book.written([request_id])  # before the answer to the question is there
    granted(meter, str(need + 3), written=written)
    assert (meter.lease, meter.headroom(1.0)) == (3, 3)


def test_what_is_kept_while_it_asks_is_what_it_may_spend_from() -> None:
    meter = the_meter(book_of(a_budget()), "5", alone=False)
    meter.reserved, meter.used_at = Decimal(2), 1.0
    assert meter.ask(1.0) == (2, 5)
    assert meter.headroom(1.0) == 3
    meter.gives_back = True
    assert meter.is_due(1.0)
    assert meter.ask(1.0) == (2, 2)
    assert (meter.headroom(1.0), meter.gives_back) == (0, False)


def test_an_idle_one_beside_others_keeps_only_what_it_needs() -> None:
    meter = the_meter(book_of(a_budget()), "5", alone=False)
    meter.used_at = 0.0
    assert meter.ask(IDLE_SECONDS + 1) == (0, 0)
    assert meter.headroom(IDLE_SECONDS + 1) == 0


def test_nothing_is_let_in_while_a_lease_is_renewed_that_may_be_anothers_by_now() -> None:
    meter = the_meter(book_of(a_budget()), "5", alone=True)
    assert meter.headroom(LEASE_LASTS) == 5
    assert meter.ask(LEASE_LASTS) == (0, 0)
    assert meter.headroom(LEASE_LASTS) == 0
    meter.frozen = False  # the database is away: it cannot be another's
    assert meter.headroom(LEASE_LASTS) == 5


def test_it_is_hopeless_where_no_grant_could_be_enough() -> None:
    book = book_of(a_budget(limit=Decimal(10)))
    (meter,) = book.meters_for({"all": ""}, NOW)
    assert not meter.hopeless(Decimal(100))  # nobody asked the database yet
    granted(meter, "4", spent=Decimal(6))
    hold(book, meter, "3")
    assert not meter.hopeless(Decimal(1))
    assert meter.hopeless(Decimal("1.1"))
    assert not meter.hopeless(None)
    hold(book, meter, "1")
    assert meter.hopeless(None)


def test_a_meter_is_due_when_it_runs_low_or_time_passes() -> None:
    book = book_of(a_budget())
    (meter,) = book.meters_for({"all": ""}, NOW)
    assert book.due(0.0) == [meter]
    granted(meter, "8")
    book.reserve((meter,), Decimal(1), 0.0)
    assert not meter.is_due(1.0)
    book.reserve((meter,), Decimal(6), 1.0)
    assert meter.is_due(1.0)
    granted(meter, "8", now=1.0, alone=False)
    assert not meter.is_due(1.1)
    assert meter.is_due(1.5)
    meter.wanted = Decimal(1)
    assert meter.is_due(1.1)


def test_an_exhausted_meter_alone_is_not_asked_for_all_the_time() -> None:
    meter = the_meter(book_of(a_budget()), "0", spent=Decimal(10))
    meter.used_at = 1.0
    assert not meter.is_due(2.0)


def test_an_idle_meter_is_asked_for_rarely_and_forgotten_at_last() -> None:
    book = book_of(a_budget())
    meter = the_meter(book, alone=False)
    book.reserve((meter,), Decimal(0), 0.0)
    assert book.in_use(1.0)
    assert not book.in_use(IDLE_SECONDS + 1)
    assert not meter.is_due(IDLE_SECONDS + 1)
    assert meter.is_due(20.0)
    book.forget(FORGET_SECONDS, NOW)
    assert book.all_meters() == (meter,)
    book.forget(FORGET_SECONDS + 1, NOW)
    assert (book.all_meters(), book.given_back) == ((), [meter])


def test_a_meter_of_a_period_that_is_over_waits_for_what_it_holds() -> None:
    book = book_of(a_budget(period="day"))
    meter = the_meter(book)
    request_id = hold(book, meter, "1")
    later = NOW + timedelta(days=1)
    book.forget(2.0, later)
    assert book.all_meters() == (meter,)
    end(book, request_id, "0")
    book.forget(2.0, later)
    assert book.all_meters() == ()


def test_meters_of_which_there_is_one_are_there_before_the_first_request() -> None:
    one, each = a_budget(scope="key", subject="k1"), a_budget(name="each", scope="key")
    book = book_of(one, each)
    book.open_shared(NOW, 5.0)
    (meter,) = book.due(5.0)
    assert meter.budget is one
    assert meter.is_idle(5.0)
    book.forget(6.0, NOW)
    assert len(book.all_meters()) == 1


# ---------------------------------------------------------------------- a budget is changed


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"is_hard": False},
        {"period": "week"},
        {"time_zone": "Asia/Tokyo"},
        {"scope": "key"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_counted_in_another_way_begins_anew(change: dict[str, Any]) -> None:
    budget = a_budget()
    book = book_of(budget)
    meter = the_meter(book)
    request_id = hold(book, meter, "1")
    book.replace([replace(budget, **change)])
    assert (book.all_meters(), book.given_back) == ((), [meter])
    end(book, request_id, "1")


def test_a_new_limit_holds_at_once() -> None:
    budget = a_budget(limit=Decimal(10))
    book = book_of(budget)
    meter = the_meter(book, "0", spent=Decimal(10))
    meter.too_much = Decimal(1)
    assert meter.hopeless(Decimal(1))
    book.replace([replace(budget, limit=Decimal(20), name="more")])
    assert not meter.hopeless(Decimal(1))
    assert (meter.too_much, meter.gives_back) == (0, True)
    assert the_meter(book) is meter
