import math
import random

import pytest

from pxbin_engine.storage.histogram import GAMMA, percentile


def bins(values: list[float]) -> list[tuple[int, int]]:
    counts: dict[int, int] = {}
    for value in values:
        number = math.floor(math.log(max(value, 1)) / math.log(GAMMA))
        counts[number] = counts.get(number, 0) + 1
    return list(counts.items())


def test_no_values_have_no_percentile() -> None:
    assert percentile([], 0.5) is None


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("count", [1, 10, 5000])
def test_a_percentile_is_off_by_less_than_a_bin(share: float, count: int) -> None:
    source = random.Random(count)
    values = sorted(source.lognormvariate(6, 1) for _ in range(count))
    exact = values[math.ceil(share * count) - 1]
    found = percentile(bins(values), share)
    assert found is not None
    assert exact / GAMMA <= found <= exact * GAMMA
