"""Both sides of a day: what is equal, what differs, and what explains it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pxbin_engine.admin.usage_comparison import Coverage, compare
from pxbin_engine.records import ProviderUsage, ReconcileLine, ServedUsage

DAY = date(2026, 11, 20)
NEXT = DAY + timedelta(days=1)
LONG_AGO = date(2026, 1, 1)
BOTH = Coverage(tokens=frozenset({DAY}), cost=frozenset({DAY}), counted_since=LONG_AGO)


def told(**values: Any) -> ProviderUsage:
    """A provider's line: 100 tokens in, of which 40 from a cache, 10 out, one dollar."""
    said = {
        "day": DAY,
        "model": "m",
        "prompt_tokens": 100,
        "input_tokens": 60,
        "cache_read_tokens": 40,
        "cache_write_tokens": 0,
        "output_tokens": 10,
        "cost": Decimal(1),
    }
    return ProviderUsage(**said | values)


def served(**values: Any) -> ServedUsage:
    """The same as pxbin counts it."""
    counted = {
        "day": DAY,
        "model": "m",
        "requests": 3,
        "input_tokens": 60,
        "cache_read_tokens": 40,
        "output_tokens": 10,
        "cost": Decimal(1),
    }
    return ServedUsage(**counted | values)


def line(
    theirs: list[ProviderUsage], ours: list[ServedUsage], coverage: Coverage = BOTH
) -> ReconcileLine:
    """The only line of a comparison."""
    (found,), (of_model,), total = compare(theirs, ours, coverage)
    for summed in (of_model, total):
        assert (summed.state, summed.cost, summed.reasons) == (
            found.state,
            found.cost,
            found.reasons,
        )
    return found


CASES: dict[str, tuple[list[ProviderUsage], list[ServedUsage], str, tuple[str, ...]]] = {
    "equal": ([told()], [served()], "equal", ()),
    "equal but for what was rounded": (
        [told(cost=Decimal("1.01"), cost_rounding=Decimal("0.01"))],
        [served()],
        "equal",
        (),
    ),
    "equal but for the last of many places": (
        [told(cost=Decimal("1.0000000001"))],
        [served()],
        "equal",
        (),
    ),
    "within a percent": (
        [told(prompt_tokens=10_000, input_tokens=9960)],
        [served(input_tokens=9861)],
        "close",
        ("elsewhere",),
    ),
    "just beyond": (
        [told(prompt_tokens=10_000, input_tokens=9960)],
        [served(input_tokens=9859)],
        "differs",
        ("elsewhere",),
    ),
    "a part that differs is measured by the whole": (
        [told(prompt_tokens=10_000, input_tokens=60, cache_read_tokens=9940)],
        [served(input_tokens=100, cache_read_tokens=9900)],
        "close",
        ("classes",),
    ),
    "more here": ([told()], [served(output_tokens=20)], "differs", ("not_exported",)),
    "estimated": ([told()], [served(output_tokens=8, estimated=1)], "differs", ("elsewhere", "estimated")),
    "another price": ([told()], [served(cost=Decimal(2))], "differs", ("price",)),
    "no price": ([told()], [served(cost=Decimal("0.5"), unpriced=1)], "differs", ("unpriced",)),
    "other classes": (
        [told()],
        [served(input_tokens=100, cache_read_tokens=0)],
        "differs",
        ("classes",),
    ),
    "only there": ([told()], [], "only_there", ("elsewhere",)),
    "only here": ([], [served()], "only_here", ("not_exported",)),
    "a credit": ([told(cost=Decimal(-1))], [served()], "differs", ("price",)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_state_of_a_line_and_why(name: str) -> None:
    theirs, ours, state, reasons = CASES[name]
    found = line(theirs, ours)
    assert (found.state, found.reasons) == (state, reasons)


def test_the_figures_stand_beside_each_other() -> None:
    found = line([told(requests=4)], [served(cost=Decimal("1.5"))])
    assert (found.requests.provider, found.requests.pxbin, found.requests.difference) == (4, 3, -1)
    assert found.requests.percent == -25.0
    assert (found.prompt_tokens.provider, found.prompt_tokens.pxbin) == (100, 100)
    assert (found.cost.difference, found.cost.percent) == (Decimal("0.5"), 50.0)
    assert (found.provider_models, found.served_models) == (("m",), ("m",))


def test_what_an_export_does_not_say_is_not_compared() -> None:
    tokens = Coverage(tokens=frozenset({DAY}), cost=frozenset(), counted_since=LONG_AGO)
    found = line([told(cost=None)], [served(cost=Decimal(7))], tokens)
    assert (found.state, found.cost.provider, found.cost.pxbin) == ("equal", None, 7)
    cost = Coverage(tokens=frozenset(), cost=frozenset({DAY}), counted_since=LONG_AGO)
    money = ProviderUsage(day=DAY, model="m", cost=Decimal(1))
    assert line([money], [served(output_tokens=99)], cost).state == "equal"
    assert line([money], [served(cost=Decimal(3))], cost).reasons == ("not_exported",)
    sums = told(input_tokens=None, cache_read_tokens=None, cache_write_tokens=None)
    found = line([sums], [served(input_tokens=100, cache_read_tokens=0)])
    assert (found.state, found.cache_read_tokens.provider) == ("equal", None)


def test_usage_and_costs_of_two_files_are_one_line_whatever_they_call_the_model() -> None:
    usage = told(model="claude-sonnet-4-5-20250929", cost=None)
    costs = ProviderUsage(day=DAY, model="Claude Sonnet 4.5", cost=Decimal(1))
    found = line([usage, costs], [served(model="claude-sonnet-4-5")])
    assert found.state == "equal"
    assert found.provider_models == ("Claude Sonnet 4.5", "claude-sonnet-4-5-20250929")
    assert found.model == "Claude Sonnet 4.5"


def test_days_that_no_import_tells_of_are_left_out() -> None:
    lines, models, total = compare(
        [told(day=NEXT)], [served(), served(day=NEXT), served(day=LONG_AGO)], BOTH
    )
    assert [(one.day, one.state) for one in lines] == [(DAY, "only_here")]
    assert [one.model for one in models] == ["m"]
    assert total.cost.pxbin == 1


def test_why_a_day_may_be_incomplete() -> None:
    coverage = Coverage(
        tokens=frozenset({DAY}),
        cost=frozenset({DAY}),
        unsettled=frozenset({DAY}),
        counted_since=NEXT,
    )
    assert line([told()], [], coverage).reasons == ("unsettled", "before", "elsewhere")
    assert line([told()], [served()], coverage).reasons == ()


def test_totals_add_up_and_the_dearest_model_comes_first() -> None:
    days = Coverage(frozenset({DAY, NEXT}), frozenset({DAY, NEXT}), counted_since=LONG_AGO)
    lines, models, total = compare(
        [told(), told(day=NEXT), told(model="dear", cost=Decimal(5))],
        [served(), served(day=NEXT, cost=Decimal(2)), served(model="other")],
        days,
    )
    assert [(one.day, one.model, one.state) for one in lines] == [
        (DAY, "dear", "only_there"),
        (DAY, "m", "equal"),
        (DAY, "other", "only_here"),
        (NEXT, "m", "differs"),
    ]
    assert [(one.model, one.cost.provider, one.cost.pxbin) for one in models] == [
        ("dear", 5, 0),
        ("m", 2, 3),
        ("other", 0, 1),
    ]
    assert (total.day, total.model) == (None, "")
    assert (total.cost.provider, total.cost.pxbin, total.cost.difference) == (7, 4, -3)
    for figure in ("requests", "prompt_tokens", "output_tokens", "cost"):
        ours = [getattr(one, figure).pxbin for one in lines]
        assert getattr(total, figure).pxbin == sum(ours)


def test_a_total_compares_each_figure_on_the_days_that_tell_it() -> None:
    """Usage of one day and costs of another: what the other day had is not held against either."""
    days = Coverage(frozenset({DAY}), frozenset({NEXT}), counted_since=LONG_AGO)
    theirs = [told(cost=None), ProviderUsage(day=NEXT, model="m", cost=Decimal(1))]
    _, (model,), total = compare(theirs, [served(), served(day=NEXT)], days)
    for summed in (model, total):
        assert (summed.state, summed.prompt_tokens.pxbin, summed.cost.pxbin) == ("equal", 100, 1)


def test_nothing_is_equal_to_nothing() -> None:
    lines, models, total = compare([], [], Coverage(frozenset(), frozenset()))
    assert (lines, models, total.state) == ((), (), "equal")
