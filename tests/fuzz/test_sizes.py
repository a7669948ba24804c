"""Bodies that are made to cost: very many keys, very long texts, very deep; time and memory stay in proportion."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from tests.fuzz.cases import Case
from tests.fuzz.checks import CHECKS
from tests.fuzz.seeds import requests, streams

REQUESTS = [name for name in CHECKS if name.startswith(("request/", "count/", "patch/"))]
STREAMS = [name for name in CHECKS if name.startswith("stream/")]
ANSWERS = [name for name in CHECKS if name.startswith(("answer/", "error/"))]

SECONDS = 3.0
"""For a megabyte at most; measured with memory traced, which costs as much again."""
TIMES_ITS_SIZE = 120


def keys(number: int) -> bytes:
    return b",".join(b'"k%d":0' % each for each in range(number))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "fifty thousand keys": lambda: b'{"model":"m",%b}' % keys(50_000),
    "the same key ten thousand times": lambda: b'{"model":"m"%b}' % (b',"input":[]' * 10_000),
    "a long text": lambda: b'{"model":"m","messages":"%b"}' % (b"\\\\" * 100_000),
    "ten thousand levels": lambda: b'{"model":"m","input":%b%b}' % (b"[" * 10_000, b"]" * 10_000),
    "never closed": lambda: b'{"model":"m","contents":' + b'{"a":' * 10_000,
    "a number of a hundred thousand digits": lambda: (
        b'{"model":"m","max_tokens":%b}' % (b"9" * 100_000)
    ),
    "NaN": lambda: b'{"model":"m","temperature":NaN}',
    "a lone surrogate": lambda: b'{"model":"m","system":"\\ud800","instructions":"\\udfff"}',
}


def spent(check: str, body: bytes) -> tuple[float, int]:
    """Seconds, and bytes at the peak."""
    tracemalloc.start()
    try:
        began = time.process_time()
        CHECKS[check](Case(check, body, status=400))
        return time.process_time() - began, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.fuzz
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("check", [*REQUESTS, *ANSWERS])
def test_a_hostile_body_costs_in_proportion(check: str, name: str) -> None:
    body = HOSTILE[name]()
    seconds, peak = spent(check, body)
    assert seconds < SECONDS
    assert peak < TIMES_ITS_SIZE * len(body) + 5_000_000


@pytest.mark.fuzz
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("check", STREAMS)
def test_a_hostile_event_costs_in_proportion(check: str, name: str) -> None:
    event = b"data: " + HOSTILE[name]() + b"\n\n"
    seconds, peak = spent(check, event)
    assert seconds < SECONDS
    assert peak < TIMES_ITS_SIZE * len(event) + 5_000_000


@pytest.mark.fuzz
@pytest.mark.parametrize("check", STREAMS)
def test_a_stream_that_goes_on_for_ever_costs_in_proportion(check: str) -> None:
    long = streams(check.removeprefix("stream/"))[9] * 50
    seconds, peak = spent(check, long)
    assert seconds < SECONDS
    assert peak < TIMES_ITS_SIZE * len(long) + 5_000_000


def test_the_corpus_is_there() -> None:
    assert all(
        requests(name.removeprefix("request/")) for name in CHECKS if name.startswith("request/")
    )
