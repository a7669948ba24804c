"""Which pages a client wants to see, by their domains, with Anthropic's rules; pure.

A domain has no scheme, stands for its subdomains too, and may carry a path that the page's must begin with
(docs.claude.com, "Web search tool", "Domain filtering"). ``*`` in a path stands for anything.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit


def is_wanted(url: str, allowed: Iterable[str], blocked: Iterable[str]) -> bool:
    """Whether a page is of an allowed domain (all are where none is named) and of no blocked one."""
    allowed = tuple(allowed)
    return (not allowed or any(_is_of(url, domain) for domain in allowed)) and not any(
        _is_of(url, domain) for domain in blocked
    )


def with_site_operators(query: str, allowed: Iterable[str]) -> str:
    """The query with the ``site:`` operators that SearXNG's engines and Brave know."""
    sites = [f"site:{_bare(domain)}" for domain in allowed if "*" not in domain]
    if not sites:
        return query
    return f"{query} {sites[0] if len(sites) == 1 else '(' + ' OR '.join(sites) + ')'}"


def _is_of(url: str, domain: str) -> bool:
    host, _, path = _bare(domain).partition("/")
    try:
        page = urlsplit(url)
        page_host = (page.hostname or "").removesuffix(".")
    except ValueError:
        return False
    if page_host != host and not page_host.endswith(f".{host}"):
        return False
    if "*" in path:
        return fnmatchcase(page.path, f"/{path}")
    return not path or page.path == f"/{path}" or page.path.startswith(f"/{path.rstrip('/')}/")


def _bare(domain: str) -> str:
    """People write a scheme all the same."""
    host, _, path = domain.strip().rpartition("://")[2].partition("/")
    return f"{host.lower()}/{path}".rstrip("/")
