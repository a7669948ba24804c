"""The breakers of all upstreams, and the news when one changes."""

from msgspec import structs

from pxbin_engine.events import EventBus, UpstreamHealthChanged
from pxbin_engine.gateway.health import UpstreamHealth
from tests.support.gateway import upstream_record

UPSTREAM = upstream_record(1, "http://u", "openai")


def watched() -> tuple[UpstreamHealth, list[UpstreamHealthChanged]]:
    events, heard = EventBus(), list[UpstreamHealthChanged]()
    events.subscribe(UpstreamHealthChanged, heard.append)
    return UpstreamHealth(1, 30.0, events), heard


def test_a_change_is_told_once() -> None:
    health, heard = watched()
    health.of(UPSTREAM)
    health.publish_change(UPSTREAM)
    health.of(UPSTREAM).failure(0.0, "503")
    health.publish_change(UPSTREAM)
    health.publish_change(UPSTREAM)
    assert [(event.state, event.reason) for event in heard] == [("open", "503")]


def test_an_edited_upstream_begins_anew_and_an_unchanged_one_does_not() -> None:
    health, _ = watched()
    health.of(UPSTREAM).failure(0.0, "503")
    assert health.of(structs.replace(UPSTREAM)).state == "open"
    assert health.of(structs.replace(UPSTREAM, base_url="http://other")).state == "closed"


def test_an_upstream_that_is_deleted_while_it_answers_has_no_news() -> None:
    health, heard = watched()
    breaker = health.of(UPSTREAM)
    health.keep([])
    breaker.failure(0.0, "503")
    health.publish_change(UPSTREAM)
    assert heard == []


def test_deleted_upstreams_are_forgotten() -> None:
    health, _ = watched()
    other = upstream_record(2, "http://v", "openai")
    for upstream in (UPSTREAM, other):
        health.of(upstream).failure(0.0, "503")
    health.keep([other.id])
    assert health.of(UPSTREAM).state == "closed"
    assert health.of(other).state == "open"
