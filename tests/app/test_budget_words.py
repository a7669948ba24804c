"""Budgets in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pxbin_app import budget_words
from tests.support.database import NOW
from tests.support.memory_budgets import a_budget, a_status


@pytest.mark.parametrize(
    ("limit", "said"),
    [("10", "$10"), ("10.00", "$10"), ("2.5", "$2.50"), ("1500", "$1,500"), ("0.005", "$0.0050")],
)
def test_a_limit_is_said_as_one_says_it(limit: str, said: str) -> None:
    assert budget_words.limit_text(Decimal(limit)) == said


def test_spent_of_the_limit() -> None:
    assert budget_words.spent_text(a_status(spent="6.891")) == "$6.89 of $10"
    assert budget_words.share(a_status(spent="2.5")) == 0.25


@pytest.mark.parametrize(
    ("values", "subject", "said"),
    [
        ({}, "", "All requests · a day · refuses when used up"),
        ({"scope": "key", "period": "month"}, "", "Each key · a month · refuses when used up"),
        ({"scope": "key", "is_hard": False}, "CI", "Key CI · a day · only tells"),
        ({"scope": "client", "period": "total"}, "Codex", "Client Codex · in total · refuses when used up"),
    ],
)  # fmt: skip
def test_what_a_budget_is_about(values: dict[str, Any], subject: str, said: str) -> None:
    assert budget_words.about(a_budget(**values), subject) == said


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(minutes=27, seconds=40), "ends in 27 min"),
        (timedelta(hours=9, minutes=20), "ends in 9 h"),
        (timedelta(hours=47), "ends in 47 h"),
        (timedelta(days=8, hours=3), "ends in 8 days, on 1 Dec"),
        (timedelta(seconds=-3), "ends in 0 min"),
    ],
)
def test_until_when(left: timedelta, said: str) -> None:
    assert budget_words.ends_text(a_status(ends_at=NOW + left), NOW) == said


def test_a_budget_of_another_clock_names_its_zone() -> None:
    budget = a_budget(time_zone="Asia/Tokyo")
    ends = datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert budget_words.ends_text(a_status(budget, ends_at=ends), NOW) == "ends in 2 h (Asia/Tokyo)"
    odd = a_status(a_budget(), ends_at=ends)
    lost = a_status(a_budget(time_zone="UTC"), ends_at=None)
    assert "(" not in budget_words.ends_text(odd, NOW)
    assert budget_words.ends_text(lost, NOW) == ""


@pytest.mark.parametrize(
    ("budget", "spent", "values", "said"),
    [
        ({}, "2.5", {}, "At this pace $5.00 by the end of the day; $7.50 left."),
        ({}, "6", {}, "At this pace $12.00 by the end of the day: $2.00 too much."),
        ({"period": "total"}, "6", {}, "$4.00 left."),
        ({}, "10.2", {}, "Requests are refused until the next day."),
        ({"period": "total"}, "10", {}, "Requests are refused until its limit is raised."),
        ({"is_hard": False}, "11", {}, "Requests go on: this budget only tells."),
    ],
)
def test_the_outlook(budget: dict[str, Any], spent: str, values: dict[str, Any], said: str) -> None:
    assert budget_words.outlook(a_status(a_budget(**budget), spent, **values)) == said


def test_the_worst_comes_first() -> None:
    good, low, fast = a_status(spent="1"), a_status(spent="9"), a_status(spent="2", level="fast")
    less, gone = a_status(spent="0.5"), a_status(spent="12")
    assert budget_words.by_trouble([less, good, fast, low, gone]) == [gone, low, fast, good, less]


def test_a_notice_says_whose_it_is_and_what_follows() -> None:
    budget = a_budget(name="Per key", scope="key")
    title, text = budget_words.notice(a_status(budget, "10", subject="id-7", label="CI"))
    assert title == "Per key, CI is used up"
    assert text == "$10.00 of $10 today. Requests are refused until the next day."
    assert budget_words.notice(a_status(spent="8.2"))[0] == "Team: 82% is spent"
    assert "too fast" in budget_words.notice(a_status(level="fast"))[0]
