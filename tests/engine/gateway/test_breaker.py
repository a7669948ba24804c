"""The circuit breaker, with the clock in the test's hand."""

import pytest

from pxbin_engine.gateway.breaker import Breaker


def opened(at: float = 0.0) -> Breaker:
    breaker = Breaker(threshold=3, timeout=30.0)
    for _ in range(3):
        assert breaker.allow(at)
        breaker.failure(at, "503")
    return breaker


def test_failures_in_a_row_open_it() -> None:
    breaker = opened()
    assert (breaker.state, breaker.reason) == ("open", "503")
    assert not breaker.allow(29.9)
    assert breaker.retry_after(10.0) == pytest.approx(20.0)


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker(threshold=2, timeout=30.0)
    breaker.failure(0.0, "x")
    breaker.success(0.0)
    breaker.failure(0.0, "x")
    assert breaker.state == "closed"
    assert breaker.allow(0.0)


def test_after_its_time_one_probe_is_let_through() -> None:
    breaker = opened()
    assert breaker.allow(30.0)
    assert breaker.state == "half_open"
    assert not breaker.allow(30.0)


def test_the_probes_success_closes_it() -> None:
    breaker = opened()
    breaker.allow(30.0)
    breaker.success(30.0)
    assert breaker.state == "closed"
    assert breaker.retry_after(30.0) == 0.0


def test_the_probes_failure_opens_it_again_for_the_whole_time() -> None:
    breaker = opened()
    breaker.allow(30.0)
    breaker.failure(31.0, "still 503")
    assert breaker.state == "open"
    assert not breaker.allow(60.9)
    assert breaker.allow(61.0)


def test_a_probe_whose_client_left_makes_room_for_the_next() -> None:
    breaker = opened()
    breaker.allow(30.0)
    breaker.release()
    assert breaker.allow(30.0)


def test_clients_that_leave_never_open_it() -> None:
    breaker = Breaker(threshold=1, timeout=30.0)
    for _ in range(10):
        assert breaker.allow(0.0)
        breaker.release()
    assert breaker.state == "closed"
