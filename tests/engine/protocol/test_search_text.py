"""A search that a model reads as text."""

import pytest

from pxbin_engine.protocol.request import SearchHit, SearchResult
from pxbin_engine.protocol.search_text import result_text


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (SearchResult("s"), "No pages were found."),
        (
            SearchResult("s", error="max_uses_exceeded"),
            "Error: the web search failed (max_uses_exceeded).",
        ),
        (
            SearchResult(
                "s",
                (
                    SearchHit("https://a.example", "A", "2 days ago", "It says so.", "opaque"),
                    SearchHit("https://b.example"),
                ),
            ),
            "A\nhttps://a.example\n(2 days ago)\nIt says so.\n\nhttps://b.example",
        ),
    ],
)
def test_what_was_found_is_readable(result: SearchResult, text: str) -> None:
    assert result_text(result) == text
