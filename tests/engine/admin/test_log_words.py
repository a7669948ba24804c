"""Values of the log's language."""

from decimal import Decimal
from typing import get_args

import pytest

from pxbin_engine.admin.log_words import WORDS, Refused, alternative, quoted
from pxbin_engine.records import Alternative, Comparison, FilterWord

VALUES: list[tuple[FilterWord, str, Comparison, object]] = [
    ("status", "429", "is", 429),
    ("status", "=429", "is", 429),
    ("status", "4xx", "class", 400),
    ("status", "5XX", "class", 500),
    ("status", ">=400", ">=", 400),
    ("status", ">400", ">", 400),
    ("status", "<=299", "<=", 299),
    ("status", "<300", "<", 300),
    ("cost", ">0.05", ">", Decimal("0.05")),
    ("cost", ">=$.5", ">=", Decimal("0.5")),
    ("cost", "0", "is", Decimal(0)),
    ("cost", "0.000000123456789", "is", Decimal("0.000000123456789")),
    ("cost", "unknown", "unknown", None),
    ("latency", ">2s", ">", 2_000.0),
    ("latency", "<800ms", "<", 800.0),
    ("latency", ">=1.5m", ">=", 90_000.0),
    ("ttft", ">1h", ">", 3_600_000.0),
    ("ttft", "none", "unknown", None),
    ("tokens", ">500", ">", 500),
    ("tokens", ">10k", ">", 10_000),
    ("tokens", "<=1.5M", "<=", 1_500_000),
    ("session", "abc", "is", "abc"),
    ("session", "None", "unknown", None),
    ("agent", "none", "unknown", None),
    ("format", "Responses", "is", "openai-responses"),
    ("format", "openai-responses", "is", "openai-responses"),
    ("format", "chat", "is", "openai"),
    ("format", "messages", "is", "anthropic"),
    ("format", "gemini", "is", "gemini"),
    ("outcome", "OK", "is", "ok"),
    ("stream", "yes", "is", True),
    ("stream", "false", "is", False),
    ("recording", "kept", "is", "kept"),
    ("recording", "None", "is", ""),
    ("model", "none", "has", "none"),
]


@pytest.mark.parametrize(("word", "text", "comparison", "value"), VALUES)
def test_a_value_is_understood(
    word: FilterWord, text: str, comparison: Comparison, value: object
) -> None:
    assert alternative(word, text) == Alternative(comparison, value)
    assert type(alternative(word, text).value) is type(value)


def test_in_quotes_none_is_a_name() -> None:
    assert alternative("session", "none", is_quoted=True) == Alternative("is", "none")
    assert quoted("none") == '"none"'


@pytest.mark.parametrize("text", ["", "٤٢٩", "42", "4290", "4x", "1e3", "> 400", ">>400"])
def test_a_status_is_three_digits(text: str) -> None:
    with pytest.raises(Refused):
        alternative("status", text)


def test_numbers_are_no_larger_than_the_database_holds() -> None:
    assert alternative("tokens", ">" + "9" * 12 + "m").value < 2**63
    with pytest.raises(Refused):
        alternative("tokens", ">" + "9" * 16)


def test_every_word_of_a_condition_can_be_said_and_is_told() -> None:
    assert WORDS.keys() == {*get_args(FilterWord), "since", "until"}
