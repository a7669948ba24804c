"""What the detail pane says of a request."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

from pxbin_app.pages.logs import facts
from pxbin_engine.records import AttemptRecord, LossRecord, RequestRecord
from tests.support.database import a_request
from tests.support.traffic import started


def a_record(**values: Any) -> RequestRecord:
    defaults: dict[str, Any] = {
        "input_format": "anthropic",
        "output_format": "openai",
        "model": "claude-haiku-4-5",
        "upstream_model": "glm-4.6",
        "upstream_name": "Z.ai",
        "stream": True,
        "input_tokens": 1000,
        "cache_read_tokens": 5270,
        "output_tokens": 656,
        "cost": Decimal("0.0050"),
        "cost_input": Decimal("0.0006"),
        "cost_output": Decimal("0.0014"),
        "cost_cache_read": Decimal("0.0030"),
        "price_source": "published",
        "latency_ms": 5210.0,
        "ttft_ms": 840.0,
        "upstream_ms": 5200.0,
        "overhead_us": 10_000,
    }
    return a_request(**defaults | values)


def flat(groups: list[facts.Group]) -> dict[str, str]:
    return {label: value for _, rows in groups for label, value in rows if value}


def test_the_headline() -> None:
    assert [fact for fact in facts.headline(a_record()) if fact[1]] == [
        ("Route", "Anthropic Messages → Chat Completions"),
        ("Upstream", "Z.ai · glm-4.6"),
        ("Tokens", "6,270 in (84% cached) · 656 out"),
        ("Cost", "$0.0050"),
    ]


@pytest.mark.parametrize(
    ("values", "label", "said"),
    [
        ({"output_format": "anthropic"}, "Route", "Anthropic Messages, passed through"),
        (
            {"input_format": "openai-responses", "output_format": "gemini"},
            "Route",
            "Responses → Gemini",
        ),
        (
            {"input_format": "gemini", "output_format": "openai-responses"},
            "Route",
            "Gemini → Responses",
        ),
        ({"output_format": ""}, "Route", "Anthropic Messages, not routed"),
        ({"input_format": "", "output_format": ""}, "Route", "not routed"),
        ({"cost": None}, "Cost", "unknown: no price for this model"),
        ({"usage_estimated": True}, "Tokens", "6,270 in (84% cached) · 656 out, estimated"),
        (
            {"input_tokens": 0, "cache_read_tokens": 0, "output_tokens": 0},
            "Tokens",
            "none",
        ),
    ],
)
def test_the_headline_of_other_requests(values: dict[str, Any], label: str, said: str) -> None:
    assert dict(facts.headline(a_record(**values)))[label] == said


def test_tokens_and_cost_by_class() -> None:
    record = a_record(
        cache_write_5m_tokens=100,
        cache_write_1h_tokens=50,
        cost_cache_write=None,
        reasoning_tokens=300,
    )
    said = flat(facts.overview(record))
    assert said["Input"] == "1,000 · $0.0006"
    assert said["Cached"] == "5,270 · $0.0030"
    assert said["Cache write"] == "150 · unknown price (50 for an hour)"
    assert said["Output"] == "656 · $0.0014"
    assert said["Thinking"] == "300 of the output"
    assert said["Price"] == "published"
    since = datetime(2026, 11, 1, 12, tzinfo=UTC).astimezone()
    sold = replace(a_record(), service_tier="flex", price_source="upstream", price_valid_from=since)
    price = flat(facts.overview(sold))["Price"]
    assert price.startswith("listed by its upstream, flex, since ")
    assert "12:00" in price or f"{since:%H:%M}" in price
    nothing = a_record(input_tokens=0, cache_read_tokens=0, output_tokens=0)
    assert "Price" not in flat(facts.overview(nothing))


def test_who_asked_and_how_it_ended() -> None:
    record = a_record(session_id="s-1", key_name="laptop", client_name="Codex", outcome="cancelled")
    said = flat(facts.overview(record))
    assert said["Outcome"] == "The client went away"
    assert (said["Session"], said["Key"], said["Client"]) == ("s-1", "laptop", "Codex")
    assert said["Asked"] == "POST /v1/messages, streamed"
    assert said["Id"] == str(record.id)
    assert said["pxbin’s own"] == "10.0 ms"
    assert "Repeats" not in said
    assert (
        flat(facts.overview(replace(record, metadata={"replay_of": "an id"})))["Repeats"] == "an id"
    )


def test_every_outcome_has_its_sentence() -> None:
    for outcome in RequestRecord.__annotations__["outcome"].__args__:
        assert flat(facts.overview(a_record(outcome=outcome)))["Outcome"]


def test_attempts_say_why_and_how_they_ended() -> None:
    first = AttemptRecord(
        upstream_id=uuid4(), upstream_name="Anthropic", upstream_model="haiku", status=529, error="Overloaded.",
        took_ms=210, reason="First target.",
    )  # fmt: skip
    second = AttemptRecord(
        upstream_id=uuid4(), upstream_name="Z.ai", upstream_model="glm", status=200, took_ms=4000, started_ms=260,
        reason="The target before failed.",
    )  # fmt: skip
    gone = AttemptRecord(
        upstream_id=None, upstream_name="X", upstream_model="", error="Refused.", took_ms=0.4
    )
    one, two, three = facts.attempts(a_record(attempts=(first, second, gone)))
    assert one == facts.Entry(
        title="1. Anthropic · haiku", note="529 in 210 ms", text="First target.\nOverloaded.", tone="err"
    )  # fmt: skip
    assert (two.note, two.tone) == ("200 in 4.00 s, 260 ms after arrival", "ok")
    assert three.note.startswith("no answer")


def test_an_attempt_that_went_well_alone_is_told_by_the_upstreams_name() -> None:
    good = AttemptRecord(
        upstream_id=None, upstream_name="Z.ai", upstream_model="glm", status=200, took_ms=9, key_label="second"
    )  # fmt: skip
    bad = replace(good, status=503)
    assert facts.notable_attempts(a_record(attempts=(good,))) == []
    assert flat(facts.overview(a_record(attempts=(good,))))["Upstream key"] == "second"
    assert len(facts.notable_attempts(a_record(attempts=(bad,)))) == 1
    assert len(facts.notable_attempts(a_record(attempts=(bad, good)))) == 2
    assert facts.notable_attempts(a_record()) == []


def test_losses_say_what_and_why() -> None:
    record = a_record(losses=(LossRecord("tools[0].cache_control", "has no place"),))
    assert facts.losses(record) == [
        facts.Entry(
            title="tools[0].cache_control", note="Of the request", text="has no place", tone="warn"
        )
    ]


def test_losses_of_the_request_stand_before_those_of_the_answer_and_a_reason_once() -> None:
    marks = [LossRecord(f"messages[{n}].cache_control", "no marks") for n in range(6)]
    told = facts.losses(a_record(losses=(LossRecord("answer[0]", "no picture"), *marks)))
    assert [(entry.note, entry.text) for entry in told] == [
        ("Of the request", "no marks"),
        ("Of the answer", "no picture"),
    ]
    assert told[0].title.splitlines()[-2:] == ["messages[3].cache_control", "and 2 more"]


def test_that_there_are_more_losses_than_were_kept_has_no_place() -> None:
    told = facts.losses(a_record(losses=(LossRecord("", "There are more losses than these."),)))
    assert told[0].title == "Elsewhere"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Nothing was lost in translation."),
        ({"output_format": "anthropic"}, "Passed through as it came: nothing was translated."),
        ({"output_format": ""}, "Nothing was sent on."),
    ],
)
def test_no_losses_is_a_sentence(values: dict[str, Any], said: str) -> None:
    record = a_record(**values)
    assert flat(facts.overview(record))["Translation"] == said
    lossy = replace(record, losses=(LossRecord("tools", "no place"),))
    assert "Translation" not in flat(facts.overview(lossy))


def test_an_error_is_its_type_and_its_message() -> None:
    assert facts.error(a_record()) == ""
    failed = a_record(error_type="rate_limit_error", error_message="Slow down.")
    assert facts.error(failed) == "rate_limit_error · Slow down."


def test_raw_is_the_row() -> None:
    record = a_record()
    assert msgspec.json.decode(facts.raw(record), type=RequestRecord) == record


def test_what_is_known_of_a_request_in_flight() -> None:
    event = started(a_record(client_name="Codex", key_name="laptop"))
    assert dict(facts.headline(event)) == {
        "Upstream": "Z.ai",
        "Client": "Codex",
        "Key": "laptop",
    }
    assert flat(facts.live_overview(event))["Asked"] == "/v1/messages, streamed"


def test_why_a_name_went_to_another_model_is_said() -> None:
    record = a_record(asked_model="opus", route_reason="The alias opus means it for Claude Code.")
    said = dict(facts.headline(record))
    assert said["Model"] == "opus → claude-haiku-4-5 → glm-4.6"
    assert said["Why there"] == "The alias opus means it for Claude Code."


def test_an_attempt_says_which_key_was_used() -> None:
    attempt = AttemptRecord(
        upstream_id=None,
        upstream_name="Z.ai",
        upstream_model="glm",
        status=429,
        took_ms=90.0,
        key_label="second",
        reason="It rests for 60 s; the next key is used.",
    )
    (entry,) = facts.attempts(a_record(attempts=(attempt,)))
    assert entry.note == "429 in 90 ms, key second"
    assert entry.text.startswith("It rests")


def test_a_refusal_by_a_budget_reads_as_a_sentence() -> None:
    told = "The budget Team of $10 a day is used up until 24 Nov 00:00 (UTC)."
    record = a_record(outcome="refused", error_type="budget_exceeded", error_message=told)
    assert facts.error(record) == told
    assert flat(facts.overview(record))["Outcome"] == "A budget is used up: pxbin did not send it"
    other = a_record(outcome="refused", error_type="authentication_error", error_message="No key.")
    assert facts.error(other) == "authentication_error · No key."
    assert flat(facts.overview(other))["Outcome"] == "pxbin refused it"


def test_a_target_that_was_passed_over_was_not_asked() -> None:
    attempt = AttemptRecord(
        upstream_id=None,
        upstream_name="Z.ai",
        upstream_model="glm",
        error="The budget 'Z.ai a day' is used up.",
        reason="because Anthropic could not answer",
        started_ms=412.0,
    )
    (entry,) = facts.attempts(a_record(attempts=(attempt,)))
    assert (entry.note, entry.tone) == ("passed over, 412 ms after arrival", "warn")
    assert entry.text == "Because Anthropic could not answer.\nThe budget 'Z.ai a day' is used up."
