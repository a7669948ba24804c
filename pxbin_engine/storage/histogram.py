"""Percentiles from the sparse histograms of ``latency_hourly`` (see migrations/0003_usage.sql)."""

from collections.abc import Iterable

GAMMA = 1.11
"""Bin n holds values in [GAMMA^n, GAMMA^(n+1)); bin 0 also what is smaller. So a percentile is off by 5.5 % at most."""


def percentile(bins: Iterable[tuple[int, int]], share: float) -> float | None:
    """The value below which ``share`` (0..1) of the counted values lie; ``bins`` are (bin, count). None: no values."""
    ordered = sorted(bins)
    rank = share * sum(count for _, count in ordered)
    for number, count in ordered:
        if rank <= count and count:
            return float(GAMMA ** (number + rank / count))
        rank -= count
    return None
