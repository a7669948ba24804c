"""Where a request's time went: its own lines for what was tried before."""

from typing import Any

import pytest

from pxbin_app.pages.logs.timing import MOST_ATTEMPTS, steps
from pxbin_engine.records import AttemptRecord, RequestRecord
from tests.support.database import a_request


def a_record(**values: Any) -> RequestRecord:
    defaults: dict[str, Any] = {
        "stream": True,
        "latency_ms": 5210.0,
        "ttft_ms": 840.0,
        "upstream_ms": 5200.0,
        "overhead_us": 6_000,
        "queue_ms": 10.0,
    }
    return a_request(**defaults | values)


def told(record: RequestRecord) -> list[tuple[str, float, float | None]]:
    return [(step.label, step.start_ms, step.took_ms) for step in steps(record)]


def an_attempt(name: str, start: float, took: float, **values: Any) -> AttemptRecord:
    return AttemptRecord(
        upstream_id=None, upstream_name=name, upstream_model="m", started_ms=start, took_ms=took, **values
    )  # fmt: skip


def test_the_four_steps() -> None:
    assert told(a_record()) == [
        ("Queue", 0, 4.0),
        ("Translate", 4.0, 6.0),
        ("Waiting (TTFT)", 10.0, 830.0),
        ("Streaming", 840.0, 4370.0),
    ]


def test_own_time_after_the_first_byte_does_not_reach_before_the_sending() -> None:
    assert told(a_record(overhead_us=25_000))[:2] == [("Queue", 0, 0), ("Translate", 0, 10.0)]


def test_a_row_that_does_not_know_how_long_it_waited() -> None:
    assert told(a_record(queue_ms=None))[:2] == [
        ("Queue, translate", 0, 6.0),
        ("Waiting (TTFT)", 6.0, 834.0),
    ]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ({"stream": False}, ["Queue", "Translate", "Waiting (TTFT)", "Answer"]),
        ({"ttft_ms": None}, ["Queue", "Translate", "Waiting"]),
        ({"ttft_ms": None, "upstream_ms": None, "queue_ms": None}, ["pxbin"]),
    ],
)
def test_steps_that_were_not_reached_are_not_shown(
    values: dict[str, Any], labels: list[str]
) -> None:
    assert [label for label, _, _ in told(a_record(**values))] == labels


def test_an_answer_without_tokens_begins_with_its_first_byte() -> None:
    attempt = an_attempt("Z.ai", 10, 190, first_byte_ms=150.0)
    assert told(a_record(ttft_ms=None, latency_ms=200.0, attempts=(attempt,)))[2:] == [
        ("Waiting", 10.0, 140.0),
        ("Streaming", 150.0, 50.0),
    ]


def test_what_failed_before_has_lines_of_its_own() -> None:
    attempts = (
        an_attempt("Z.ai", 10, 200, status=529),
        an_attempt("DeepSeek", 0, 0),
        an_attempt("Ollama", 300, 4900, status=200),
    )
    assert told(a_record(attempts=attempts))[2:] == [
        ("1. Z.ai", 10, 200),
        ("Waiting (TTFT)", 300, 540.0),
        ("Streaming", 840.0, 4370.0),
    ]


def test_of_many_attempts_those_in_the_middle_are_one_line() -> None:
    attempts = tuple(an_attempt("Z.ai", 100 * n, 50) for n in range(9))
    lines = told(a_record(attempts=attempts, ttft_ms=None, latency_ms=900.0))
    assert lines[2:] == [
        ("1. Z.ai", 0, 50),
        ("2. Z.ai", 100, 50),
        ("5 more", 200, 450),
        ("8. Z.ai", 700, 50),
        ("Waiting", 800, 100),
    ]
    assert len(lines) == 2 + MOST_ATTEMPTS + 1
