"""NAME=value lines: what is not ours keeps every character."""

import pytest

from pxbin_app.clients.errors import ParseError
from pxbin_app.clients.formats import dotenv

TEXT = "# K=no\n export A = \"one\ntwo\" # c\r\nB=plain # c\nC=\n  nonsense\nB='last'\n"


def test_values_as_the_npm_package_reads_them() -> None:
    assert dotenv.values(TEXT) == {"A": "one\ntwo", "B": "last", "C": ""}
    assert dotenv.values("A=\"x\\ny\"\nB='x\\ny'") == {"A": "x\ny", "B": "x\\ny"}


PUT = {
    "a new file": ("", "K=v\n"),
    "at the end": ("A=1", "A=1\nK=v\n"),
    "crlf": ("A=1\r\n", "A=1\r\nK=v\r\n"),
    "in its place": ("export K = 'old' # c\nB=1\n", "export K = v # c\nB=1\n"),
    "the last of two": ("K=1\nK=2\n", "K=1\nK=v\n"),
    "an empty one": ("K=\nB=1\n", "K=v\nB=1\n"),
    "not one in a comment": ("#K=1\n", "#K=1\nK=v\n"),
}


@pytest.mark.parametrize(("before", "after"), PUT.values(), ids=PUT)
def test_put(before: str, after: str) -> None:
    assert dotenv.put(before, ("K",), "v") == after
    assert dotenv.values(after)["K"] == "v"


def test_drop_takes_the_line() -> None:
    assert dotenv.drop("A=1\nK=v # c\nB=2\n", ("K",)) == "A=1\nB=2\n"
    assert dotenv.drop("A=1\nK=v", ("K",)) == "A=1\n"
    assert dotenv.drop("A=1\n", ("K",)) == "A=1\n"


@pytest.mark.parametrize("value", ["http://127.0.0.1:8080", "a b", "it's", 'say "x"', "#1"])
def test_a_value_is_read_back(value: str) -> None:
    assert dotenv.values(f"K={dotenv.written(value)}\n") == {"K": value}


def test_what_cannot_be_written_is_told() -> None:
    with pytest.raises(ParseError):
        dotenv.written("'\"`")
