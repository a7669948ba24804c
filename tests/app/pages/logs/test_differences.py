"""Where two texts differ."""

import pytest

from pxbin_app.pages.logs.differences import MOST_WORDS, differing


def parts(one: str, other: str) -> tuple[list[str], list[str]]:
    """What is only in the one, and only in the other."""
    ones, others = differing(one, other)
    return [one[a:b] for a, b in ones], [other[a:b] for a, b in others]


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("the same", "the same", ([], [])),
        ("", "", ([], [])),
        ("", "all new", ([], ["all new"])),
        ("I moved the return.", "I have moved the  return.", ([], ["have"])),
        ("a b c d", "a x y d", (["b c"], ["x y"])),
        ("a\nb", "a b", ([], [])),
    ],
)
def test_words_that_only_one_has(one: str, other: str, told: tuple[list[str], list[str]]) -> None:
    assert parts(one, other) == told


def test_long_texts_are_compared_by_lines() -> None:
    lines = [f"line {number} of many" for number in range(MOST_WORDS)]
    other = [*lines[:700], "another line", *lines[701:]]
    assert parts("\n".join(lines), "\n".join(other)) == ([lines[700]], ["another line"])


def test_a_text_of_a_megabyte_is_compared_as_far_as_that_goes() -> None:
    text = "word\n" * 200_000
    assert parts(text, text + "more") == ([], [])
