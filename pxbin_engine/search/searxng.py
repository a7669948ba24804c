"""SearXNG, which asks many search engines at once and that one can run oneself.

``GET {base}/search?q=...&format=json`` (docs.searxng.org, "Search API"). A result has ``url``, ``title``, ``content`` and
maybe ``publishedDate``. A format that ``search.formats`` of its settings.yml does not list is answered with a 403
(searxng/searxng, ``searx/webapp.py``); the packaged default lists only html.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from pxbin_engine.protocol.request import SearchHit
from pxbin_engine.search.provider import LONGEST_TEXT, Found, HttpQuestion


class _Result(Struct):
    url: str = ""
    title: str | None = None
    content: str | None = None
    publishedDate: str | None = None  # noqa: N815  # SearXNG's own word


class _Answer(Struct):
    results: list[_Result]
    unresponsive_engines: list[list[str]] = []


_answer = msgspec.json.Decoder(_Answer)


class SearXNG:
    """One instance; see ``provider.SearchApi``."""

    name = "SearXNG"
    knows_location = False
    longest_query = 1000

    def __init__(self, base_url: str) -> None:
        self._url = base_url.rstrip("/").removesuffix("/search") + "/search"

    def ask(self, query: str, count: int, location: Mapping[str, str]) -> HttpQuestion:
        """It tells as many as it likes, and takes no place."""
        del count, location
        return HttpQuestion(
            self._url, {"q": query, "format": "json"}, {"accept": "application/json"}
        )

    def read(self, status: int, body: bytes) -> Found:
        """The results, or why there are none."""
        if status == 429:
            return Found(error="too_many_requests", reason="SearXNG's limiter refused the search.")
        if status == 403:
            return Found(
                error="unavailable",
                reason="SearXNG answered 403: JSON is not switched on there. Its settings.yml must "
                "list json in search.formats.",
            )
        if status != 200:
            return Found(error="unavailable", reason=f"SearXNG answered {status}.")
        try:
            answer = _answer.decode(body)
        except msgspec.DecodeError:
            return Found(error="unavailable", reason="SearXNG did not answer with its JSON.")
        if not answer.results and answer.unresponsive_engines:
            silent = ", ".join(engine[0] for engine in answer.unresponsive_engines if engine)
            return Found(error="unavailable", reason=f"No engine of SearXNG answered ({silent}).")
        return Found(tuple(_hit(result) for result in answer.results if result.url))


def _hit(result: _Result) -> SearchHit:
    text = (result.content or "")[:LONGEST_TEXT]
    return SearchHit(result.url, result.title or "", result.publishedDate or None, text)
