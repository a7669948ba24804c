"""What charts draw: folding, scale, thinning."""

import pytest

from pxbin_app.widgets.series import Series, axis_step, folded, spread_ticks, thinned


def test_up_to_five_series_are_kept_the_largest_first() -> None:
    series = [Series(str(place), (float(place),)) for place in range(5)]
    assert [one.name for one in folded(series)] == ["4", "3", "2", "1", "0"]


def test_from_six_on_the_small_ones_become_other_and_nothing_is_lost() -> None:
    series = [Series(str(place), (float(place), 1.0)) for place in range(9)]
    result = folded(series)
    assert [one.name for one in result] == ["8", "7", "6", "5", "other"]
    assert result[-1].values == (10.0, 5.0)
    assert sum(one.total for one in result) == sum(one.total for one in series)


@pytest.mark.parametrize(
    ("largest", "step"),
    [(0, 1.0), (0.78, 0.2), (0.8, 0.2), (0.81, 0.25), (4, 1.0), (5, 2.0), (1284, 500.0)],
)
def test_four_round_steps_reach_the_largest(largest: float, step: float) -> None:
    assert axis_step(largest) == pytest.approx(step)
    assert axis_step(largest) * 4 >= largest


def test_thinning_keeps_the_peaks_and_short_series() -> None:
    assert thinned([1.0, 2.0]) == (1.0, 2.0)
    values = [0.0] * 3600
    values[1801] = 9.0
    result = thinned(values)
    assert len(result) <= 500
    assert max(result) == 9.0


def test_ticks_are_few_and_spread() -> None:
    ticks = spread_ticks([f"{hour:02d}:00" for hour in range(24)])
    assert len(ticks) == 6
    assert ticks[0] == (2, "02:00")
    assert spread_ticks([]) == []
    assert spread_ticks(["now"]) == [(0, "now")]
