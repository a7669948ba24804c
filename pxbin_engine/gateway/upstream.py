"""HTTP out: one pooled client for every upstream; foreign exceptions become ``errors`` by one table.

What it holds to:

- Connections are pooled and kept alive; no cookies; a redirect is never followed, for it would carry the key away.
- Certificates are checked by the operating system's own trust store.
- ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` are honoured as they were at start; an upstream on
  this machine never goes through a proxy.
- Only the connection has a timer here. Silence is the caller's to limit (``deadlines``), with one timer for all.
"""

import asyncio
import io
import logging
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
import msgspec
import truststore
from aiohttp import client_exceptions as foreign
from multidict import CIMultiDictProxy
from yarl import URL

from pxbin_engine.errors import (
    UpstreamDisconnected,
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from pxbin_engine.gateway.addresses import endpoint, is_loopback, is_own_address
from pxbin_engine.records import UpstreamFormat
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

ANTHROPIC_VERSION = "2023-06-01"
"""Sent where the client named none (https://platform.claude.com/docs/en/api/versioning)."""

LARGE_BODY = 1 << 20
"""Bytes from which a body is written piece by piece, so that the event loop is not held."""

_DRAIN_SECONDS = 1.0
_KEPT_IDLE_SECONDS = 75.0
_FORWARDED = frozenset({"user-agent", "x-app", "openai-beta"})
_FORWARDED_PREFIXES = ("anthropic-", "x-claude-code-")

ERRORS: Mapping[type[Exception], type[UpstreamError]] = {
    foreign.ClientConnectorError: UpstreamUnreachable,
    foreign.ServerFingerprintMismatch: UpstreamUnreachable,
    foreign.ClientHttpProxyError: UpstreamUnreachable,
    foreign.ConnectionTimeoutError: UpstreamUnreachable,
    foreign.ServerTimeoutError: UpstreamTimeout,
    foreign.SocketTimeoutError: UpstreamTimeout,
    foreign.ServerDisconnectedError: UpstreamDisconnected,
    foreign.ServerConnectionError: UpstreamDisconnected,
    foreign.ClientConnectionError: UpstreamDisconnected,
    foreign.ClientPayloadError: UpstreamDisconnected,
    foreign.UploadAbortedError: UpstreamDisconnected,
    foreign.ClientResponseError: UpstreamDisconnected,
    foreign.InvalidURL: UpstreamMisconfigured,
    foreign.NonHttpUrlClientError: UpstreamMisconfigured,
    foreign.RedirectClientError: UpstreamMisconfigured,
    foreign.ClientError: UpstreamError,
    ssl.SSLError: UpstreamUnreachable,
    TimeoutError: UpstreamTimeout,
    OSError: UpstreamDisconnected,
}
"""What aiohttp raises -> what it means here; the nearest ancestor counts."""

_MEANINGS: Mapping[type[UpstreamError], str] = {
    UpstreamUnreachable: "cannot be reached",
    UpstreamTimeout: "was silent for too long",
    UpstreamDisconnected: "broke the connection",
    UpstreamMisconfigured: "has an address that cannot be used",
    UpstreamError: "did not answer as an upstream should",
}


def translated(error: Exception, host: str) -> UpstreamError:
    """The error of this house for what aiohttp raised; ``host`` names the upstream for a person."""
    kind = next(ERRORS[ancestor] for ancestor in type(error).__mro__ if ancestor in ERRORS)
    detail = str(error) or type(error).__name__
    return kind(f"{host} {_MEANINGS[kind]}: {detail}")


class UpstreamAnswer:
    """An answer whose body has not been read yet. ``close`` must be called at the end, whatever happened."""

    def __init__(self, response: aiohttp.ClientResponse, host: str) -> None:
        self.status = response.status
        self.headers: CIMultiDictProxy[str] = response.headers
        self._response = response
        self._content = response.content
        self._host = host
        self._draining = False

    async def read(self) -> bytes:
        """What has arrived, at once where something has; ``b""`` at the end. Cancelling loses no bytes.

        Raises:
            UpstreamError: the connection broke.
        """
        try:
            return await self._content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise translated(error, self._host) from error

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._content.at_eof()

    def drain(self) -> None:
        """All that matters was read: read the rest in the background, so that the connection can be used again."""
        self._draining = True
        spawn(self._drain(), name="upstream.drain")

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while await self.read():
                    pass
        except (TimeoutError, UpstreamError):
            logger.debug("upstream.drain host=%s: the answer goes on after its end", self._host)
        finally:
            self._draining = False
            self.close()

    def close(self) -> None:
        """Give the connection back to the pool where the body was read to its end, else cut it at once."""
        if self._draining:
            return
        if self.at_end:
            self._response.release()
        else:
            self._response.close()


class UpstreamClient:
    """One client for all upstreams.

    Attributes:
        own_addresses: the (host, port) pairs that pxbin itself listens at; never sent to.
    """

    def __init__(self, *, connect_timeout: float) -> None:
        self.own_addresses: frozenset[tuple[str, int]] = frozenset()
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout)
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[str, str] = {}

    async def start(self) -> None:
        """Open the pool on the running loop."""
        self._proxies = getproxies()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                keepalive_timeout=_KEPT_IDLE_SECONDS,
                ssl=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def is_own_address(self, base_url: str) -> bool:
        """Whether a request to this address would come back to pxbin."""
        return is_own_address(base_url, self.own_addresses)

    async def send(
        self,
        *,
        base_url: str,
        format: UpstreamFormat,  # noqa: A002  # the record's own word
        api_key: str | None,
        path: str,
        query: str = "",
        body: bytes | None = None,
        client_headers: Mapping[str, str] | None = None,
    ) -> UpstreamAnswer:
        """Send a request (``POST`` where there is a body) and wait for the answer's status and headers.

        Args:
            path: as in the format's own documentation, from ``/v1`` on; joined by the rules of ``addresses``.
            client_headers: the client's; what belongs to its dialect is forwarded, its credentials never are.

        Raises:
            UpstreamError: there is no answer.
        """
        if self._session is None:
            raise UpstreamUnreachable("pxbin is not started.")
        url = endpoint(base_url, format, path, query)
        host = url.host or base_url
        if self.is_own_address(base_url):
            raise UpstreamMisconfigured(f"{host}:{url.port} is pxbin's own address.")
        try:
            response = await self._session.request(
                "GET" if body is None else "POST",
                url,
                data=io.BytesIO(body) if body and len(body) > LARGE_BODY else body,
                headers=request_headers(
                    format, api_key, client_headers or {}, json=body is not None
                ),
                allow_redirects=False,
                proxy=self._proxy(url) if self._proxies else None,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, ValueError) and not isinstance(error, aiohttp.ClientError):
                raise UpstreamMisconfigured(f"{host} cannot be sent to: {error}") from error
            raise translated(error, host) from error
        return UpstreamAnswer(response, host)

    async def get_json(
        self,
        *,
        base_url: str,
        format: UpstreamFormat,  # noqa: A002
        api_key: str | None,
        path: str,
        query: str = "",
        timeout: float = 15.0,
    ) -> Any:
        """Ask for a JSON document, such as a model list.

        Raises:
            UpstreamMisconfigured: the key was refused.
            UpstreamError: there is no answer, it has an error status, or it is not JSON.
        """
        return await self._json(
            base_url=base_url,
            format=format,
            api_key=api_key,
            path=path,
            query=query,
            timeout=timeout,
        )

    async def post_json(
        self,
        *,
        base_url: str,
        format: UpstreamFormat,  # noqa: A002
        api_key: str | None,
        path: str,
        body: bytes,
        timeout: float = 60.0,
    ) -> Any:
        """Post a JSON document and decode the answer; raises as ``get_json`` does."""
        return await self._json(
            base_url=base_url, format=format, api_key=api_key, path=path, body=body, timeout=timeout
        )

    async def _json(self, *, timeout: float, **request: Any) -> Any:
        host = URL(request["base_url"]).host
        try:
            async with asyncio.timeout(timeout):
                answer = await self.send(**request)
                try:
                    content = await read_all(answer)
                finally:
                    answer.close()
        except TimeoutError as error:
            raise UpstreamTimeout(f"{host} did not answer within {timeout:g} seconds.") from error
        if answer.status in {401, 403}:
            raise UpstreamMisconfigured(f"{host} refused the key ({answer.status}).")
        if answer.status >= 300:
            raise UpstreamError(f"{host} answered {answer.status}: {_excerpt(content)}")
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError:
            raise UpstreamError(f"{host} did not answer with JSON: {_excerpt(content)}") from None

    def _proxy(self, url: URL) -> str | None:
        host = url.host or ""
        if is_loopback(host) or proxy_bypass(host):
            return None
        return self._proxies.get(url.scheme) or self._proxies.get("all")


async def read_all(answer: UpstreamAnswer) -> bytes:
    """The whole body."""
    chunks = []
    while chunk := await answer.read():
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def request_headers(
    format: UpstreamFormat,  # noqa: A002
    api_key: str | None,
    client_headers: Mapping[str, str],
    *,
    json: bool,
) -> dict[str, str]:
    """The headers of a request: the client's that are forwarded, then our own.

    An Anthropic upstream gets every ``anthropic-*`` and ``x-claude-code-*`` header as it came, for these are open lists.
    """
    prefixes = _FORWARDED_PREFIXES if format == "anthropic" else ()
    headers = {
        name: value
        for name, value in ((name.lower(), value) for name, value in client_headers.items())
        if name in _FORWARDED or name.startswith(prefixes)
    }
    headers["accept-encoding"] = "identity"
    if json:
        headers["content-type"] = "application/json"
    if format == "anthropic":
        headers.setdefault("anthropic-version", ANTHROPIC_VERSION)
        if api_key:
            headers["x-api-key"] = api_key
    elif api_key:
        headers["authorization"] = f"Bearer {api_key}"
    return headers


def _excerpt(content: bytes) -> str:
    text = content[:300].decode("utf-8", "replace").strip()
    return text or "nothing"
