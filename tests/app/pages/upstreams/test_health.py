"""How an upstream is, in words."""

from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_app.pages.upstreams.health import CheckResult, facts_of, health_of, said_of
from pxbin_engine.records import (
    HealthLevel,
    HealthReport,
    UpstreamHealthRecord,
    UpstreamKeyRecord,
    UpstreamRecord,
)
from tests.support.fake_engine import NOW

KEYS = tuple(
    UpstreamKeyRecord(id=UUID(int=number), label=label, created_at=NOW, updated_at=NOW)
    for number, label in ((2, "team"), (3, ""))
)
RECORD = UpstreamRecord(
    id=UUID(int=1), name="Z.ai", base_url="http://z", format="openai", keys=KEYS, created_at=NOW, updated_at=NOW,
)  # fmt: skip
SEEN = UpstreamHealthRecord(
    upstream_id=RECORD.id, upstream_name="Z.ai", level="ok", error_rate=0.05, recent_requests=1_240,
    last_ok_at=NOW - timedelta(seconds=12), last_failure_at=NOW - timedelta(minutes=5), last_failure="503 busy.",
    checked_at=NOW - timedelta(hours=1),
)  # fmt: skip
WORKS = HealthReport(healthy=True, models_found=12, latency_ms=143)
FAILS = HealthReport(healthy=False, error="It answered 401.")


@pytest.mark.parametrize(
    ("change", "word", "tone", "reason"),
    [
        ({}, "works", "ok", "Its requests are answered."),
        ({"level": "unknown"}, "not asked yet", "neutral", "Nothing was asked"),
        ({"level": "degraded"}, "degraded", "warn", "Part of its requests fail. 503 busy."),
        ({"level": "down", "circuit": "open"}, "down", "err", "It failed too often"),
        ({"level": "degraded", "circuit": "half_open"}, "trying again", "warn", "One request"),
        ({"resting_keys": (KEYS[0].id,)}, "works", "ok", ""),
        ({"resting_keys": (KEYS[0].id, KEYS[1].id)}, "resting", "warn", "Each of its keys"),
    ],
)
def test_what_was_seen_of_it(change: dict[str, Any], word: str, tone: str, reason: str) -> None:
    words = health_of(RECORD, replace(SEEN, **change), None)
    assert (words.word, words.tone) == (word, tone)
    assert words.reason.startswith(reason)


@pytest.mark.parametrize("level", get_args(HealthLevel))
def test_every_level_has_its_words(level: HealthLevel) -> None:
    assert health_of(RECORD, replace(SEEN, level=level), None).word


def test_nothing_is_known_of_one_that_was_never_seen() -> None:
    assert health_of(RECORD, None, None).word == "not asked yet"


def test_one_that_is_off_has_no_health() -> None:
    off = replace(RECORD, is_active=False)
    assert health_of(off, replace(SEEN, level="down"), None).word == "off"


@pytest.mark.parametrize(
    ("report", "ago", "word"),
    [
        (FAILS, timedelta(0), "failing"),
        (WORKS, timedelta(0), "works"),
        (FAILS, timedelta(minutes=1), "works"),  # a request was answered since
    ],
)
def test_the_newer_of_test_and_traffic_counts(
    report: HealthReport, ago: timedelta, word: str
) -> None:
    assert health_of(RECORD, SEEN, CheckResult(report=report, at=NOW - ago)).word == word


def test_all_that_is_known_is_told() -> None:
    check = CheckResult(report=FAILS, at=NOW - timedelta(seconds=30))
    seen = replace(SEEN, resting_keys=(KEYS[1].id,))
    facts = dict(facts_of(RECORD, seen, check, NOW))
    assert facts["Failed"] == "5.0% of 1,240 recent requests"
    assert facts["Last answer"].startswith("12 s ago (")
    assert facts["Last failure"].endswith("· 503 busy.")
    assert facts["Resting keys"] == "Key 2"
    assert facts["Your test"] == "It answered 401. (30 s ago)"


def test_what_is_not_known_is_not_made_up() -> None:
    fresh = UpstreamHealthRecord(upstream_id=RECORD.id, upstream_name="Z.ai")
    facts = dict(facts_of(RECORD, fresh, None, NOW))
    assert facts == {
        "Failed": "no requests lately",
        "Last answer": "",
        "Last failure": "",
        "Checked": "never",
        "Resting keys": "",
    }
    assert facts_of(RECORD, None, None, NOW) == []


def test_a_test_in_a_line() -> None:
    assert said_of(WORKS) == "Works · 12 models · 143 ms"
    assert said_of(HealthReport(healthy=False)) == "It does not answer."
