"""What a search provider is: a query in, pages out, or the reason why there are none; and how one behind HTTP is asked."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol

from msgspec import Struct

from pxbin_engine.errors import UpstreamError
from pxbin_engine.protocol.request import SearchHit
from pxbin_engine.search.domains import is_wanted, with_site_operators

logger = logging.getLogger(__name__)

MOST_HITS = 10
LONGEST_TEXT = 2000
"""Characters of a page's text that a model is told."""

SEARCH_SECONDS = 15.0
_PAUSE_SECONDS = 1.1
"""Before a search that came too early is repeated once: Brave's smallest plan takes one in a second."""

_QUERY = re.compile(r"\?[^\s'\"]*")
"""The query of a URL that an error repeats: what a model asked for stands there."""

SearchError = Literal[
    "too_many_requests", "invalid_input", "max_uses_exceeded", "query_too_long", "unavailable"
]
"""Anthropic's codes (its docs on the web search tool, "Errors"), which clients know."""


class Found(Struct, frozen=True):
    """What a search came to: pages, maybe none, or an error with a reason for a person (without the query)."""

    hits: tuple[SearchHit, ...] = ()
    error: SearchError | None = None
    reason: str = ""


class SearchProvider(Protocol):
    """Somebody who can search the web.

    Attributes:
        knows_location: it searches as from where the person is.
    """

    name: str
    knows_location: bool

    async def search(
        self,
        query: str,
        *,
        count: int = MOST_HITS,
        allowed_domains: tuple[str, ...] = (),
        blocked_domains: tuple[str, ...] = (),
        location: Mapping[str, str] | None = None,
    ) -> Found:
        """The pages of these domains, best first; never raises for what a provider does."""
        ...


class HttpQuestion(Struct, frozen=True):
    """A ``GET`` to be sent: ``parameters`` are not encoded yet."""

    url: str
    parameters: dict[str, str]
    headers: dict[str, str]


class SearchApi(Protocol):
    """One provider's HTTP interface, as plain functions.

    Attributes:
        longest_query: characters.
    """

    name: str
    knows_location: bool
    longest_query: int

    def ask(self, query: str, count: int, location: Mapping[str, str]) -> HttpQuestion:
        """What to send."""
        ...

    def read(self, status: int, body: bytes) -> Found:
        """What came back, every page of it; never raises."""
        ...


Fetch = Callable[[HttpQuestion], Awaitable[tuple[int, bytes]]]
"""Sends a question; status and body. Raises ``UpstreamError``."""


class HttpSearch:
    """A provider behind HTTP."""

    def __init__(self, api: SearchApi, fetch: Fetch, *, seconds: float = SEARCH_SECONDS) -> None:
        self.name = api.name
        self.knows_location = api.knows_location
        self._api = api
        self._fetch = fetch
        self._seconds = seconds

    async def search(
        self,
        query: str,
        *,
        count: int = MOST_HITS,
        allowed_domains: tuple[str, ...] = (),
        blocked_domains: tuple[str, ...] = (),
        location: Mapping[str, str] | None = None,
    ) -> Found:
        """See ``SearchProvider``."""
        query = " ".join(query.split())
        if not query:
            return Found(error="invalid_input", reason="The model asked for nothing.")
        if len(query) > self._api.longest_query:
            return Found(
                error="query_too_long",
                reason=f"{self.name} takes {self._api.longest_query} characters.",
            )
        # As far as the operators fit: what does not belong is taken out of the answer in any case.
        narrowed = with_site_operators(query, allowed_domains)
        if len(narrowed) <= self._api.longest_query:
            query = narrowed
        wanted = 2 * count if allowed_domains or blocked_domains else count
        found = await self._ask(self._api.ask(query, wanted, location or {}))
        if found.error is not None:
            logger.warning(
                "search.failed provider=%s error=%s reason=%s", self.name, found.error, found.reason
            )
        kept = (hit for hit in found.hits if is_wanted(hit.url, allowed_domains, blocked_domains))
        return Found(tuple(kept)[:count], found.error, found.reason)

    async def _ask(self, question: HttpQuestion) -> Found:
        try:
            async with asyncio.timeout(self._seconds):
                found = self._api.read(*await self._fetch(question))
                if found.error == "too_many_requests":
                    await asyncio.sleep(_PAUSE_SECONDS)
                    found = self._api.read(*await self._fetch(question))
                return found
        except TimeoutError:
            reason = f"{self.name} did not answer within {self._seconds:g} seconds."
        except UpstreamError as error:
            reason = _QUERY.sub("", error.message)
        return Found(error="unavailable", reason=reason)
