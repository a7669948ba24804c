"""docs/log.md lists every word and format of the log as the code has them, and its example is understood."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from pxbin_engine.admin.log_query import parse
from pxbin_engine.admin.log_words import WORDS
from pxbin_engine.admin.requests import TEXT_REACHES_BACK
from pxbin_engine.records import ExportFormat
from pxbin_engine.storage.requests import COUNTED_SECONDS, SEARCHED_SECONDS

PAGE = (Path(__file__).parents[2] / "docs" / "log.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([a-z]+)` (\|.*\|.*)$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("name", WORDS)
def test_every_word_is_listed(name: str) -> None:
    word = WORDS[name]
    assert ROWS[name] == f"| `{name}:{word.example}` | {word.meaning} |"


def test_no_other_word_or_format_is() -> None:
    told = re.findall(r"^\| `([a-z]+)` \|", PAGE, re.MULTILINE)
    assert told == [*WORDS, *get_args(ExportFormat)]


def test_the_example_is_understood() -> None:
    example = re.search(r"```\n(.*?)\n```", PAGE)
    assert example is not None
    query = parse(example[1], now=datetime.now(UTC))
    assert query.problems == ()
    assert len(query.filter.conditions) == 5


def test_the_bounds_are_the_code_s() -> None:
    assert f"newest {TEXT_REACHES_BACK.total_seconds() / 3600:g} hours" in PAGE
    assert f"longer than {SEARCHED_SECONDS:g} s\nis stopped" in PAGE
    assert f"longer than {COUNTED_SECONDS:g} s to count" in PAGE
