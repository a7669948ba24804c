"""Thinking between tags, however the text is cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.openai_chat.think_tags import ThinkTagSplitter, split_think_tags

WHOLE = "\n<think>\nI wonder </thin> x.</think>\n\nSo: <think> is a tag."


def test_the_tag_at_the_start_opens_thinking_and_later_ones_are_text() -> None:
    assert split_think_tags(WHOLE) == [
        ("thinking", "I wonder </thin> x."),
        ("text", "So: <think> is a tag."),
    ]


def test_text_without_a_tag_is_text_and_keeps_its_spaces() -> None:
    assert split_think_tags("  <b>bold") == [("text", "  <b>bold")]


def test_thinking_that_was_never_closed_is_thinking() -> None:
    assert split_think_tags("<think>cut </thi") == [("thinking", "cut "), ("thinking", "</thi")]


def test_what_might_still_become_a_tag_is_not_lost_at_the_end() -> None:
    assert split_think_tags("<thi") == [("text", "<thi")]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=8))
def test_any_cut_tells_the_same(cuts: list[int]) -> None:
    splitter = ThinkTagSplitter()
    pieces = []
    edges = [0, *sorted(cuts), len(WHOLE)]
    for start, end in pairwise(edges):
        pieces += splitter.feed(WHOLE[start:end])
    pieces += splitter.close()
    for kind in ("thinking", "text"):
        assert (
            "".join(text for k, text in pieces if k == kind) == dict(split_think_tags(WHOLE))[kind]
        )
