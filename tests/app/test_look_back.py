"""Periods that pages look back over."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pxbin_app.look_back import PERIODS, local_zone, spend_by_model, step_names
from pxbin_app.widgets.series import Series
from pxbin_engine.records import ModelBucket, UsageBucket

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEPS = [UsageBucket(bucket=NOON - timedelta(hours=1)), UsageBucket(bucket=NOON)]


def test_steps_are_named_by_the_clock_or_the_day() -> None:
    assert step_names(STEPS, "1h") == [f"{step.bucket.astimezone():%H:%M}" for step in STEPS]
    local = NOON.astimezone()
    assert step_names(STEPS[1:], "1d") == [f"{local.day} {local:%b}"]


def test_a_model_that_cost_nothing_has_no_series() -> None:
    def bucket(model: str, at: datetime, cost: str) -> ModelBucket:
        return ModelBucket(bucket=at, model=model, requests=1, cost=Decimal(cost))

    models = [
        bucket("glm", NOON, "0.25"),
        bucket("glm", NOON - timedelta(hours=1), "1"),
        bucket("free", NOON, "0"),
        bucket("old", NOON - timedelta(days=3), "9"),
    ]
    assert spend_by_model(STEPS, models) == [Series("glm", (1.0, 0.25))]


def test_the_zone_is_one_that_the_engine_knows() -> None:
    assert ZoneInfo(local_zone()).key == local_zone()
    assert {interval for _, interval in PERIODS.values()} == {"1h", "1d"}
