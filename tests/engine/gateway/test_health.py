"""How upstreams are, by what requests and checks show, and the news when that changes."""

from datetime import timedelta

import pytest
from msgspec import structs

from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus, UpstreamHealthChanged
from pxbin_engine.gateway.health import UpstreamHealth, level_of
from pxbin_engine.records import HealthLevel, UpstreamHealthRecord, UpstreamRecord
from tests.support.gateway import NOW, upstream_record

UPSTREAM = upstream_record(1, "http://u", "openai")


class Watched:
    """The health of upstreams whose breakers open at the first failure, by a clock that ticks at each look."""

    def __init__(self) -> None:
        self.heard: list[UpstreamHealthChanged] = []
        self._ticks = 0
        events = EventBus()
        events.subscribe(UpstreamHealthChanged, self.heard.append)
        config = EngineConfig(cb_failure_threshold=1, cb_timeout_seconds=30.0)
        self.health = UpstreamHealth(
            config, events, clock=lambda: NOW + timedelta(seconds=self.tick())
        )

    def tick(self) -> int:
        self._ticks += 1
        return self._ticks

    def answer(self, upstream: UpstreamRecord = UPSTREAM) -> None:
        self.health.succeeded(upstream, self.health.of(upstream), 0.0, 0.0)

    def fail(self, upstream: UpstreamRecord = UPSTREAM) -> None:
        self.health.failed(upstream, self.health.of(upstream), 0.0, 0.0, "503")

    @property
    def record(self) -> UpstreamHealthRecord:
        return self.health.record(UPSTREAM, 0.0)

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(event.state, event.level, event.reason) for event in self.heard]


LEVELS: list[tuple[str, bool, bool, float | None, HealthLevel]] = [
    ("closed", False, False, None, "unknown"),
    ("closed", True, False, None, "ok"),
    ("closed", True, False, 0.05, "ok"),
    ("closed", True, False, 0.2, "degraded"),
    ("closed", True, True, None, "degraded"),
    ("half_open", True, False, 0.0, "degraded"),
    ("open", True, True, 1.0, "down"),
]


@pytest.mark.parametrize(("circuit", "seen", "fails", "error_rate", "level"), LEVELS)
def test_levels(
    circuit: str, seen: bool, fails: bool, error_rate: float | None, level: HealthLevel
) -> None:
    found = level_of(circuit, seen=seen, fails=fails, error_rate=error_rate)  # type: ignore[arg-type]  # a table of them
    assert found == level


def test_a_change_is_told_once() -> None:
    watched = Watched()
    watched.answer()
    watched.answer()
    watched.fail()
    watched.health.publish_change(UPSTREAM, 0.0)
    assert watched.told == [("closed", "ok", ""), ("open", "down", "503")]


def test_what_requests_show_is_kept() -> None:
    watched = Watched()
    assert watched.record.level == "unknown"
    watched.answer()
    watched.fail()
    found = watched.record
    assert (found.level, found.circuit, found.last_failure) == ("down", "open", "503")
    assert found.last_ok_at is not None
    assert found.last_failure_at is not None
    assert found.last_ok_at < found.last_failure_at
    assert found.checked_at is None


def test_a_check_that_fails_degrades_but_opens_no_circuit() -> None:
    """A server whose list of models is broken may still complete."""
    watched = Watched()
    watched.health.checked(UPSTREAM, 0.0, "it is not there")
    found = watched.record
    assert (found.level, found.circuit, found.last_failure) == (
        "degraded",
        "closed",
        "it is not there",
    )
    assert found.checked_at is not None
    watched.health.checked(UPSTREAM, 0.0, None)
    assert watched.told == [("closed", "degraded", "it is not there"), ("closed", "ok", "")]


def test_a_check_that_succeeds_lets_an_open_circuit_try_at_once() -> None:
    watched = Watched()
    watched.fail()
    assert not watched.health.of(UPSTREAM).allow(1.0)
    watched.health.checked(UPSTREAM, 0.0, None)
    assert watched.record.circuit == "half_open"
    assert watched.health.of(UPSTREAM).allow(1.0)
    watched.answer()
    assert [state for state, _, _ in watched.told] == ["open", "half_open", "closed"]


def test_an_edited_upstream_begins_anew_and_an_unchanged_one_does_not() -> None:
    watched = Watched()
    watched.fail()
    assert watched.health.of(structs.replace(UPSTREAM)).state == "open"
    assert watched.health.of(structs.replace(UPSTREAM, base_url="http://other")).state == "closed"


def test_what_a_request_of_before_an_edit_shows_is_not_said_of_what_is_there_now() -> None:
    watched = Watched()
    breaker = watched.health.of(UPSTREAM)
    edited = structs.replace(UPSTREAM, base_url="http://other")
    watched.health.of(edited)
    watched.health.failed(UPSTREAM, breaker, 0.0, 0.0, "503")
    assert watched.health.record(edited, 0.0).level == "unknown"


def test_an_upstream_that_is_deleted_while_it_answers_has_no_news() -> None:
    watched = Watched()
    breaker = watched.health.of(UPSTREAM)
    watched.health.keep([])
    watched.health.failed(UPSTREAM, breaker, 0.0, 0.0, "503")
    assert watched.heard == []


def test_deleted_upstreams_are_forgotten() -> None:
    watched = Watched()
    other = upstream_record(2, "http://v", "openai")
    for upstream in (UPSTREAM, other):
        watched.fail(upstream)
    watched.health.keep([other.id])
    assert watched.health.of(UPSTREAM).state == "closed"
    assert watched.health.of(other).state == "open"
