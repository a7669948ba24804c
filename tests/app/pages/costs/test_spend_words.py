"""The series of the chart by name, and the forecast in words."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pxbin_app.pages.costs.model import NO_CLIENT, NO_KEY
from pxbin_app.pages.costs.spend_presenter import Spend
from pxbin_app.pages.costs.spend_words import Part, forecast_text, series
from pxbin_app.widgets.series import Series
from pxbin_engine.records import (
    ClientBucket,
    KeyBucket,
    KeyUsage,
    ModelBucket,
    SpendForecast,
    UsageBucket,
)

START = datetime(2026, 11, 1).astimezone()
DAYS = [START + timedelta(days=day) for day in range(2)]
KEY = UUID(int=7)


def at(day: int, cost: str) -> dict[str, Any]:
    return {"bucket": DAYS[day], "requests": 1, "cost": Decimal(cost)}


SPEND = Spend(
    steps=tuple(UsageBucket(bucket=day) for day in DAYS),
    models_over_time=(ModelBucket(model="glm", **at(0, "1")), ModelBucket(model="qwen", **at(1, "2"))),
    keys_over_time=(
        KeyBucket(key_id=KEY, **at(0, "1")),
        KeyBucket(key_id=KEY, **at(1, "1.5")),
        KeyBucket(key_id=None, **at(1, "0.5")),
    ),
    clients_over_time=(
        ClientBucket(client="Claude Code", **at(1, "2")),
        ClientBucket(client="", **at(0, "1")),
        ClientBucket(client="free", **at(0, "0")),
    ),
    by_key=(
        KeyUsage(
            key_id=KEY, key_prefix="pxb_1", key_name="laptop", total_requests=2, total_input_tokens=0,
            total_output_tokens=0, total_cost=Decimal("2.5"), avg_latency_ms=0,
        ),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ("model", [Series("glm", (1.0, 0.0)), Series("qwen", (0.0, 2.0))]),
        ("key", [Series("laptop", (1.0, 1.5)), Series(NO_KEY, (0.0, 0.5))]),
        ("client", [Series("Claude Code", (0.0, 2.0)), Series(NO_CLIENT, (1.0, 0.0))]),
    ],
)
def test_a_series_for_each_that_cost_anything(part: Part, wanted: list[Series]) -> None:
    assert series(SPEND, part) == wanted


def a_forecast(pace_days: float, total: str = "49") -> SpendForecast:
    return SpendForecast(
        month_start=START,
        month_end=START + timedelta(days=30),
        spent=Decimal(30),
        pace=Decimal(2),
        pace_days=pace_days,
        total=Decimal(total),
    )


@pytest.mark.parametrize(
    ("pace_days", "lately"),
    [(7, "the last 7 days"), (1.2, "the last day"), (1.9, "the last 2 days")],
)
def test_a_forecast_says_how_it_was_made(pace_days: float, lately: str) -> None:
    assert forecast_text(a_forecast(pace_days)) == (
        "Forecast for November: $49.00. That is $30.00 so far, and $2.00 a day until its end,"
        f" as in {lately}."
    )


@pytest.mark.parametrize("forecast", [None, a_forecast(7, "0")])
def test_where_there_is_nothing_to_foretell_nothing_is_said(forecast: SpendForecast | None) -> None:
    assert forecast_text(forecast) == ""
