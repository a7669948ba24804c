"""HTTP out: one pooled client for every upstream.

What it holds to:

- Connections are pooled and kept alive; no cookies; a redirect is never followed, for it would carry the key away.
- Certificates are checked by the operating system's own trust store.
- ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` are honoured as they were at start; an upstream on
  this machine never goes through a proxy.
- Nothing is sent to pxbin itself, nor, unless that is allowed, to link-local addresses; also where a name leads there. Behind
  a proxy it is the proxy that resolves names.
- Only the connection has a timer here. Silence is the caller's to limit (``deadlines``), with one timer for all.
"""

import asyncio
import io
import logging
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
import msgspec
import truststore
from yarl import URL

from pxbin_engine.errors import (
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from pxbin_engine.gateway.addresses import (
    LINK_LOCAL,
    OWN_ADDRESS,
    endpoint,
    is_link_local,
    is_loopback,
    is_own_address,
    is_own_host,
)
from pxbin_engine.gateway.recording import RecordedAnswer
from pxbin_engine.gateway.resolver import GuardedResolver
from pxbin_engine.gateway.tape import Tape
from pxbin_engine.gateway.upstream_answer import UpstreamAnswer, translated
from pxbin_engine.protocol.dialects import dialect_for
from pxbin_engine.records import UpstreamFormat
from pxbin_engine.search.provider import HttpQuestion

logger = logging.getLogger(__name__)

LARGE_BODY = 1 << 20
"""Bytes from which a body is written piece by piece, so that the event loop is not held."""

_KEPT_IDLE_SECONDS = 75.0
_FORWARDED = frozenset({"user-agent", "x-app", "openai-beta"})
_FORWARDED_PREFIXES = ("anthropic-", "x-claude-code-")


class UpstreamClient:
    """One client for all upstreams.

    Args:
        allow_link_local: whether an upstream may be at such an address.

    Attributes:
        own_addresses: the (host, port) pairs that pxbin itself listens at; never sent to.
    """

    def __init__(self, *, connect_timeout: float, allow_link_local: bool = False) -> None:
        self.own_addresses: frozenset[tuple[str, int]] = frozenset()
        self._allow_link_local = allow_link_local
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
                resolver=GuardedResolver(self._objection_to),
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

    def objection(self, base_url: str) -> str:
        """Why nothing may be sent to this address, as the rest of a sentence; empty where it may."""
        if is_own_address(base_url, self.own_addresses):
            return OWN_ADDRESS
        if self._allow_link_local:
            return ""
        return LINK_LOCAL if _leads_to_link_local(base_url) else ""

    def _objection_to(self, address: str, port: int) -> str:
        if is_own_host(address, port, self.own_addresses):
            return OWN_ADDRESS
        return LINK_LOCAL if is_link_local(address) and not self._allow_link_local else ""

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
        auth_header: str | None = None,
        tape: Tape | None = None,
        attempt: int = 0,
    ) -> UpstreamAnswer:
        """Send a request (``POST`` where there is a body) and wait for the answer's status and headers.

        Args:
            auth_header: which header carries the key (``Quirks.auth_header``); None: the format's own.
            path: as in the format's own documentation, from ``/v1`` on; joined by the rules of ``addresses``.
            client_headers: the client's; what belongs to its dialect is forwarded, its credentials never are.
            tape: keeps what is sent and answered, as what belongs to that ``attempt``.

        Raises:
            UpstreamError: there is no answer.
        """
        url = endpoint(base_url, format, path, query)
        self._refuse_forbidden(base_url)
        headers = request_headers(
            format,
            api_key,
            client_headers or {},
            json=body is not None,
            auth_header=auth_header,
        )
        method = "GET" if body is None else "POST"
        if tape is not None:
            tape.ask_upstream(attempt, method, str(url), headers, body or b"")
        response = await self._request(method, url, headers, body)
        answer = UpstreamAnswer(response, url.host or base_url, api_key)
        if tape is None:
            return answer
        return RecordedAnswer(answer, tape.hear_upstream(attempt, answer.status, answer.headers))

    async def fetch(self, question: HttpQuestion) -> tuple[int, bytes]:
        """Ask somebody who is no upstream, a search provider: status and body. Raises as ``send``."""
        try:
            url = URL(question.url).update_query(question.parameters)
        except ValueError as error:
            raise UpstreamMisconfigured(f"{question.url} is no address: {error}") from error
        self._refuse_forbidden(question.url)
        headers = question.headers | {"accept-encoding": "identity"}
        answer = UpstreamAnswer(await self._request("GET", url, headers), url.host or question.url)
        try:
            return answer.status, await answer.read_all()
        finally:
            answer.close()

    async def _request(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes | None = None
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            raise UpstreamUnreachable("pxbin is not started.")
        host = url.host or str(url)
        try:
            return await self._session.request(
                method,
                url,
                data=io.BytesIO(body) if body and len(body) > LARGE_BODY else body,
                headers=headers,
                allow_redirects=False,
                proxy=self._proxy(url) if self._proxies else None,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, ValueError) and not isinstance(error, aiohttp.ClientError):
                raise UpstreamMisconfigured(f"{host} cannot be sent to: {error}") from error
            raise translated(error, host) from error

    async def get_json(
        self,
        *,
        base_url: str,
        format: UpstreamFormat,  # noqa: A002
        api_key: str | None,
        path: str,
        query: str = "",
        auth_header: str | None = None,
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
            auth_header=auth_header,
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
        auth_header: str | None = None,
        timeout: float = 60.0,
    ) -> Any:
        """Post a JSON document and decode the answer; raises as ``get_json`` does."""
        return await self._json(
            base_url=base_url,
            format=format,
            api_key=api_key,
            path=path,
            body=body,
            auth_header=auth_header,
            timeout=timeout,
        )

    async def _json(self, *, timeout: float, **request: Any) -> Any:
        host = URL(request["base_url"]).host
        try:
            async with asyncio.timeout(timeout):
                answer = await self.send(**request)
                try:
                    content = await answer.read_all()
                finally:
                    answer.close()
        except TimeoutError as error:
            raise UpstreamTimeout(f"{host} did not answer within {timeout:g} seconds.") from error
        if answer.status in {401, 403}:
            raise UpstreamMisconfigured(
                f"{host} refused the key ({answer.status}).", status=answer.status
            )
        if answer.status >= 300:
            said = f"{host} answered {answer.status}: {_excerpt(content)}"
            raise UpstreamError(said, status=answer.status)
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError:
            excerpt = _excerpt(answer.without_secret(content))
            said = f"{host} did not answer with JSON: {excerpt}"
            raise UpstreamError(said, status=answer.status) from None

    def _refuse_forbidden(self, address: str) -> None:
        if reason := self.objection(address):
            raise UpstreamMisconfigured(f"{address} {reason}")

    def _proxy(self, url: URL) -> str | None:
        host = url.host or ""
        if is_loopback(host) or proxy_bypass(host):
            return None
        return self._proxies.get(url.scheme) or self._proxies.get("all")


@lru_cache(maxsize=1024)
def _leads_to_link_local(base_url: str) -> bool:
    try:
        return is_link_local(URL(base_url).host or "")
    except ValueError:  # ``endpoint`` says what is wrong with it
        return False


def request_headers(
    format: UpstreamFormat,  # noqa: A002
    api_key: str | None,
    client_headers: Mapping[str, str],
    *,
    json: bool,
    auth_header: str | None = None,
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
    return _credentials(format, api_key, auth_header) | headers


def _credentials(
    format: UpstreamFormat,  # noqa: A002
    api_key: str | None,
    auth_header: str | None,
) -> dict[str, str]:
    """The dialect's own headers, with the key in another one where the upstream wants it there."""
    headers = dialect_for(format).auth_headers(api_key)
    if auth_header is None or not api_key:
        return headers
    kept = {name: value for name, value in headers.items() if api_key not in value}
    return kept | {auth_header: f"Bearer {api_key}" if auth_header == "authorization" else api_key}


def _excerpt(content: bytes) -> str:
    text = content[:300].decode("utf-8", "replace").strip()
    return text or "nothing"
