"""Which pages a client wants to see."""

import pytest

from pxbin_engine.search.domains import is_wanted, with_site_operators

PAGE = "https://docs.example.com/blog/2026/post?x=1"


@pytest.mark.parametrize(
    ("allowed", "blocked", "wanted"),
    [
        ((), (), True),
        (("example.com",), (), True),
        (("EXAMPLE.com",), (), True),
        (("https://example.com/",), (), True),
        (("docs.example.com",), (), True),
        (("www.example.com",), (), False),
        (("ample.com",), (), False),
        (("other.org", "example.com"), (), True),
        (("example.com/blog",), (), True),
        (("example.com/blo",), (), False),
        (("example.com/*/2026/*",), (), True),
        (("example.com/*/2025/*",), (), False),
        ((), ("example.com",), False),
        ((), ("other.org",), True),
        (("example.com",), ("docs.example.com",), False),
    ],
)
def test_domains_have_anthropic_s_rules(
    allowed: tuple[str, ...], blocked: tuple[str, ...], wanted: bool
) -> None:
    assert is_wanted(PAGE, allowed, blocked) is wanted


@pytest.mark.parametrize("url", ["", "mailto:a@example.com", "http://[", "example.com"])
def test_what_is_no_page_is_of_no_domain(url: str) -> None:
    assert not is_wanted(url, ("example.com",), ())
    assert is_wanted(url, (), ("example.com",))


@pytest.mark.parametrize(
    ("allowed", "query"),
    [
        ((), "news"),
        (("a.example",), "news site:a.example"),
        (("https://a.example/x/", "b.example"), "news (site:a.example/x OR site:b.example)"),
        (("a.example/*/x",), "news"),
    ],
)
def test_the_engines_are_told_as_far_as_they_understand(
    allowed: tuple[str, ...], query: str
) -> None:
    assert with_site_operators("news", allowed) == query
