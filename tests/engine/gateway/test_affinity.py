"""Affinity: shares by weight, sessions that stay where they are, and the same order everywhere."""

from collections import Counter
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_engine.gateway.affinity import ranked, shared, sharing
from pxbin_engine.gateway.routing import RoutingTable, Target
from pxbin_engine.records import TargetRecord
from tests.support.gateway import model_record, upstream_record

SESSIONS = [f"session-{number}" for number in range(20_000)]


def targets(*weights: int) -> tuple[Target, ...]:
    """One on each upstream, all of one priority."""
    upstreams = [upstream_record(n, "http://u", "openai") for n in range(1, len(weights) + 1)]
    records = tuple(
        TargetRecord(upstream_id=UUID(int=number), upstream_model="m", weight=weight)
        for number, weight in enumerate(weights, start=1)
    )
    model = replace(model_record("m", [], "m"), targets=records)
    route = RoutingTable.build([model], upstreams, {}).resolve("m")
    assert route is not None
    return route.targets


def first_places(of: tuple[Target, ...]) -> Counter[int]:
    """How many of the sessions go to each upstream first."""
    return Counter(ranked(of, session)[0].upstream.id.int for session in SESSIONS)


@pytest.mark.parametrize("weights", [(1, 1), (1, 3), (1, 1, 2), (5, 3, 1, 1), (1000, 1)])
def test_each_has_its_share_of_the_sessions(weights: tuple[int, ...]) -> None:
    places = first_places(targets(*weights))
    for number, weight in enumerate(weights, start=1):
        share = weight / sum(weights)
        deviation = (len(SESSIONS) * share * (1 - share)) ** 0.5
        assert abs(places[number] - len(SESSIONS) * share) < 4 * deviation


def test_the_order_is_the_same_everywhere_and_always() -> None:
    """Another engine, a later version: a change of these would lose every prompt cache once."""
    three = targets(1, 1, 2)
    drawn = ["".join(str(t.upstream.id.int) for t in ranked(three, f"s{n}")) for n in range(8)]
    assert drawn == ["321", "321", "123", "132", "123", "321", "312", "132"]
    assert ranked(tuple(reversed(three)), "s0") == ranked(three, "s0")


def test_one_that_goes_moves_only_its_own_sessions() -> None:
    three = targets(1, 2, 1)
    two = tuple(target for target in three if target.upstream.id.int != 2)
    for session in SESSIONS[:2000]:
        order = ranked(three, session)
        assert ranked(two, session) == tuple(target for target in order if target in two)


def test_one_whose_weight_grows_takes_sessions_and_loses_none() -> None:
    before, after = targets(1, 1, 1), targets(1, 2, 1)
    moved = [s for s in SESSIONS if ranked(before, s)[0].upstream != ranked(after, s)[0].upstream]
    assert {ranked(after, session)[0].upstream.id.int for session in moved} == {2}
    assert len(moved) / len(SESSIONS) == pytest.approx(1 / 2 - 1 / 3, abs=0.02)


def test_a_priority_goes_before_every_share() -> None:
    one, two, three = targets(1, 1000, 1000)
    order = (one, replace(two, priority=1), replace(three, priority=1))
    assert shared(order)
    ranks = [ranked(order, session) for session in SESSIONS[:100]]
    assert {rank[0] for rank in ranks} == {one}
    assert len({rank[1] for rank in ranks}) == 2
    assert sharing(order, by_session=True) == ""


def test_an_upstreams_priority_counts_where_the_targets_own_are_equal() -> None:
    one, two = targets(1, 1)
    assert not shared((one, replace(two, upstream=replace(two.upstream, priority=1))))


def test_two_models_of_one_upstream_are_two_targets() -> None:
    (one,) = targets(1)
    other = replace(one, upstream_model="other")
    places = Counter(ranked((one, other), session)[0] for session in SESSIONS[:2000])
    assert min(places.values()) > 800


def test_how_a_share_is_told() -> None:
    three = targets(1, 1, 1)
    assert sharing(three, by_session=True) == "session affinity, 3 targets of priority 0"
    assert sharing(three, by_session=False) == "chance by weight, 3 targets of priority 0"
    assert sharing(three[:1], by_session=True) == ""
    assert not shared(three[:1])
