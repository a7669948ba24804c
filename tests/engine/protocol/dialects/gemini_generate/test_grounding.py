"""What Google Search found: a search, its hits, and citations."""

from typing import Any

import msgspec

from pxbin_engine.protocol.dialects.gemini_generate.grounding import (
    decode_citations,
    decode_search,
)
from pxbin_engine.protocol.dialects.gemini_generate.upstream_wire import (
    Candidate,
    GroundingMetadata,
)
from pxbin_engine.protocol.request import Citation, SearchCall, SearchHit, SearchResult

PAGES = [{"web": {"uri": "https://a/1", "title": "A"}}, {"retrievedContext": {}}, {"web": {"uri": "https://b/2"}}]  # fmt: skip


def candidate(**fields: Any) -> Candidate:
    return msgspec.convert(fields, Candidate)


def test_all_queries_are_one_search() -> None:
    said = {"webSearchQueries": ["x", "y"], "groundingChunks": PAGES}
    assert decode_search(msgspec.convert(said, GroundingMetadata), "s") == (
        SearchCall("s", "x; y"),
        SearchResult("s", (SearchHit("https://a/1", "A"), SearchHit("https://b/2"))),
    )


def test_nothing_searched_is_no_search() -> None:
    assert decode_search(GroundingMetadata(), "s") is None


def test_citations_come_once_in_the_order_of_the_text() -> None:
    supports = [
        {"groundingChunkIndices": [2, 0]},
        {"groundingChunkIndices": [0, 1, 9, -1]},
        {"segment": {"text": "of nothing"}},
    ]
    said = {"groundingChunks": PAGES, "groundingSupports": supports}
    assert decode_citations(candidate(groundingMetadata=said)) == [
        Citation("https://b/2"),
        Citation("https://a/1", "A"),
    ]


def test_a_recited_text_is_cited_under_either_name() -> None:
    sources = [{"uri": "https://c/3", "title": "C", "startIndex": 4}, {"license": "mit"}]
    for name in ("citationSources", "citations"):
        assert decode_citations(candidate(citationMetadata={name: sources})) == [
            Citation("https://c/3", "C")
        ]
