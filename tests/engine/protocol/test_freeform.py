"""A text out of JSON arguments, whatever the model wrote and wherever it is cut."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.freeform import (
    FreeformInput,
    freeform_arguments,
    freeform_input,
)

ARGUMENTS = [
    '{"input":"*** Begin Patch\\n+\\ta \\"b\\" \\\\ \\/ \\u00e9\\n"}',
    ' {\n"input" : "\\ud83d\\ude00 \\uD83D\\uDE00" } trailing',
    '{"input":"\\ud83dx \\ud83d\\n \\ud83d\\ud83d\\ude00 \\ud83d\\u0041 \\udc00 \\ud83d"}',
    '{"input":"\\uzz \\u12 \\q \n\t raw","input":"twice"}',
    '{"input":"cut \\u00',
    '{"input":"cut \\ud83d\\u',
    '{"input":"cut \\',
    '{"input"',
    '{"inp":"one other"}',
    '{"other":1,"input":"later"}',
    '{"input":{"a":1}}',
    '"bare"',
    "*** Begin Patch",
    "",
    "{}",
    "   ",
]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (ARGUMENTS[0], '*** Begin Patch\n+\ta "b" \\ / é\n'),
        (ARGUMENTS[1], "😀 😀"),
        (ARGUMENTS[2], "\ufffdx \ufffd\n \ufffd😀 \ufffdA \ufffd \ufffd"),
        (ARGUMENTS[3], "uzz u12 q \n\t raw"),
        (ARGUMENTS[4], "cut "),
        (ARGUMENTS[6], "cut "),
        (ARGUMENTS[8], "one other"),
        (ARGUMENTS[9], "later"),
        (ARGUMENTS[10], '{"input":{"a":1}}'),
        ('"bare"', "bare"),
        ("*** Begin Patch", "*** Begin Patch"),
        ("", ""),
        ("{}", "{}"),
    ],
)
def test_the_text_that_the_arguments_mean(arguments: str, text: str) -> None:
    assert freeform_input(arguments) == text


@given(st.sampled_from(ARGUMENTS), st.lists(st.integers(0, 80), max_size=8))
def test_behaviour_25_any_split_of_the_fragments_tells_the_same(
    arguments: str, cuts: list[int]
) -> None:
    reader = FreeformInput()
    edges = [0, *sorted(min(cut, len(arguments)) for cut in cuts), len(arguments)]
    pieces = [reader.feed(arguments[start:end]) for start, end in pairwise(edges)]
    assert "".join(pieces) + reader.close() == freeform_input(arguments)


@given(st.text(), st.booleans(), st.integers(0, 40))
def test_any_text_survives_the_way_through_json(text: str, ascii_only: bool, cut: int) -> None:
    text = text.encode(errors="replace").decode()
    assert freeform_input(freeform_arguments(text)) == text
    arguments = json.dumps({"input": text}, ensure_ascii=ascii_only)
    reader = FreeformInput()
    told = reader.feed(arguments[:cut]) + reader.feed(arguments[cut:]) + reader.close()
    assert told == text


def test_the_text_streams_as_it_comes() -> None:
    reader = FreeformInput()
    fragments = ['{"in', 'put": "ab', "c\\", 'nd"', "}", " more"]
    assert [reader.feed(fragment) for fragment in fragments] == ["", "ab", "c", "\nd", "", ""]
    assert reader.close() == ""


def test_a_long_text_of_another_shape_costs_linear_time() -> None:
    reader = FreeformInput()
    for _ in range(200_000):
        reader.feed('{"patch":"')
    assert len(reader.close()) == 2_000_000
