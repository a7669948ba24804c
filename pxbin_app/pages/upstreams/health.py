"""How an upstream is, in words: by what its requests showed, and by the test that a person asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pxbin_app.theme import Tone
from pxbin_app.widgets.format import UNKNOWN, ago, counted, date_and_clock, duration, percent
from pxbin_engine.records import (
    HealthLevel,
    HealthReport,
    UpstreamHealthRecord,
    UpstreamKeyRecord,
    UpstreamRecord,
)

_LEVELS: dict[HealthLevel, tuple[str, Tone, str]] = {
    "unknown": ("not asked yet", "neutral", "Nothing was asked of it since pxbin started."),
    "ok": ("works", "ok", "Its requests are answered."),
    "degraded": ("degraded", "warn", "Part of its requests fail."),
    "down": ("down", "err", "It failed too often; it is left alone for a while."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a person's test of an upstream found, and when."""

    report: HealthReport
    at: datetime


class HealthWords(NamedTuple):
    """A word, its tone, and the reason in a sentence."""

    word: str
    tone: Tone
    reason: str


def health_of(
    record: UpstreamRecord, seen: UpstreamHealthRecord | None, check: CheckResult | None
) -> HealthWords:
    """How an upstream is. The newer of what was seen and what was tested is what counts."""
    if not record.is_active:
        return HealthWords("off", "neutral", "Nothing is sent to it.")
    if check is not None and check.at >= _newest(seen, check.at):
        works = check.report.healthy
        return HealthWords(
            "works" if works else "failing", "ok" if works else "err", said_of(check.report)
        )
    if seen is None:
        return HealthWords(*_LEVELS["unknown"])
    word, tone, meaning = _LEVELS[seen.level]
    if seen.circuit == "half_open":
        word, tone, meaning = (
            "trying again",
            "warn",
            "One request finds out whether it works again.",
        )
    elif _all_rest(record, seen):
        word, tone, meaning = "resting", "warn", "Each of its keys was refused a moment ago."
    failed = seen.last_failure if tone in {"warn", "err"} else ""
    return HealthWords(word, tone, f"{meaning} {failed}".strip())


def facts_of(
    record: UpstreamRecord,
    seen: UpstreamHealthRecord | None,
    check: CheckResult | None,
    now: datetime,
) -> list[tuple[str, str]]:
    """All that is known of an upstream's health, as label and value; what is not known is empty."""
    facts = _seen_facts(record, seen, now) if seen else []
    if check is not None:
        facts.append(("Your test", f"{said_of(check.report)} ({ago(check.at, now)})"))
    return facts


def _seen_facts(
    record: UpstreamRecord, seen: UpstreamHealthRecord, now: datetime
) -> list[tuple[str, str]]:
    failure = (_moment(seen.last_failure_at, now), seen.last_failure)
    return [
        ("Failed", error_rate(seen)),
        ("Last answer", _moment(seen.last_ok_at, now)),
        ("Last failure", " · ".join(filter(None, failure))),
        ("Checked", _moment(seen.checked_at, now) or "never"),
        ("Resting keys", ", ".join(_resting(record.keys, seen))),
    ]


def error_rate(seen: UpstreamHealthRecord) -> str:
    """``12% of 40 recent requests``."""
    if seen.error_rate is None:
        return "no requests lately"
    recent = counted(seen.recent_requests, "recent request", "recent requests")
    return f"{percent(seen.error_rate)} of {recent}"


def said_of(report: HealthReport) -> str:
    """A test's result in one line."""
    if not report.healthy:
        return report.error or "It does not answer."
    found = counted(report.models_found, "model", "models")
    return f"Works · {found} · {duration(report.latency_ms)}"


def key_name(key: UpstreamKeyRecord, place: int, of: int) -> str:
    """What a key is called: as the person said, or by its place."""
    return key.label or ("The key" if of == 1 else f"Key {place + 1}")


def when(moment: datetime | None, now: datetime) -> str:
    """How long ago; a dash for never."""
    return ago(moment, now) if moment else UNKNOWN


def _resting(keys: Sequence[UpstreamKeyRecord], seen: UpstreamHealthRecord) -> list[str]:
    return [
        key_name(key, place, len(keys))
        for place, key in enumerate(keys)
        if key.id in seen.resting_keys
    ]


def _all_rest(record: UpstreamRecord, seen: UpstreamHealthRecord) -> bool:
    used = [key.id for key in record.keys if key.is_active]
    return bool(used) and all(key in seen.resting_keys for key in used)


def _newest(seen: UpstreamHealthRecord | None, default: datetime) -> datetime:
    """When anything was last seen of it."""
    moments = (seen.last_ok_at, seen.last_failure_at, seen.checked_at) if seen else ()
    return max((moment for moment in moments if moment), default=default)


def _moment(moment: datetime | None, now: datetime) -> str:
    return f"{ago(moment, now)} ({date_and_clock(moment)})" if moment else ""
