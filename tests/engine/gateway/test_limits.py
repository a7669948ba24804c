"""The limits of keys, with the clock in the test's hand."""

from typing import Any

import pytest

from pxbin_engine.gateway.limits import Excess, Grant, KeyLimits, Standing
from pxbin_engine.records import KeyRecord
from tests.support.gateway import KEY, key_record


def a_key(number: int = 1, **limits: Any) -> KeyRecord:
    return key_record(f"{KEY}{number}", **limits)


def waits(grants: list[Grant]) -> list[float | None]:
    """Of each, how long it has to wait; None where it was let in."""
    return [grant.excess.wait if grant.excess else None for grant in grants]


def enter(limits: KeyLimits, key: KeyRecord, now: float, times: int = 1) -> list[float | None]:
    return waits([limits.enter(key, 0, now) for _ in range(times)])


# ---------------------------------------------------------------------- requests


def test_without_a_limit_everything_is_granted_and_nothing_is_kept() -> None:
    limits, key = KeyLimits(0, 0), a_key()
    assert not limits.apply_to(key)
    grants = [limits.enter(key, 10**9, 0.0) for _ in range(1000)]
    assert {(grant.excess, grant.standings) for grant in grants} == {(None, ())}


@pytest.mark.parametrize("limit", ["rate_limit", "tokens_per_minute", "max_concurrency"])
def test_any_limit_of_its_own_applies(limit: str) -> None:
    assert KeyLimits(0, 0).apply_to(a_key(**{limit: 5}))
    assert KeyLimits(1.0, 0).apply_to(a_key())


def test_the_burst_is_granted_then_the_rate() -> None:
    limits, key = KeyLimits(2.0, 3), a_key()
    assert enter(limits, key, 0.0, 3) == [None, None, None]
    assert enter(limits, key, 0.0) == [pytest.approx(0.5)]
    assert enter(limits, key, 0.5, 2) == [None, pytest.approx(0.5)]


def test_keys_do_not_share_a_bucket() -> None:
    limits = KeyLimits(1.0, 1)
    assert enter(limits, a_key(1), 0.0, 2) == [None, pytest.approx(1.0)]
    assert enter(limits, a_key(2), 0.0) == [None]


def test_a_keys_own_limit_is_counted_by_the_minute_and_wins() -> None:
    limits, key = KeyLimits(1000.0, 1000), a_key(rate_limit=2)
    assert enter(limits, key, 0.0, 3) == [None, None, pytest.approx(30.0)]
    assert enter(limits, key, 30.0) == [None]


@pytest.mark.parametrize("limit", [1, 3, 7, 11, 59, 61])
def test_after_the_time_that_was_told_there_is_room(limit: int) -> None:
    limits, key = KeyLimits(0, 0), a_key(rate_limit=limit)
    enter(limits, key, 0.1, limit)
    (wait,) = enter(limits, key, 0.1)
    assert wait is not None
    assert enter(limits, key, 0.1 + wait) == [None]


def test_an_idle_bucket_never_holds_more_than_its_capacity() -> None:
    limits, key = KeyLimits(1.0, 2), a_key()
    enter(limits, key, 0.0)
    assert [wait is None for wait in enter(limits, key, 3600.0, 3)] == [True, True, False]


def test_a_limit_of_zero_lets_nothing_through() -> None:
    assert enter(KeyLimits(0, 0), a_key(rate_limit=0), 0.0) == [60.0]


def test_a_changed_limit_counts_from_the_next_request() -> None:
    limits = KeyLimits(0, 0)
    assert enter(limits, a_key(rate_limit=1), 0.0, 2) == [None, pytest.approx(60.0)]
    assert enter(limits, a_key(rate_limit=60), 0.0) == [None]


# ---------------------------------------------------------------------- tokens


def test_tokens_are_reserved_and_put_right_at_the_end() -> None:
    limits, key = KeyLimits(0, 0), a_key(tokens_per_minute=600)
    first = limits.enter(key, 400, 0.0)
    assert first.standings == (Standing("tokens", 600, 200, 40.0),)
    assert limits.enter(key, 400, 0.0).excess == Excess("tokens", 600, 20.0)
    first.end(100, 0.0)  # 300 less than was thought
    assert limits.enter(key, 400, 0.0).standings == (Standing("tokens", 600, 100, 50.0),)


def test_a_bucket_goes_into_debt_and_what_follows_waits() -> None:
    limits, key = KeyLimits(0, 0), a_key(tokens_per_minute=600)
    limits.enter(key, 100, 0.0).end(1200, 0.0)
    refused = limits.enter(key, 1, 0.0)
    assert refused.excess == Excess("tokens", 600, pytest.approx(60.1))
    assert refused.standings[0].remaining == 0
    assert waits([limits.enter(key, 1, 60.2)]) == [None]


def test_a_request_larger_than_the_bucket_is_let_in_when_it_is_full() -> None:
    limits, key = KeyLimits(0, 0), a_key(tokens_per_minute=600)
    assert waits([limits.enter(key, 5000, 0.0)]) == [None]
    assert waits([limits.enter(key, 5000, 60.0)]) == [pytest.approx(440.0)]


def test_what_never_reached_an_upstream_costs_no_tokens() -> None:
    limits, key = KeyLimits(0, 0), a_key(tokens_per_minute=600)
    limits.enter(key, 600, 0.0).end(0, 0.0)
    assert waits([limits.enter(key, 600, 0.0)]) == [None]


def test_a_grant_is_given_back_once_and_never_beyond_the_capacity() -> None:
    limits, key = KeyLimits(0, 0), a_key(tokens_per_minute=600)
    grant = limits.enter(key, 600, 0.0)
    grant.end(0, 30.0)
    grant.end(0, 30.0)
    assert limits.enter(key, 0, 30.0).standings == (Standing("tokens", 600, 600, 0.0),)


# ---------------------------------------------------------------------- requests at once


def test_a_slot_is_free_again_when_a_request_ends() -> None:
    limits, key = KeyLimits(0, 0), a_key(max_concurrency=2)
    first, second = limits.enter(key, 0, 0.0), limits.enter(key, 0, 0.0)
    assert limits.enter(key, 0, 0.0).excess == Excess("concurrency", 2, 1.0)
    first.end(0, 0.0)
    third = limits.enter(key, 0, 0.0)
    assert (third.excess, limits.enter(key, 0, 0.0).excess is None) == (None, False)
    for grant in (second, third):
        grant.end(0, 0.0)
    assert waits([limits.enter(key, 0, 0.0) for _ in range(2)]) == [None, None]


def test_a_refused_request_takes_from_no_limit() -> None:
    limits = KeyLimits(0, 0)
    key = a_key(rate_limit=5, tokens_per_minute=100, max_concurrency=1)
    first = limits.enter(key, 60, 0.0)
    refused = limits.enter(key, 10, 0.0)  # no slot
    refused.end(0, 0.0)
    assert refused.excess == Excess("concurrency", 1, 1.0)
    first.end(60, 0.0)
    assert limits.enter(key, 60, 0.0).excess == Excess("tokens", 100, pytest.approx(12.0))
    last = limits.enter(key, 10, 0.0)
    assert [standing.remaining for standing in last.standings] == [3, 30]


def test_asking_takes_nothing() -> None:
    limits, key = KeyLimits(0, 0), a_key(rate_limit=1, max_concurrency=1)
    assert [limits.excess(key, 0, 0.0) for _ in range(3)] == [None] * 3
    limits.enter(key, 0, 0.0)
    assert limits.excess(key, 0, 0.0) == Excess("concurrency", 1, 1.0)
