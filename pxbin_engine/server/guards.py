"""Who may not come in, whatever key they have: a name that is not ours, a web page that nobody allowed; pure.

The rules:

1. A request must name this machine in ``Host``: by an IP address, as ``localhost``, by a name that ``allowed_hosts`` lists, or
   by the machine's own name where it listens for others. A web page that had its own name rebound to our address still
   says its own. An address cannot be rebound: a page that was loaded from one came from whoever is there.
2. A web page (``Origin`` with http or https, or ``null``) must be listed in ``cors_origins``. Where a browser sends no
   ``Origin`` (a link, a form, an image), ``Sec-Fetch-Site`` says whether another site is behind the request.
3. The management API also refuses what is no page of the web but calls itself one (``app://``, ``chrome-extension://``).
   The proxy lets these in: they are programs that a person installed, and they need a key like any other.
"""

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import urlsplit

from pxbin_engine.gateway.addresses import is_loopback
from pxbin_engine.protocol.error import ApiError

_SHOWN = 100
"""Characters of what a client said that are told back to it."""

_FOREIGN_SITES = frozenset({"cross-site", "same-site"})


class Guard:
    """Judges the headers of each request.

    Args:
        allowed_hosts: further names of this machine; ``*.example.org`` is every name below, ``*`` is any.
        cors_origins: the web pages that may call; ``*`` means any.
    """

    def __init__(self, allowed_hosts: Iterable[str] = (), cors_origins: Iterable[str] = ()) -> None:
        self._hosts = frozenset(_plain(host) for host in allowed_hosts)
        self._origins = frozenset(cors_origins)

    def refusal(self, headers: Mapping[str, str], *, management: bool) -> ApiError | None:
        """Why the request is refused, or None.

        Args:
            headers: case-insensitive.
            management: it is for the management API.
        """
        host = headers.get("Host", "")
        if host and not is_allowed_host(host, self._hosts):
            return _refused(
                f"pxbin is not called {host[:_SHOWN]!r}; list the name in allowed_hosts if it is yours."
            )
        origin = headers.get("Origin")
        if origin is not None:
            if self.allows_origin(origin) or not (management or _is_web_page(origin)):
                return None
            return _refused(
                f"Web pages of {origin[:_SHOWN]} may not call pxbin; list them in cors_origins if they are yours."
            )
        if headers.get("Sec-Fetch-Site") in _FOREIGN_SITES and "*" not in self._origins:
            return _refused("A page of another site may not call pxbin (see cors_origins).")
        return None

    def allows_origin(self, origin: str) -> bool:
        """Whether ``cors_origins`` lists this page."""
        return origin in self._origins or "*" in self._origins


def own_names(listening_host: str, allowed: Iterable[str]) -> tuple[str, ...]:
    """``allowed``, and what this machine is called by others where it listens for them."""
    names = (*allowed, listening_host)
    if is_loopback(listening_host):
        return names
    own = socket.gethostname()
    return (*names, own, f"{own.partition('.')[0]}.local")


@lru_cache(maxsize=256)
def is_allowed_host(host: str, allowed: frozenset[str]) -> bool:
    """Whether a ``Host`` header names this machine; ``allowed`` in lower case."""
    name = _plain(host)
    if _is_address(name) or is_loopback(name) or name in allowed or "*" in allowed:
        return True
    return any(name.endswith(each[1:]) for each in allowed if each.startswith("*."))


def _plain(host: str) -> str:
    """The name alone: without port, brackets and the dot at its end, in lower case."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        host = name
    return host.removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_web_page(origin: str) -> bool:
    try:
        return origin == "null" or urlsplit(origin).scheme in {"http", "https", ""}
    except ValueError:
        return True


def _refused(message: str) -> ApiError:
    return ApiError("permission", 403, message)
