"""Usage: four disjoint classes, and what follows from them."""

import pytest

from pxbin_engine.protocol.request import Text, ToolCall
from pxbin_engine.protocol.response import (
    MOST_TOKENS,
    Usage,
    bounded,
    service_tier,
    with_distinct_ids,
)

USAGE = Usage(
    input_tokens=1,
    cache_read_tokens=20,
    cache_write_5m_tokens=300,
    cache_write_1h_tokens=4000,
    output_tokens=50_000,
)


def test_cache_writes_are_both_lifetimes() -> None:
    assert USAGE.cache_write_tokens == 4300


def test_the_prompt_is_everything_that_was_read() -> None:
    assert USAGE.prompt_tokens == 4321


def test_counts_that_nobody_can_have_used_are_bounded() -> None:
    assert bounded(Usage(input_tokens=-5, output_tokens=2**64)) == Usage(output_tokens=MOST_TOKENS)


def test_counts_that_can_be_stay_what_they_are() -> None:
    usage = Usage(input_tokens=3, estimated=True)
    assert bounded(usage) is usage


def test_calls_that_share_an_id_are_told_apart() -> None:
    calls = (ToolCall("a", "read", "{}"), Text("x"), ToolCall("a", "write", "{}"))
    told = tuple(with_distinct_ids(calls, lambda: "b"))
    assert told == (calls[0], calls[1], ToolCall("b", "write", "{}"))


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        ("flex", "flex"),
        ("PRIORITY", "priority"),
        ("batch", "batch"),
        ("fast", "fast"),
        ("default", ""),
        ("on_demand", ""),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_only_tiers_that_are_sold_apart_are_told(said: object, tier: str) -> None:
    assert service_tier(said) == tier
