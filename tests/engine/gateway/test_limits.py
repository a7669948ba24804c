"""Token buckets, with the clock in the test's hand."""

from uuid import UUID

import pytest

from pxbin_engine.gateway.limits import RateLimiter

KEY = UUID(int=1)
OTHER = UUID(int=2)


def test_without_a_limit_everything_is_granted() -> None:
    limiter = RateLimiter(0, 0)
    assert [limiter.take(KEY, None, 0.0) for _ in range(1000)] == [None] * 1000


def test_the_burst_is_granted_then_the_rate() -> None:
    limiter = RateLimiter(2.0, 3)
    assert [limiter.take(KEY, None, 0.0) for _ in range(3)] == [None, None, None]
    assert limiter.take(KEY, None, 0.0) == pytest.approx(0.5)
    assert limiter.take(KEY, None, 0.5) is None
    assert limiter.take(KEY, None, 0.5) == pytest.approx(0.5)


def test_keys_do_not_share_a_bucket() -> None:
    limiter = RateLimiter(1.0, 1)
    assert limiter.take(KEY, None, 0.0) is None
    assert limiter.take(KEY, None, 0.0) is not None
    assert limiter.take(OTHER, None, 0.0) is None


def test_a_keys_own_limit_is_counted_by_the_minute_and_wins() -> None:
    limiter = RateLimiter(1000.0, 1000)
    assert [limiter.take(KEY, 2, 0.0) for _ in range(2)] == [None, None]
    assert limiter.take(KEY, 2, 0.0) == pytest.approx(30.0)
    assert limiter.take(KEY, 2, 30.0) is None


def test_an_idle_bucket_never_holds_more_than_its_capacity() -> None:
    limiter = RateLimiter(1.0, 2)
    limiter.take(KEY, None, 0.0)
    assert [limiter.take(KEY, None, 3600.0) is None for _ in range(3)] == [True, True, False]


def test_a_limit_of_zero_lets_nothing_through() -> None:
    assert RateLimiter(0, 0).take(KEY, 0, 0.0) == 60.0


def test_a_changed_limit_counts_from_the_next_request() -> None:
    limiter = RateLimiter(0, 0)
    limiter.take(KEY, 1, 0.0)
    assert limiter.take(KEY, 1, 0.0) is not None
    assert limiter.take(KEY, 60, 0.0) is None
