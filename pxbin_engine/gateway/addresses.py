"""Upstream addresses: how a base URL and a path are joined, and where no upstream may be; pure, but for the one question
which addresses this machine has.

People paste base URLs in every form that vendors print: with or without ``/v1``, with a slash at the end, with a path
prefix, or the whole endpoint. All of them lead to the same place:

1. A known endpoint at the end (``/chat/completions``, ``/messages`` ...) is taken off.
2. OpenAI's SDKs expect the version in the base URL, so one that has a version segment anywhere (``/v1``, ``/v4``,
   ``/v1beta/openai``) gets the path without its version; else ``/v1`` is put in. Gemini is treated alike.
3. Anthropic's SDKs expect the base URL without the version, so only ``/v1`` at its very end is taken for it.
4. A path that has no version (vLLM's ``/tokenize``) stands beside it: the base URL's ends before its own.
"""

import ipaddress
import re
import socket
from functools import lru_cache

from yarl import URL

from pxbin_engine.errors import UpstreamMisconfigured
from pxbin_engine.records import UpstreamFormat

_VERSION = re.compile(r"/v\d+(?:alpha|beta)?\d*(?=/|$)")
_ENDPOINTS = ("/chat/completions", "/messages/count_tokens", "/messages", "/responses", "/models")
_SCHEMES = {"http": 80, "https": 443}


@lru_cache(maxsize=1024)
def endpoint(base_url: str, format: UpstreamFormat, path: str, query: str = "") -> URL:  # noqa: A002
    """Where to send to.

    Args:
        path: from the version on, as ``/v1/chat/completions``, or without one; maybe with a query of its own.
        query: the client's, already encoded; put after the base URL's own.

    Raises:
        UpstreamMisconfigured: the base URL is not an http(s) address.
    """
    base = _parsed(base_url)
    prefix = base.raw_path.rstrip("/")
    for known in _ENDPOINTS:
        prefix = prefix.removesuffix(known)
    if format == "anthropic":
        prefix = prefix.removesuffix("/v1")
    elif (version := _VERSION.search(prefix)) is not None:
        if _VERSION.match(path):
            path = _VERSION.sub("", path, count=1)
        else:
            prefix = prefix[: version.start()]
    path, _, path_query = path.partition("?")
    queries = "&".join(part for part in (base.raw_query_string, path_query, query) if part)
    return URL(f"{base.origin()}{prefix}{path}" + (f"?{queries}" if queries else ""), encoded=True)


def listening_addresses(host: str, port: int) -> frozenset[tuple[str, int]]:
    """Where pxbin can be reached that listens at ``host``; for all interfaces these are their addresses, as they are now."""
    if not _is_any(host):
        return frozenset({(host, port)})
    import psutil  # noqa: PLC0415 - 40 ms that only this case need pay

    hosts = {
        address.address.partition("%")[0]
        for addresses in psutil.net_if_addrs().values()
        for address in addresses
        if address.family in {socket.AF_INET, socket.AF_INET6}
    }
    return frozenset((each, port) for each in {host, *hosts})


OWN_ADDRESS = "is pxbin's own address; requests would go round in circles."
LINK_LOCAL = "is a link-local address, where clouds keep their machines' credentials; allow_link_local lets it be an upstream."


@lru_cache(maxsize=1024)
def is_own_address(base_url: str, own: frozenset[tuple[str, int]]) -> bool:
    """Whether the address is one of ``own`` (host, port), by any name that this machine has for itself."""
    try:
        url = _parsed(base_url)
    except UpstreamMisconfigured:
        return False
    return is_own_host(url.host or "", url.port, own)


def is_own_host(host: str, port: int | None, own: frozenset[tuple[str, int]]) -> bool:
    """The same for a host and a port."""
    here = is_loopback(host) or _is_any(host)
    return any(
        port == own_port
        and (host == own_host or (here and (is_loopback(own_host) or _is_any(own_host))))
        for own_host, own_port in own
    )


_METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in ("100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
"""Where Alibaba, Oracle, AWS (IPv6) and Google (IPv6) answer for a machine's credentials, none of it link-local."""


@lru_cache(maxsize=1024)
def is_link_local(host: str) -> bool:
    """Whether the host is an address of the link alone, or one where a cloud keeps its machines' credentials.

    A name is none; what it leads to is judged when it is resolved.
    """
    address = _ip_address(host)
    return address is not None and (address.is_link_local or address in _METADATA)


IN_CLEAR = "Keys and prompts cross the internet unencrypted, for the address is no https."

_NEAR = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
"""Ends of names that lead no further than the own network."""


def is_in_clear(base_url: str) -> bool:
    """Whether what is sent there crosses the internet unencrypted: ``http``, and no address of the own network."""
    url = _parsed(base_url)
    host = (url.host or "").lower().removesuffix(".")
    if url.scheme != "http" or is_loopback(host):
        return False
    address = _ip_address(host)
    return address.is_global if address is not None else "." in host and not host.endswith(_NEAR)


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether the name means this machine."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _ip_address(name)
    return address is not None and address.is_loopback


def _is_any(host: str) -> bool:
    address = _ip_address(host)
    return host == "" or (address is not None and address.is_unspecified)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a resolver takes a number for: also ``127.1``, ``0x7f000001``, ``127.0.0.1.`` and ``::ffff:127.0.0.1``."""
    host = host.removesuffix(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except (OSError, ValueError):
            return None
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


def _parsed(base_url: str) -> URL:
    try:
        url = URL(base_url.strip())
    except ValueError as error:
        raise UpstreamMisconfigured(f"{base_url!r} is not an address: {error}") from error
    if url.scheme not in _SCHEMES or not url.host:
        raise UpstreamMisconfigured(f"{base_url!r} is not an http(s) address.")
    return url
