"""Looking back over a period: its steps and their names, the spend of each model, and where days begin. No widgets."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from PySide6.QtCore import QTimeZone

from pxbin_app.widgets.format import UNKNOWN
from pxbin_app.widgets.series import Series
from pxbin_engine.records import ClientBucket, KeyBucket, ModelBucket, UsageBucket

Period = Literal["24h", "7d", "30d"]
Interval = Literal["1h", "1d"]
PERIODS: dict[Period, tuple[str, Interval]] = {
    "24h": ("24 hours", "1h"),
    "7d": ("7 days", "1d"),
    "30d": ("30 days", "1d"),
}
"""What a period is called, and its steps."""


def local_zone() -> str:
    """Where days begin for the person: an IANA name; UTC where the system does not say."""
    return bytes(QTimeZone.systemTimeZoneId().data()).decode() or "UTC"


def step_names(steps: Sequence[UsageBucket], interval: Interval) -> list[str]:
    """The names of the steps: an hour's clock, or a day."""
    return [_name(step.bucket.astimezone(), interval) for step in steps]


def _name(moment: datetime, interval: Interval) -> str:
    return f"{moment:%H:%M}" if interval == "1h" else f"{moment.day} {moment:%b}"


def spend_by_model(steps: Sequence[UsageBucket], models: Sequence[ModelBucket]) -> list[Series]:
    """A series over ``steps`` for each model that cost anything."""
    return spend_over_time(steps, [(one.model or UNKNOWN, one) for one in models])


def spend_over_time(
    steps: Sequence[UsageBucket],
    spent: Iterable[tuple[str, ModelBucket | KeyBucket | ClientBucket]],
) -> list[Series]:
    """A series over ``steps`` for each name that cost anything."""
    places = {step.bucket: place for place, step in enumerate(steps)}
    values: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(places))
    for name, one in spent:
        if one.cost and one.bucket in places:
            values[name][places[one.bucket]] += float(one.cost)
    return [Series(name, tuple(row)) for name, row in values.items()]
