"""Why an answer stopped, what it used, why it failed."""

from typing import Literal

import pytest

from pxbin_engine.protocol.dialects.openai_responses import upstream_wire as wire
from pxbin_engine.protocol.dialects.openai_responses.answer import (
    decode_failure,
    decode_stop,
    decode_usage,
)
from pxbin_engine.protocol.response import StopReason, Usage


def answer(status: str = "completed", reason: str | None = None) -> wire.Answer:
    details = wire.IncompleteDetails(reason) if reason else None
    return wire.Answer(status=status, incomplete_details=details)


@pytest.mark.parametrize(
    ("reason", "last_call", "refused", "unified"),
    [
        (None, None, False, "end_turn"),
        (None, "whole", False, "tool_use"),
        (None, "cut", False, "tool_use"),
        (None, None, True, "refusal"),
        ("max_output_tokens", None, False, "max_tokens"),
        ("max_output_tokens", "whole", False, "tool_use"),
        ("max_output_tokens", "cut", False, "max_tokens"),
        ("max_messages", None, False, "max_tokens"),
        ("content_filter", None, False, "refusal"),
        ("steered", None, False, "end_turn"),
        ("something_new", None, False, "end_turn"),
    ],
)
def test_behaviour_05_stop_reasons_keep_the_raw_value(
    reason: str | None,
    last_call: Literal["whole", "cut"] | None,
    refused: bool,
    unified: str,
) -> None:
    status = "incomplete" if reason else "completed"
    stop = decode_stop(answer(status, reason), refused=refused, last_call=last_call)
    assert (stop.unified, stop.raw) == (unified, reason or "completed")


def test_behaviour_05_a_status_that_was_not_said_is_that_of_a_completed_answer() -> None:
    assert decode_stop(wire.Answer(), refused=False, last_call=None) == StopReason(
        "end_turn", "completed"
    )


def test_behaviour_10_cached_tokens_are_inside_the_input_and_classes_are_disjoint() -> None:
    writes = wire.CacheWrites(ttl_30m_tokens=200, ttl_12h_tokens=100)
    details = wire.InputDetails(600, 300, writes)
    used = wire.Usage(1000, 7, details, wire.OutputDetails(5))
    told = decode_usage(wire.Answer(usage=used), 0)
    assert told == Usage(100, 600, 200, 100, 7, reasoning_tokens=5)
    assert told.prompt_tokens == 1000


def test_behaviour_10_cached_tokens_that_are_more_than_the_input_were_counted_apart() -> None:
    used = wire.Usage(10, 1, wire.InputDetails(cached_tokens=50))
    assert decode_usage(wire.Answer(usage=used), 0) == Usage(10, 50, output_tokens=1)


def test_behaviour_10_none_reported_is_none() -> None:
    assert decode_usage(wire.Answer(), 3) is None


def test_searches_are_counted_as_the_response_says_or_as_its_items_tell() -> None:
    counted = wire.ToolUsage(wire.SearchUsage(2))
    for tool_usage, searches in ((counted, 2), (wire.ToolUsage(), 3), (None, 3)):
        told = decode_usage(wire.Answer(usage=wire.Usage(), tool_usage=tool_usage), 3)
        assert told is not None
        assert told.web_searches == searches


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("rate_limit_exceeded", "rate_limit", 429),
        ("server_error", "api", 502),
        ("context_length_exceeded", "context_overflow", 400),
        ("insufficient_quota", "billing", 402),
        ("invalid_prompt", "invalid_request", 400),
        ("server_is_overloaded", "overloaded", 503),
        ("image_parse_error", "invalid_request", 400),
        ("something_new", "api", 502),
    ],
)
def test_behaviour_21_a_failed_response_has_a_kind(code: str, kind: str, status: int) -> None:
    failure = decode_failure(wire.Answer(status="failed", error={"code": code, "message": "No."}))
    assert failure is not None
    assert (failure.kind, failure.status, failure.message) == (kind, status, "No.")


def test_a_failure_without_a_reason_is_one() -> None:
    assert decode_failure(answer("failed")) is not None
    assert decode_failure(answer("cancelled")) is not None
    assert decode_failure(answer("completed")) is None
    assert decode_failure(answer("incomplete")) is None


def test_as_what_it_was_sold_is_told() -> None:
    used = wire.Usage(10, 1)
    told = decode_usage(wire.Answer(usage=used, service_tier="priority"), 0)
    assert told == Usage(10, output_tokens=1, service_tier="priority")
