"""The provider that is configured."""

from typing import get_args, get_type_hints

import pytest

from pxbin_engine.config import EngineConfig, Secret
from pxbin_engine.search.provider import HttpQuestion
from pxbin_engine.search.providers import PROVIDERS, provider_for


async def fetch(question: HttpQuestion) -> tuple[int, bytes]:
    """Tells where it was asked."""
    return 200, b'{"results": [{"url": "%s"}], "web": {"results": [{"url": "%s"}]}}' % (
        (question.url.encode(),) * 2
    )


@pytest.mark.parametrize(
    ("settings", "name", "url"),
    [
        ({"web_search_provider": "searxng", "web_search_url": "http://s:8888"}, "SearXNG", "http://s:8888/search"),
        ({"web_search_provider": "brave", "web_search_api_key": Secret("k")}, "Brave", "https://api.search.brave.com/res/v1/web/search"),
    ],
)  # fmt: skip
async def test_each_provider(settings: dict[str, str], name: str, url: str) -> None:
    provider = provider_for(EngineConfig(**settings), fetch)
    assert provider is not None
    assert provider.name == name
    assert [hit.url for hit in (await provider.search("llm proxy")).hits] == [url]


def test_nobody_searches_unless_told() -> None:
    assert provider_for(EngineConfig(), fetch) is None


def test_every_name_that_the_configuration_takes_is_a_provider() -> None:
    names = get_args(get_type_hints(EngineConfig)["web_search_provider"])
    assert set(names) == {"", *PROVIDERS}
