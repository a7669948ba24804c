"""Usage: four disjoint classes, and what follows from them."""

from pxbin_engine.protocol.response import Usage

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
