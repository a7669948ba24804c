"""What charts draw, as plain values: series, their folding to five, their scale. No Qt here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST_SERIES = 5
MOST_POINTS = 500
"""A line of more points costs a repaint more than an eye can see of it."""
OTHER = "other"
HAIRLINES = 4


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of values, one for each step of the time axis; ``failed``: in the colour of what went wrong."""

    name: str
    values: tuple[float, ...]
    failed: bool = False

    @property
    def total(self) -> float:
        """The sum of all values."""
        return sum(self.values)


def folded(series: Sequence[Series]) -> tuple[Series, ...]:
    """At most five series, the largest first; where there are more, the small ones become "other"."""
    ranked = sorted(series, key=lambda one: -one.total)
    if len(ranked) <= MOST_SERIES:
        return tuple(ranked)
    kept, small = ranked[: MOST_SERIES - 1], ranked[MOST_SERIES - 1 :]
    sums = tuple(map(sum, zip(*(one.values for one in small), strict=True)))
    return (*kept, Series(OTHER, sums))


def axis_step(largest: float) -> float:
    """The distance of the hairlines: 1, 2, 2.5 or 5 times a power of ten, four of which reach ``largest``."""
    if largest <= 0:
        return 1.0
    rough = largest / HAIRLINES
    power = 10.0 ** math.floor(math.log10(rough))
    return next(
        step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= rough * 0.999999
    )


def thinned(values: Sequence[float], limit: int = MOST_POINTS) -> tuple[float, ...]:
    """At most ``limit`` values: of each group that falls on one point, the largest, so that no peak is lost."""
    if len(values) <= limit:
        return tuple(values)
    group = math.ceil(len(values) / limit)
    return tuple(max(values[start : start + group]) for start in range(0, len(values), group))


def spread_ticks(labels: Sequence[str], most: int = 6) -> list[tuple[int, str]]:
    """Which labels of the time axis are written: evenly spread, neither at the very edge."""
    if not labels:
        return []
    step = math.ceil(len(labels) / most)
    return [(place, labels[place]) for place in range(step // 2, len(labels), step)]
