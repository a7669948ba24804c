"""What an answer has from the web, for a Gemini client: ``groundingMetadata``.

Source: the API reference of ``GroundingMetadata``, ``GroundingSupport`` and ``Segment`` ("Start index in the given Part,
measured in bytes"). Clients put the texts of an answer together to one, streamed or not, and so its bytes are counted.
"""

from typing import Any

from pxbin_engine.protocol.dialects.gemini_generate.wire import Json
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Citation, SearchResult


class GroundingEncoder:
    """Gathers the searches, pages and citations of one answer."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self._queries: list[str] = []
        self._pages: dict[str, str] = {}
        self._supports: list[Json] = []
        self._start = 0
        self._texts: list[str] = []
        self._cited: list[str] = []

    def search(self, query: str) -> None:
        """The web was searched."""
        if query:
            self._queries.append(query)

    def found(self, result: SearchResult) -> None:
        """What a search found."""
        for hit in result.hits:
            self._add_page(hit.url, hit.title)
        if any(hit.text or hit.opaque for hit in result.hits):
            self._losses.add(
                "answer.search_result", "A Gemini client is told a page's address and title alone."
            )
        if result.error is not None:
            self._losses.add(
                "answer.search_result", f"The search failed ({result.error}), which has no place."
            )

    def text(self, text: str) -> None:
        """More of the open text part."""
        self._texts.append(text)

    def cite(self, citation: Citation) -> None:
        """Where the open text part has something from."""
        self._add_page(citation.url, citation.title)
        self._cited.append(citation.url)
        if citation.quoted:
            self._losses.add(
                "answer.citations", "A Gemini client is not told the words of a cited page."
            )

    def end_text(self) -> None:
        """The open text part is complete."""
        text = "".join(self._texts)
        end = self._start + len(text.encode(errors="surrogatepass"))
        if self._cited:
            places = list(self._pages)
            indices = sorted({places.index(url) for url in self._cited})
            segment = {"startIndex": self._start, "endIndex": end, "text": text}
            self._supports.append({"segment": segment, "groundingChunkIndices": indices})
        self._start = end
        self._texts.clear()
        self._cited.clear()

    def metadata(self) -> Json | None:
        """``groundingMetadata``; None where nothing was searched or cited."""
        told: dict[str, Any] = {
            "webSearchQueries": self._queries,
            "groundingChunks": [
                {"web": {"uri": url, "title": title}} for url, title in self._pages.items()
            ],
            "groundingSupports": self._supports,
        }
        return {name: value for name, value in told.items() if value} or None

    def _add_page(self, url: str, title: str) -> None:
        self._pages[url] = self._pages.get(url) or title
