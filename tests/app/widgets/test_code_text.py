"""Bodies as text: laid out, cut ones completed, short lines, pages of bounded work, places of a search."""

import json

import msgspec
import pytest

from pxbin_app.widgets.code_text import (
    LINE_CHARACTERS,
    MOST_MATCHES,
    PAGE_CHARACTERS,
    PagedText,
    Place,
    completed,
    laid_out,
    short_line,
)


def test_json_is_laid_out_and_keeps_its_letters() -> None:
    assert laid_out('{"a":"ü"}') == '{\n  "a": "ü"\n}'


@pytest.mark.parametrize(
    "text", ["data: {}\n\n", "", "[ERROR] at noon", "}", '{"a": x}{', '"', '{"a":1}{', "\ud800"]
)
def test_what_is_not_json_stays(text: str) -> None:
    assert laid_out(text) == text


@pytest.mark.parametrize("text", ["[" * 100_000 + "]" * 100_000, '{"a":' * 50_000])
def test_what_is_too_deep_to_be_read_stays(text: str) -> None:
    assert laid_out(text) == text


WHOLE = json.dumps(
    {"model": "x", "n": [1, -2.5e7, {"a": 'b\\n\u00e9"q', "": []}], "t": True, "e": {}, "f": None}
)


def test_json_that_ends_anywhere_is_completed_to_valid_json() -> None:
    kept = []
    for end in range(1, len(WHOLE)):
        whole, closers = completed(WHOLE[:end])
        kept.append(msgspec.json.decode(whole))
        assert closers
    *_, last = msgspec.json.decode(WHOLE).items()
    assert [*kept[-1].items(), last] == [*msgspec.json.decode(WHOLE).items()]
    assert kept[len('{"model": "x", "n": [1, ') - 1] == {"model": "x", "n": [1]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a": "Fix the fail', '{\n  "a": "Fix the fail"\n…'),
        ('{"a": [{"b": 1}, {"b', '{\n  "a": [\n    {\n      "b": 1\n    },\n    {}\n…'),
        ('{"a": "x\\u00', '{\n  "a": "x"\n…'),
        ('{"a": "x\\\\', '{\n  "a": "x\\\\"\n…'),
    ],
)
def test_cut_json_is_laid_out_and_says_that_it_is_cut(text: str, shown: str) -> None:
    assert laid_out(text) == shown


def test_a_long_line_says_how_much_is_not_shown() -> None:
    shown = short_line("x" * (LINE_CHARACTERS + 1500))
    assert shown.endswith("1,500 more characters")
    assert len(shown) < LINE_CHARACTERS + 50


def test_pages_are_bounded_and_together_all_lines() -> None:
    paged = PagedText(laid_out(json.dumps([{"number": number} for number in range(50_000)])))
    parts = [paged.page(number) for number in range(len(paged))]
    assert "\n".join(parts) == paged.text
    assert max(map(len, parts)) < PAGE_CHARACTERS + 100
    assert len(parts) > 100


def test_no_text_has_no_page() -> None:
    assert len(PagedText("")) == 0
    assert PagedText("").matches("x") == []


def test_a_place_is_told_by_page_line_and_column() -> None:
    lines = [f"line {number:05}" for number in range(3_000)]
    paged = PagedText("\n".join(lines))
    for number in (0, 1, 727, 728, 2_999):
        page, line, column = paged.place(number * 11 + 5)
        assert paged.page(page).split("\n")[line] == lines[number]
        assert column == 5
    assert PagedText("a\nbc").place(3) == Place(0, 1, 1)


@pytest.mark.parametrize(
    ("text", "sought", "found"),
    [
        ("Aa a", "a", [0, 1, 3]),
        ("aaa", "AA", [0]),
        ("Größe GRÖSSE", "größe", [0]),
        ("İx X", "x", [1]),
        ("abc", "", []),
        ("abc", "d", []),
    ],
)
def test_words_are_found_in_any_case(text: str, sought: str, found: list[int]) -> None:
    assert PagedText(text).matches(sought) == found


def test_so_many_matches_and_no_more() -> None:
    assert len(PagedText("a" * (MOST_MATCHES + 5)).matches("a")) == MOST_MATCHES
