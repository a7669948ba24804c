"""A YAML text with other values: only what was changed differs."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.config import Secret
from pxbin_engine.errors import ConfigError
from pxbin_engine.yaml_changes import changed

FILE = """\
# My own notes.
listen_addr: 127.0.0.1:8080   # the usual one

log_retention_days: 30
cors_origins:   [http://a,   http://b]
# the end
"""


def test_only_the_changed_line_differs() -> None:
    result = changed(FILE, {"log_retention_days": 7})
    assert result == FILE.replace("log_retention_days: 30", "log_retention_days: 7").replace(
        "[http://a,   http://b]", "[http://a, http://b]"
    ).replace("cors_origins:   ", "cors_origins: ")


def test_a_value_that_is_there_already_changes_nothing() -> None:
    text = FILE.replace("  [http://a,   http://b]", "[http://a, http://b]").replace(":[", ": [")
    assert changed(text, {"listen_addr": "127.0.0.1:8080", "log_retention_days": 30}) == text


@pytest.mark.parametrize(
    ("text", "changes", "values"),
    [
        ("", {"log_retention_days": 5}, {"log_retention_days": 5}),
        ("# notes\n", {"listen_addr": "127.0.0.1:1"}, {"listen_addr": "127.0.0.1:1"}),
        ("a: 1\nb: 2\n", {"a": None}, {"b": 2}),
        ("a: 1\n", {"a": None}, None),
        ("a: 1\n", {"missing": None}, {"a": 1}),
        ("a: 1\n", {"database_schema": "on"}, {"a": 1, "database_schema": "on"}),
        ("a: 1\n", {"listen_addr": "1:30"}, {"a": 1, "listen_addr": "1:30"}),
        ("a: 1\n", {"cors_origins": ("http://x",)}, {"a": 1, "cors_origins": ["http://x"]}),
        ("a: 1\n", {"database_url": Secret("p://q")}, {"a": 1, "database_url": "p://q"}),
        ("a: 1\n", {"data_dir": Path("/x")}, {"a": 1, "data_dir": "/x"}),
    ],
    ids=range(10),
)
def test_what_is_written_is_read_again(text: str, changes: dict[str, Any], values: Any) -> None:
    result = changed(text, changes)
    assert yaml.safe_load(result) == values
    assert all(line in result for line in text.splitlines() if line.startswith("#"))


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text_is_read_as_it_was_written(value: str) -> None:
    try:
        result = changed("a: 1\n", {"database_url": value})
    except ConfigError:  # a control character that YAML has no room for
        assert not value.isprintable()
        return
    assert yaml.safe_load(result) == {"a": 1, "database_url": value}
