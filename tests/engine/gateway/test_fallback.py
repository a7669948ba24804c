"""What follows a failed attempt, as a table."""

from typing import Any

import pytest

from pxbin_engine.gateway.fallback import (
    LONGEST_PAUSE,
    Failure,
    FailureKind,
    GiveUp,
    NextTarget,
    OtherKey,
    Relearned,
    Retry,
    RetryPolicy,
    Step,
    next_step,
)
from pxbin_engine.protocol.error import ApiError, ErrorKind
from pxbin_engine.protocol.lessons import Lesson

POLICY = RetryPolicy(max_attempts=3, base_delay=0.1)


def answered(status: int, retry_after: float | None = None) -> Failure:
    return Failure("answer", ApiError("api", status, "no", retry_after=retry_after), status)


def failed(kind: FailureKind) -> Failure:
    return Failure(kind, ApiError("api", 502, "no"))


def step(failure: Failure, *, attempts: int = 1, targets_left: int = 0, **more: Any) -> Step:
    return next_step(
        failure, POLICY, attempts=attempts, targets_left=targets_left, jitter=0.5, **more
    )


@pytest.mark.parametrize("status", [400, 413, 415, 422, 431])
def test_the_requests_own_fault_is_final(status: int) -> None:
    assert step(answered(status), targets_left=2) == GiveUp()
    assert answered(status).scope == "request"


LESSON = Lesson("text_only", True, "reads only text", "repeated without images")


@pytest.mark.parametrize(
    "failure", [answered(400), answered(404), answered(500)], ids=lambda f: str(f.status)
)
def test_what_a_refusal_teaches_is_tried_before_all_else(failure: Failure) -> None:
    step = next_step(failure, POLICY, attempts=3, targets_left=1, jitter=0.5, lesson=LESSON)
    assert step == Relearned(LESSON)


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 410, 501, 301])
def test_what_belongs_to_one_upstream_goes_to_the_next_and_is_never_repeated(status: int) -> None:
    assert step(answered(status), targets_left=1) == NextTarget()
    assert step(answered(status)) == GiveUp()


@pytest.mark.parametrize(("status", "kind"), [(400, "permission"), (429, "billing")])
def test_what_an_upstream_says_of_its_key_or_its_account_counts_whatever_the_status(
    status: int, kind: ErrorKind
) -> None:
    failure = Failure("answer", ApiError(kind, 403, "no"), status)
    assert step(failure, targets_left=1) == NextTarget()
    assert step(failure) == GiveUp()


@pytest.mark.parametrize(
    "kind", ["misconfigured", "circuit_open", "keys_resting", "unknown_reference"]
)
def test_what_was_never_sent_goes_to_the_next(kind: FailureKind) -> None:
    assert step(failed(kind), targets_left=1) == NextTarget()
    assert step(failed(kind)) == GiveUp()


PASSING = [
    *(answered(status) for status in (408, 409, 425, 429, 500, 502, 503, 504, 529)),
    *(failed(kind) for kind in ("unreachable", "timeout", "disconnected", "bad_answer")),
]


@pytest.mark.parametrize("failure", PASSING, ids=lambda f: f"{f.kind}-{f.status}")
def test_what_may_pass_is_repeated_with_a_doubling_pause(failure: Failure) -> None:
    assert step(failure, attempts=1) == Retry(pytest.approx(0.1))
    assert step(failure, attempts=2) == Retry(pytest.approx(0.2))


@pytest.mark.parametrize("failure", PASSING, ids=lambda f: f"{f.kind}-{f.status}")
def test_after_the_last_attempt_the_next_target_has_its_turn(failure: Failure) -> None:
    assert step(failure, attempts=3, targets_left=1) == NextTarget()
    assert step(failure, attempts=3) == GiveUp()


def test_a_short_retry_after_is_honoured() -> None:
    assert step(answered(429, retry_after=2.0)) == Retry(2.0)


def test_a_long_retry_after_is_left_to_another_target_or_to_the_client() -> None:
    assert step(answered(429, retry_after=LONGEST_PAUSE + 1), targets_left=1) == NextTarget()
    assert step(answered(429, retry_after=LONGEST_PAUSE + 1)) == GiveUp()


def test_jitter_spreads_the_pause_around_its_middle() -> None:
    pauses = [
        next_step(answered(500), POLICY, attempts=1, targets_left=0, jitter=jitter)
        for jitter in (0.0, 1.0)
    ]
    assert pauses == [Retry(pytest.approx(0.05)), Retry(pytest.approx(0.15))]


@pytest.mark.parametrize(
    ("failure", "counts"),
    [
        (answered(500), True),
        (answered(529), True),
        (answered(501), False),
        (answered(429), False),
        (answered(401), False),
        (answered(400), False),
        (failed("timeout"), True),
        (failed("unreachable"), True),
        (failed("disconnected"), True),
        (failed("bad_answer"), True),
        (failed("misconfigured"), False),
        (failed("circuit_open"), False),
        (failed("keys_resting"), False),
        (failed("unknown_reference"), False),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Failure) else "",
)
def test_the_breaker_counts_5xx_and_silence_but_never_4xx(failure: Failure, counts: bool) -> None:
    assert failure.counts_against_upstream is counts


def test_what_was_said_weighs_more_than_what_was_never_asked() -> None:
    failures = [answered(400), failed("circuit_open"), failed("unknown_reference")]
    assert sorted(failures, key=lambda failure: -failure.weight) == failures
    assert failed("misconfigured").weight == failed("circuit_open").weight
    assert failed("keys_resting").weight == failed("circuit_open").weight


@pytest.mark.parametrize(
    ("failure", "about_key"),
    [
        *[(answered(status), True) for status in (401, 402, 403, 429)],
        (Failure("answer", ApiError("permission", 403, "API key not valid"), 400), True),
        (Failure("answer", ApiError("billing", 402, "no quota"), 429), True),
        *[(answered(status), False) for status in (400, 404, 408, 500, 503, 529)],
        *[
            (failed(kind), False)
            for kind in ("timeout", "unreachable", "misconfigured", "keys_resting")
        ],
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Failure) else "",
)
def test_what_another_key_may_do_better(failure: Failure, about_key: bool) -> None:
    assert failure.is_about_key is about_key


def test_another_key_is_tried_at_once_before_another_target() -> None:
    for failure in (answered(401), answered(429)):
        assert step(failure, attempts=3, targets_left=1, other_key=True) == OtherKey()


def test_keys_that_all_rest_are_waited_for_only_where_nothing_else_is_left() -> None:
    rest = Failure("keys_resting", ApiError("rate_limit", 429, "slow", retry_after=2.0))
    assert step(rest, targets_left=1) == NextTarget()
    assert step(rest) == Retry(2.0)
    refused = Failure("keys_resting", ApiError("permission", 403, "bad key", retry_after=2.0))
    assert step(refused) == GiveUp()


def test_an_upstream_that_was_silent_is_asked_again_only_where_nothing_else_is_left() -> None:
    assert step(failed("timeout"), targets_left=1) == NextTarget()
    assert isinstance(step(failed("timeout")), Retry)


def test_an_old_request_is_not_repeated_but_another_target_is_tried() -> None:
    policy = RetryPolicy(max_attempts=3, base_delay=0.1, max_seconds=10.0)

    def after(elapsed: float, targets_left: int) -> Step:
        return next_step(
            answered(500),
            policy,
            attempts=1,
            targets_left=targets_left,
            jitter=0.5,
            elapsed=elapsed,
        )

    assert after(9.8, 1) == Retry(pytest.approx(0.1))
    assert after(9.95, 1) == NextTarget()
    assert after(9.95, 0) == GiveUp()
