"""The circuit breaker, with the clock in the test's hand."""

import pytest

from pxbin_engine.gateway.breaker import Breaker


def opened(at: float = 0.0) -> Breaker:
    breaker = Breaker(threshold=3, timeout=30.0)
    for _ in range(3):
        assert breaker.allow(at)
        breaker.failure(at, at, "503")
    return breaker


def test_failures_in_a_row_open_it() -> None:
    breaker = opened()
    assert (breaker.state, breaker.reason) == ("open", "503")
    assert not breaker.allow(29.9)
    assert breaker.retry_after(10.0) == pytest.approx(20.0)


def test_a_success_in_between_starts_the_count_anew() -> None:
    breaker = Breaker(threshold=2, timeout=30.0)
    breaker.failure(0.0, 0.0, "x")
    breaker.success(0.0, 0.0)
    breaker.failure(0.0, 0.0, "x")
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
    breaker.success(30.0, 30.0)
    assert breaker.state == "closed"
    assert breaker.retry_after(30.0) == 0.0


def test_the_probes_failure_opens_it_again_for_the_whole_time() -> None:
    breaker = opened()
    breaker.allow(30.0)
    breaker.failure(31.0, 31.0, "still 503")
    assert breaker.state == "open"
    assert not breaker.allow(60.9)
    assert breaker.allow(61.0)


def test_a_probe_whose_client_left_makes_room_for_the_next() -> None:
    breaker = opened()
    breaker.allow(30.0)
    breaker.release(30.0)
    assert breaker.allow(30.0)


def test_clients_that_leave_never_open_it() -> None:
    breaker = Breaker(threshold=1, timeout=30.0)
    for _ in range(10):
        assert breaker.allow(0.0)
        breaker.release(0.0)
    assert breaker.state == "closed"


def by_share(**settings: float) -> Breaker:
    return Breaker(
        100,
        30.0,
        **{"error_rate": 0.5, "window": 60.0, "min_requests": 10} | settings,  # type: ignore[arg-type]
    )


def serve(breaker: Breaker, outcomes: str, *, start: float = 0.0, step: float = 1.0) -> float:
    """``.`` for a success, ``x`` for a failure, one each ``step`` seconds; when the last one ended."""
    now = start
    for position, outcome in enumerate(outcomes):
        now = start + position * step
        assert breaker.allow(now)
        if outcome == "x":
            breaker.failure(now, now, "503")
        else:
            breaker.success(now, now)
    return now


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ("x.x.x.x.x", "closed"),  # too few to say anything
        ("x.x.x.x.x.", "closed"),  # only a failure opens it
        ("x.x.x.x.xx", "open"),
        ("..........xxxxx", "closed"),
        ("..........xxxxxxxxxx", "open"),
        ("x..x..x..x..x..x", "closed"),
    ],
)
def test_a_share_of_failures_opens_it_though_they_are_not_in_a_row(
    outcomes: str, state: str
) -> None:
    breaker = by_share()
    serve(breaker, outcomes)
    assert breaker.state == state


def test_without_a_share_only_failures_in_a_row_count() -> None:
    breaker = by_share(error_rate=0.0)
    serve(breaker, "x.xx" * 20)
    assert breaker.state == "closed"


def test_what_is_older_than_the_window_does_not_count() -> None:
    breaker = by_share()
    last = serve(breaker, "x" * 9)
    assert breaker.snapshot(last).requests == 9
    serve(breaker, "......x", start=last + 66.0)
    assert breaker.state == "closed"
    assert breaker.snapshot(last + 72.0).error_rate == pytest.approx(1 / 7)
    assert breaker.snapshot(last + 1000.0).error_rate is None


def test_after_it_has_closed_the_past_does_not_open_it_again() -> None:
    breaker = by_share()
    now = serve(breaker, "x" * 10)
    assert breaker.state == "open"
    assert breaker.allow(now + 30.0)
    breaker.success(now + 30.0, now + 30.0)
    assert breaker.state == "closed"
    breaker.failure(now + 31.0, now + 31.0, "503")
    assert breaker.state == "closed"


def test_what_was_under_way_neither_closes_nor_prolongs_it() -> None:
    breaker = opened(at=5.0)
    breaker.success(1.0, 6.0)
    assert breaker.state == "open"
    breaker.failure(1.0, 20.0, "late")
    assert breaker.retry_after(20.0) == pytest.approx(15.0)
    assert breaker.allow(35.0)


def test_what_was_under_way_says_nothing_beside_a_probe_either() -> None:
    breaker = opened(at=5.0)
    assert breaker.allow(35.0)
    breaker.success(1.0, 36.0)
    assert breaker.state == "half_open"
    breaker.failure(2.0, 37.0, "late")
    assert breaker.state == "half_open"
    breaker.release(3.0)
    assert not breaker.allow(38.0), "the probe is still under way"
    breaker.success(35.0, 39.0)
    assert breaker.state == "closed"
    breaker.failure(4.0, 40.0, "late")
    assert breaker.snapshot(40.0).requests == 0


def test_another_sign_of_life_lets_the_next_request_try() -> None:
    breaker = opened()
    breaker.try_again()
    assert breaker.allow(1.0)
    assert not breaker.allow(1.0), "one probe at a time"
    closed = Breaker(3, 30.0)
    closed.try_again()
    assert closed.state == "closed"
