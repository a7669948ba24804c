"""Bodies as text: laid out, short lines, pages of bounded work."""

import json

from pxbin_app.widgets.code_text import (
    LINE_CHARACTERS,
    PAGE_CHARACTERS,
    laid_out,
    pages,
    short_line,
)


def test_json_is_laid_out_and_keeps_its_letters() -> None:
    assert laid_out('{"a":"ü"}') == '{\n  "a": "ü"\n}'


def test_what_is_not_json_stays() -> None:
    assert laid_out("data: {}\n\n") == "data: {}\n\n"


def test_a_long_line_says_how_much_is_not_shown() -> None:
    shown = short_line("x" * (LINE_CHARACTERS + 1500))
    assert shown.endswith("1,500 more characters")
    assert len(shown) < LINE_CHARACTERS + 50


def test_pages_are_bounded_and_together_all_lines() -> None:
    text = laid_out(json.dumps([{"number": number} for number in range(50_000)]))
    parts = list(pages(text))
    assert "\n".join(parts) == text
    assert max(map(len, parts)) < PAGE_CHARACTERS * 1.1 + 200 * 100
    assert len(parts) > 10


def test_no_text_has_no_page() -> None:
    assert list(pages("")) == []
