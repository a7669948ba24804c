"""How a meter stands: levels, pace and forecast."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pxbin_engine.gateway.budgets.level import status_of
from pxbin_engine.records import BudgetLevel
from tests.support.database import a_budget

START = datetime(2026, 11, 1, tzinfo=UTC)
MONTH = timedelta(days=30)


@pytest.mark.parametrize(
    ("spent", "elapsed", "before", "level"),
    [
        ("5", 0.5, "ok", "ok"),
        ("6.1", 0.5, "ok", "fast"),
        ("5.5", 0.5, "ok", "ok"),
        ("5.5", 0.5, "fast", "fast"),
        ("4.9", 0.5, "fast", "ok"),
        ("0.9", 0.06, "ok", "ok"),  # fast, but hardly anything
        ("1.5", 0.04, "ok", "ok"),  # too early to say
        ("1.5", 0.06, "ok", "fast"),
        ("8", 0.9, "ok", "warning"),
        ("8", 0.1, "fast", "warning"),
        ("7.99", 1.0, "warning", "ok"),  # the limit was raised
        ("10", 0.99, "ok", "exhausted"),
        ("12", 0.1, "warning", "exhausted"),
    ],
)
def test_a_level(spent: str, elapsed: float, before: BudgetLevel, level: str) -> None:
    status = status_of(a_budget(), now=START + elapsed * MONTH, spent=Decimal(spent), before=before)
    assert status.level == level


def test_a_request_that_was_refused_for_too_little_means_exhausted() -> None:
    spent = {"now": START, "spent": Decimal(9)}
    assert status_of(a_budget(), **spent, too_much=Decimal("1.1")).level == "exhausted"
    assert status_of(a_budget(), **spent, too_much=Decimal(1)).level == "warning"


def test_the_forecast_goes_on_at_the_pace() -> None:
    status = status_of(a_budget(), now=START + MONTH / 4, spent=Decimal(5), unpriced=3)
    assert (status.pace, status.forecast) == (2.0, 20)
    assert (status.starts_at, status.ends_at) == (START, START + MONTH)
    assert (status.label, status.subject, status.unpriced_requests) == ("all", "", 3)


def test_at_the_start_nothing_is_foretold() -> None:
    status = status_of(a_budget(), now=START + MONTH / 200, spent=Decimal(5))
    assert (status.pace, status.forecast) == (None, None)


def test_what_never_ends_has_no_pace() -> None:
    budget = a_budget(period="total", scope="key")
    status = status_of(budget, now=START, spent=Decimal(9), subject="1", label="laptop")
    assert (status.starts_at, status.ends_at, status.pace, status.forecast) == (None,) * 4
    assert (status.level, status.label) == ("warning", "laptop")
