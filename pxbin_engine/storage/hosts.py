"""A database URL taken apart: its hosts one by one, and the libpq keys that asyncpg does not know."""

import random
import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from asyncpg.connect_utils import SessionAttribute
from msgspec import Struct

from pxbin_engine.errors import ConfigError

# asyncpg sends what it does not know as a server setting, and the server then refuses the connection.
_LIBPQ_ONLY = {
    "channel_binding", "client_encoding", "fallback_application_name", "gssencmode", "hostaddr", "keepalives",
    "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts", "options_file", "require_auth",
    "sslcompression", "sslsni", "tcp_user_timeout",
}  # fmt: skip

Host = tuple[str, int] | None
"""Where to connect; None: wherever libpq's defaults point (no host was given)."""


class Hosts(Struct, frozen=True, kw_only=True):
    """A database URL ready for asyncpg: ``options`` are keyword arguments of ``asyncpg.connect``."""

    dsn: str
    hosts: tuple[Host, ...]
    connect_timeout: float | None = None
    """Seconds for one host, where the URL says."""
    session_attributes: tuple[SessionAttribute, ...] = (SessionAttribute.any,)
    """What a host must be, in order of preference; each is tried over all hosts."""
    options: dict[str, Any]


def parse_hosts(dsn: str) -> Hosts:
    """Split ``dsn``; keys that only libpq knows are translated or left out.

    Raises:
        ConfigError: the URL cannot be understood; names ``database_url``.
    """
    parts = urlsplit(dsn)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ConfigError("database_url", "must start with postgresql://")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    try:
        hosts = _hosts(
            parts.netloc.rpartition("@")[2], query.pop("host", ""), query.pop("port", "")
        )
        timeout = float(query.pop("connect_timeout", "0"))
    except ValueError:  # its text may quote a piece of the password
        raise ConfigError(
            "database_url",
            "a host, port or time-out is wrong; in a password, characters such as @ : / # ? must be written as %40",
        ) from None
    if query.pop("load_balance_hosts", "") == "random":
        hosts = tuple(random.sample(hosts, len(hosts)))
    attributes = _session_attributes(query.pop("target_session_attrs", "any"))
    options = _ssl(query) | _statement_cache(query)
    query = {key: value for key, value in query.items() if key not in _LIBPQ_ONLY}
    user = parts.netloc.rpartition("@")[0]
    plain = urlunsplit((parts.scheme, f"{user}@" if user else "", parts.path, urlencode(query), ""))
    if not user:
        plain = f"{parts.scheme}://{parts.path}" + (f"?{urlencode(query)}" if query else "")
    return Hosts(
        dsn=plain,
        hosts=hosts,
        connect_timeout=timeout or None,
        options=options,
        session_attributes=attributes,
    )


def _session_attributes(text: str) -> tuple[SessionAttribute, ...]:
    try:
        wanted = SessionAttribute(text)
    except ValueError:
        raise ConfigError("database_url", f"target_session_attrs={text} is not known") from None
    if wanted is SessionAttribute.prefer_standby:
        return (SessionAttribute.standby, SessionAttribute.any)
    return (wanted,)


def _ssl(query: dict[str, str]) -> dict[str, Any]:
    """``sslrootcert=system`` is libpq's word for the trust store of the OS; it implies verify-full."""
    if query.get("sslrootcert") != "system":
        return {}
    del query["sslrootcert"]
    query.pop("sslmode", None)
    return {"ssl": ssl.create_default_context()}


def _statement_cache(query: dict[str, str]) -> dict[str, Any]:
    """``statement_cache_size=0`` is for PgBouncer in transaction mode, which loses prepared statements."""
    size = query.pop("statement_cache_size", None)
    if size is None:
        return {}
    if not size.isdigit():
        raise ConfigError("database_url", "statement_cache_size must be a number")
    return {"statement_cache_size": int(size)}


def _hosts(netloc: str, host: str, port: str) -> tuple[Host, ...]:
    entries = [unquote(entry) for entry in netloc.split(",") if entry] or [
        e for e in host.split(",") if e
    ]
    if not entries:
        return (("localhost", int(port)),) if port else (None,)
    ports = [int(text) for text in port.split(",")] if port else [5432]
    if len(ports) == 1:
        ports *= len(entries)
    if len(ports) != len(entries):
        raise ValueError(f"{len(ports)} ports for {len(entries)} hosts")
    return tuple(_host(entry, default) for entry, default in zip(entries, ports, strict=True))


def _host(entry: str, default: int) -> tuple[str, int]:
    if entry.startswith("/"):
        return entry, default
    if entry.startswith("["):
        address, _, rest = entry[1:].partition("]")
        return address, int(rest.lstrip(":") or default)
    name, _, port = entry.partition(":")
    return name, int(port or default)


def in_order(hosts: Sequence[Host], last_good: Host) -> tuple[Host, ...]:
    """All hosts, the one that answered last first: a dead first host costs its time-out only once."""
    return tuple(sorted(hosts, key=lambda host: host != last_good))
