"""The search providers by the names that the configuration knows; a further one is one file and one line."""

from collections.abc import Callable, Mapping

from pxbin_engine.config import EngineConfig
from pxbin_engine.search.brave import Brave
from pxbin_engine.search.provider import Fetch, HttpSearch, SearchApi, SearchProvider
from pxbin_engine.search.searxng import SearXNG

PROVIDERS: Mapping[str, Callable[[EngineConfig], SearchApi]] = {
    "searxng": lambda config: SearXNG(config.web_search_url),
    "brave": lambda config: Brave(config.web_search_api_key, config.web_search_url),
}


def provider_for(config: EngineConfig, fetch: Fetch) -> SearchProvider | None:
    """The one that is configured, or None."""
    name = config.web_search_provider
    return HttpSearch(PROVIDERS[name](config), fetch) if name else None
