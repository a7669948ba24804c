"""A search of the web as a text that a model can read, for an upstream that has no place for one."""

from collections.abc import Iterable

from pxbin_engine.protocol.request import SearchCall, SearchHit, SearchResult


def search_text(part: SearchCall | SearchResult) -> str:
    """A search, or what it found, told in the model's own turn."""
    if isinstance(part, SearchResult):
        return result_text(part)
    return f"[Searched the web: {part.query}]"


def result_text(result: SearchResult) -> str:
    """What was found, page by page, or why nothing was."""
    if result.error is not None:
        return f"Error: the web search failed ({result.error})."
    return hits_text(result.hits) or "No pages were found."


def hits_text(hits: Iterable[SearchHit]) -> str:
    """Each page's title, address and text, an empty line between two."""
    return "\n\n".join(_hit_text(hit) for hit in hits)


def _hit_text(hit: SearchHit) -> str:
    age = f"({hit.age})" if hit.age else ""
    lines = (hit.title, hit.url, age, hit.text)
    return "\n".join(line for line in lines if line)
