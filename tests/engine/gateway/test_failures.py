"""Failures as values: which status and words each way of failing has for the client."""

import inspect
from uuid import UUID

import pytest

from pxbin_engine import errors
from pxbin_engine.errors import UpstreamError
from pxbin_engine.gateway import failures
from pxbin_engine.gateway.key_pool import UpstreamKey
from pxbin_engine.gateway.routing import Target
from pxbin_engine.protocol.error import ApiError
from tests.support.gateway import upstream_record

UPSTREAM = upstream_record(1, "http://u", "openai")
KEY = UpstreamKey(id=UPSTREAM.id, secret="sk-secret")
TARGET = Target(UPSTREAM, "m", (KEY,))


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (errors.UpstreamUnreachable("x"), "unreachable", 502),
        (errors.UpstreamTimeout("x"), "timeout", 504),
        (errors.UpstreamDisconnected("x"), "disconnected", 502),
        (errors.UpstreamMisconfigured("x"), "misconfigured", 403),
        (errors.UpstreamError("x"), "bad_answer", 502),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_exception_becomes_a_failure_that_names_the_upstream(
    error: UpstreamError, kind: str, status: int
) -> None:
    failure = failures.from_exception(TARGET, error)
    assert (failure.kind, failure.error.status) == (kind, status)
    assert "upstream-1" in failure.error.message


def test_every_upstream_error_has_its_failure() -> None:
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, UpstreamError):
            failures.from_exception(TARGET, kind("x"))


def test_a_key_that_an_upstream_repeats_is_in_no_failure() -> None:
    secrets = ("sk-first-0123456789", "sk-second-0123456789")
    keys = tuple(UpstreamKey(id=UPSTREAM.id, secret=secret) for secret in secrets)
    target = Target(UPSTREAM, "m", keys)
    said = f"Bad keys {secrets[0]} and {secrets[1]}."
    for failure in (
        failures.from_exception(target, errors.UpstreamError(said)),
        failures.from_answer(target, 400, ApiError("invalid_request", 400, said, code=secrets[0])),
        failures.from_answer(target, 401, ApiError("authentication", 401, said)),
        failures.redirected(target, 307, f"https://x.test/?key={secrets[1]}"),
        failures.bad_answer(target, said),
    ):
        told = f"{failure.error.message} {failure.error.code}"
        assert not any(secret in told for secret in secrets)
        assert "(the key)" in told


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_key_is_a_403_that_names_the_upstream(status: int) -> None:
    failure = failures.from_answer(TARGET, status, ApiError("permission", 403, "bad key"))
    assert (failure.error.kind, failure.error.status) == ("permission", 403)
    assert failure.error.message == "Upstream 'upstream-1': bad key"
    assert failure.status == status
    assert failure.scope == "upstream"


def test_any_other_answer_keeps_its_error() -> None:
    error = ApiError("rate_limit", 429, "slow", retry_after=3.0)
    assert failures.from_answer(TARGET, 429, error).error is error


def test_a_refusal_in_a_later_round_is_as_one_in_the_first() -> None:
    error = ApiError("rate_limit", 429, "slow", retry_after=3.0)
    failure = failures.from_exception(TARGET, failures.LaterRefusal(429, error))
    assert failure == failures.from_answer(TARGET, 429, error)


def test_a_redirect_names_where_to() -> None:
    failure = failures.redirected(TARGET, 301, "https://elsewhere.test/")
    assert "https://elsewhere.test/" in failure.error.message
    assert failure.scope == "upstream"


def test_what_cannot_be_used_is_never_sent_to() -> None:
    locked = UpstreamKey(id=UUID(int=2), error="locked")
    unreadable = Target(UPSTREAM, "m", (locked,))
    other = Target(upstream_record(1, "http://u", "openai-responses"), "m", (KEY,))
    one_is_enough = Target(UPSTREAM, "m", (locked, KEY))
    for target in (TARGET, one_is_enough):
        assert failures.unusable(target, {"openai"}) is None
    for target, text in ((unreadable, "locked"), (other, "openai-responses")):
        failure = failures.unusable(target, {"openai"})
        assert failure is not None
        assert text in failure.error.message
        assert not failure.was_sent


def test_an_open_circuit_says_why_and_for_how_long() -> None:
    failure = failures.circuit_open(TARGET, "503 busy", 12.5)
    assert "503 busy" in failure.error.message
    assert failure.error.retry_after == 12.5
    assert not failure.counts_against_upstream
    probing = failures.circuit_open(TARGET, "503 busy", 0.0)
    assert probing.error.retry_after == 1, "while a probe is under way"


def test_resting_keys_say_what_the_upstream_said_and_when_to_come_again() -> None:
    said = ApiError("rate_limit", 429, "slow down", retry_after=60.0)
    failure = failures.keys_resting(TARGET, said, 7.5)
    assert (failure.error.kind, failure.error.status) == ("rate_limit", 429)
    assert failure.error.retry_after == 7.5
    assert "slow down" in failure.error.message
    assert "upstream-1" in failure.error.message
    assert not failure.was_sent


def test_an_unknown_reference_keeps_the_vendors_words_and_is_nobodys_fault() -> None:
    unknown = errors.UnknownReference("gone", param="input", code="lost", status=404)
    failure = failures.unknown_reference(unknown)
    told = ApiError("invalid_request", 404, "gone", code="lost", param="input")
    assert failure.error == told
    assert (failure.was_sent, failure.scope) == (False, "upstream")
    assert not failure.counts_against_upstream
