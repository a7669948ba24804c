"""Counts in disjoint classes, finishes that are failures, and ids."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.gemini_generate.outcome import (
    decode_stop,
    decode_usage,
    failed_finish,
    made_id,
)
from pxbin_engine.protocol.dialects.gemini_generate.upstream_wire import UsageMetadata
from pxbin_engine.protocol.response import StopReason, Usage


def usage(**counts: Any) -> Usage:
    return decode_usage(msgspec.convert(counts, UsageMetadata))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, Usage()),
        ({"promptTokenCount": 10, "candidatesTokenCount": 3}, Usage(10, output_tokens=3)),
        (
            {"promptTokenCount": 100, "cachedContentTokenCount": 90, "candidatesTokenCount": 3},
            Usage(10, cache_read_tokens=90, output_tokens=3),
        ),
        (
            {"promptTokenCount": 10, "cachedContentTokenCount": 90},
            Usage(10, cache_read_tokens=90),
        ),
        (
            {"promptTokenCount": 10, "candidatesTokenCount": 3, "thoughtsTokenCount": 7},
            Usage(10, output_tokens=10, reasoning_tokens=7),
        ),
        (
            {"promptTokenCount": 10, "toolUsePromptTokenCount": 50, "candidatesTokenCount": 3,
             "totalTokenCount": 63},
            Usage(60, output_tokens=3),
        ),
        ({"promptTokenCount": 10, "totalTokenCount": 31}, Usage(10, output_tokens=21)),
    ],
)  # fmt: skip
def test_behaviour_10_counts_are_disjoint(counts: dict[str, int], expected: Usage) -> None:
    assert usage(**counts) == expected


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_behaviour_10_the_classes_add_up_to_the_total(
    cached: int, uncached: int, written: int, thought: int
) -> None:
    total = cached + uncached + written + thought
    counted = usage(
        promptTokenCount=cached + uncached,
        cachedContentTokenCount=cached,
        candidatesTokenCount=written,
        thoughtsTokenCount=thought,
        totalTokenCount=total,
    )
    assert counted.prompt_tokens + counted.output_tokens == total


def test_a_malformed_call_is_a_failure_with_googles_words() -> None:
    failure = failed_finish("MALFORMED_FUNCTION_CALL", "print(f(")
    assert failure is not None
    assert failure.message.endswith("print(f(")
    assert (failure.kind, failure.code) == ("api", "MALFORMED_FUNCTION_CALL")
    assert failed_finish("STOP", None) is None


def test_no_finish_at_all_is_an_end() -> None:
    assert decode_stop(None, has_call=False) == StopReason("end_turn")


def test_made_ids_differ_by_answer_and_position() -> None:
    assert len({made_id("call", "r", 0), made_id("call", "r", 1), made_id("call", "s", 0)}) == 3


def test_sound_and_pictures_are_parts_of_their_classes() -> None:
    told = usage(
        promptTokenCount=2000,
        cachedContentTokenCount=600,
        candidatesTokenCount=1290,
        promptTokensDetails=[
            {"modality": "TEXT", "tokenCount": 80},
            {"modality": "AUDIO", "tokenCount": 1920},
        ],
        cacheTokensDetails=[{"modality": "AUDIO", "tokenCount": 600}],
        candidatesTokensDetails=[{"modality": "IMAGE", "tokenCount": 1290}, {"modality": "AUDIO"}],
        serviceTier="FLEX",
    )
    assert told == Usage(
        input_tokens=1400,
        cache_read_tokens=600,
        output_tokens=1290,
        input_audio_tokens=1320,
        cache_read_audio_tokens=600,
        output_image_tokens=1290,
        service_tier="flex",
    )
