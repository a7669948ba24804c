"""What is read from errors, field by field; ``test_upstream_error`` has the shapes as vendors send them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.error_shapes import (
    ErrorShape,
    read_error,
    read_error_body,
    seconds_of,
)
from pxbin_engine.protocol.overflow import Overflow

NAMES = [
    "error",
    "message",
    "detail",
    "code",
    "type",
    "status",
    "details",
    "metadata",
    "raw",
    "loc",
    "msg",
    "n_ctx",
]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_is_read(value: Any) -> None:
    assert isinstance(read_error(value).message, str)


@given(st.binary(max_size=60))
def test_any_bytes_are_read(body: bytes) -> None:
    assert isinstance(read_error_body(body).message, str)


def test_what_is_nested_too_deeply_says_nothing() -> None:
    value: Any = "deep"
    for _ in range(5000):
        value = {"error": value}
    assert read_error(value) == ErrorShape()


def test_every_field() -> None:
    value = {
        "error": {
            "message": "m",
            "code": 400,
            "type": "t",
            "status": "S",
            "param": "p",
            "n_prompt_tokens": 2,
            "n_ctx": 1,
            "details": [{"reason": "R"}, {"retryDelay": "3s"}],
        }
    }
    assert read_error(value) == ErrorShape("m", ("t", "S", "R"), "p", 400, 3.0, Overflow(2, 1))


def test_a_long_text_is_cut() -> None:
    assert len(read_error_body(b"x" * 10_000).message) == 2000


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1.5", 1.5), ("0", 0.0), ("-1", None), ("nan", None), ("inf", None), ("", None)],
)
def test_only_a_time_that_makes_sense_is_one(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds
