"""Errors of Google's APIs, as the corpus tells, and whatever else an upstream may answer."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.gemini_generate.error import (
    decode_error,
    decode_stream_error,
)
from pxbin_engine.protocol.error import ApiError

CORPUS = Path(__file__).parents[4] / "corpus" / "gemini_generate"
CASES = sorted(path.name for path in CORPUS.glob("error_*") if (path / "upstream.json").exists())


def decode(code: int, message: str, **more: Any) -> ApiError:
    body = msgspec.json.encode({"error": {"code": code, "message": message, **more}})
    return decode_error(code, {}, body)


@pytest.mark.parametrize("case", CASES)
def test_the_corpus_decodes_to_its_golden_errors(case: str) -> None:
    said = msgspec.json.decode((CORPUS / case / "upstream.json").read_bytes())
    error = decode_error(said["status"], said["headers"], said["body"].encode())
    golden = (CORPUS / case / "error.json").read_bytes()
    assert error == msgspec.json.decode(golden, type=ApiError)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Please retry in 46.066943s.", 46.066943),
        ("Please retry in 250ms.", 0.25),
        ("Please retry in 2m3s.", 123),
        ("Please retry in 1h.", 3600),
        ("Please retry in a while.", None),
        ("Please retry.", None),
        ("Please retry in 1.2.3s.", None),
        (f"Please retry in {'9' * 900}h.", None),
    ],
)
def test_behaviour_21_a_wait_that_only_the_text_tells(text: str, seconds: float | None) -> None:
    assert decode(429, text).retry_after == seconds


def test_behaviour_21_the_header_counts_before_the_text() -> None:
    body = msgspec.json.encode({"error": {"message": "Please retry in 46s."}})
    assert decode_error(429, {"Retry-After": "7"}, body).retry_after == 7


def test_an_overflow_stays_one_whatever_else_the_text_says() -> None:
    text = (
        "The input token count (9) exceeds the maximum number of tokens allowed (4). Enable billing"
    )
    error = decode(400, text, status="INVALID_ARGUMENT")
    assert (error.kind, error.tokens, error.maximum) == ("context_overflow", 9, 4)


def test_an_error_in_a_stream_has_the_status_that_it_names() -> None:
    error = decode_stream_error({"error": {"code": 503, "message": "m", "status": "UNAVAILABLE"}})
    assert (error.kind, error.status) == ("overloaded", 503)
    assert decode_stream_error("boom").message == "boom"


@pytest.mark.parametrize(
    "details",
    [None, 3, [3], [{"fieldViolations": []}], [{"fieldViolations": [{"field": 3}]}]],
)
def test_details_of_another_shape_tell_no_field(details: Any) -> None:
    assert decode(400, "m", details=details).param is None


@given(st.integers(400, 599), st.binary(max_size=60))
def test_anything_at_all_becomes_an_error(status: int, body: bytes) -> None:
    error = decode_error(status, {}, body)
    assert error.message
    assert error.status >= 400
