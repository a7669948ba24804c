"""Patterns of names: what they match, also where a client makes it hard."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.gateway.name_pattern import NamePattern, may_use
from tests.support.gateway import KEY, key_record


@pytest.mark.parametrize(
    ("pattern", "names", "others"),
    [
        ("opus", ["opus"], ["Opus", "opus-5", "", "o"]),
        ("*", ["", "anything", "a/b\nc"], []),
        ("claude-*", ["claude-", "claude-opus"], ["claude", "my-claude-opus"]),
        ("*opus*", ["opus", "claude-opus-4-8[1m]"], ["opu", "sonnet"]),
        ("a*b*c", ["abc", "a-b-c", "abbcc", "abcbc"], ["acb", "ab", "abcd"]),
        ("aba*aba", ["abaaba", "aba-aba"], ["aba", "ababa"]),
        ("*b*ab", ["bab", "xbyab"], ["ab", "cab"]),
        ("*a*a*", ["aa", "aba"], ["a", "bab"]),
        ("a**c", ["ac", "abc"], ["a", "c"]),
        ("gpt-4.[o]", ["gpt-4.[o]"], ["gpt-4xo"]),
    ],
)
def test_what_a_pattern_means(pattern: str, names: list[str], others: list[str]) -> None:
    compiled = NamePattern(pattern)
    assert [name for name in (*names, *others) if compiled.matches(name)] == names


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=4), st.text("ab", max_size=12))
def test_it_matches_as_the_plain_definition_does(parts: list[str], name: str) -> None:
    assert NamePattern("*".join(parts)).matches(name) == _by_definition(parts, name)


def _by_definition(parts: list[str], name: str) -> bool:
    if len(parts) == 1:
        return name == parts[0]
    if not name.startswith(parts[0]):
        return False
    rest = name[len(parts[0]) :]
    return any(_by_definition(parts[1:], rest[at:]) for at in range(len(rest) + 1))


def test_only_letters_of_its_own_are_counted() -> None:
    assert [NamePattern(text).letters for text in ("*", "a*b", "opus")] == [0, 2, 4]
    assert [NamePattern(text).is_exact for text in ("*", "a*b", "opus")] == [False, False, True]


def test_a_hostile_name_costs_no_more_than_its_length() -> None:
    """A regular expression of the same pattern would not come back."""
    began = time.monotonic()
    assert not NamePattern("*a" * 30 + "b").matches("a" * 200_000)
    assert time.monotonic() - began < 1


def test_a_key_may_use_what_its_list_allows() -> None:
    listed = key_record(KEY, allowed_models=("gpt-4o", "claude-*"))
    assert [may_use(listed, name) for name in ("gpt-4o", "claude-opus", "gpt-4o-mini")] == [
        True,
        True,
        False,
    ]
    assert may_use(key_record(KEY), "anything")
    assert may_use(None, "anything")
