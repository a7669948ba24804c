"""What Google Search found for an answer -> a search, its hits, and citations.

Gemini tells it beside the text (``groundingMetadata``): what was asked, the pages, and which of them each piece of the text
stands on. The pages are not told apart by query, so all queries are one search.
"""

from collections.abc import Iterable

from pxbin_engine.protocol.dialects.gemini_generate import upstream_wire as wire
from pxbin_engine.protocol.request import Citation, SearchCall, SearchHit, SearchResult


def decode_search(
    grounding: wire.GroundingMetadata, call_id: str
) -> tuple[SearchCall, SearchResult] | None:
    """The search and what it found; None where nothing was searched."""
    queries = grounding.web_search_queries or []
    hits = tuple(SearchHit(page.uri or "", page.title or "") for page in _pages(grounding))
    if not (queries or hits):
        return None
    return SearchCall(call_id, "; ".join(queries)), SearchResult(call_id, hits)


def decode_citations(candidate: wire.Candidate) -> list[Citation]:
    """Where the text has something from, each page once, in the order of the text."""
    cited: dict[str, Citation] = {}
    for page in (*_cited_pages(candidate.grounding_metadata), *_recited(candidate)):
        if page.uri and page.uri not in cited:
            cited[page.uri] = Citation(page.uri, page.title or "")
    return list(cited.values())


def _cited_pages(grounding: wire.GroundingMetadata | None) -> Iterable[wire.WebPage]:
    if grounding is None:
        return
    chunks = grounding.grounding_chunks or []
    for support in grounding.grounding_supports or ():
        for index in support.grounding_chunk_indices or ():
            if 0 <= index < len(chunks) and (page := chunks[index].web) is not None:
                yield page


def _recited(candidate: wire.Candidate) -> list[wire.WebPage]:
    recited = candidate.citation_metadata
    return (recited.citation_sources or recited.citations or []) if recited else []


def _pages(grounding: wire.GroundingMetadata) -> list[wire.WebPage]:
    return [chunk.web for chunk in grounding.grounding_chunks or () if chunk.web is not None]
