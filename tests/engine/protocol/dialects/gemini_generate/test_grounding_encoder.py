"""Searches, pages and citations as a Gemini client is told them."""

from pxbin_engine.protocol.dialects.gemini_generate.grounding_encoder import GroundingEncoder
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Citation, SearchHit, SearchResult


def test_nothing_searched_is_nothing_told() -> None:
    grounding = GroundingEncoder(Losses())
    grounding.text("a")
    grounding.end_text()
    assert grounding.metadata() is None


def test_texts_are_counted_in_bytes_through_the_whole_answer() -> None:
    losses = Losses()
    grounding = GroundingEncoder(losses)
    grounding.search("köln")
    grounding.search("")
    grounding.found(SearchResult("s", (SearchHit("https://a", "A"), SearchHit("https://b"))))
    grounding.text("Kö")
    grounding.text("ln ")
    grounding.end_text()
    grounding.text("is old.")
    grounding.cite(Citation("https://c", "C"))
    grounding.cite(Citation("https://b", "B"))
    grounding.cite(Citation("https://c"))
    grounding.end_text()
    assert grounding.metadata() == {
        "webSearchQueries": ["köln"],
        "groundingChunks": [
            {"web": {"uri": "https://a", "title": "A"}},
            {"web": {"uri": "https://b", "title": "B"}},
            {"web": {"uri": "https://c", "title": "C"}},
        ],
        "groundingSupports": [
            {
                "segment": {"startIndex": 6, "endIndex": 13, "text": "is old."},
                "groundingChunkIndices": [1, 2],
            }
        ],
    }
    assert losses == []


def test_what_a_client_is_not_told_is_a_loss() -> None:
    losses = Losses()
    grounding = GroundingEncoder(losses)
    grounding.found(SearchResult("s", (SearchHit("https://a", text="words"),)))
    grounding.found(SearchResult("s", (SearchHit("https://a", opaque="Eo8"),)))
    grounding.found(SearchResult("s", (), "max_uses_exceeded"))
    grounding.cite(Citation("https://a", quoted="words"))
    assert [loss.path for loss in losses] == [
        "answer.search_result",
        "answer.search_result",
        "answer.citations",
    ]
    assert "max_uses_exceeded" in losses[1].reason
