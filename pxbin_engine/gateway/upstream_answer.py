"""What comes back from an upstream: an answer that is read piece by piece, and what can go wrong with it.

- Foreign exceptions become ``errors`` by one table.
- No upstream is trusted to end: an error's body is cut, an answer that is held in memory is bounded.
- A key that an error repeats is taken out before anybody sees it.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping

import aiohttp
from aiohttp import client_exceptions as foreign
from multidict import CIMultiDictProxy

from pxbin_engine.errors import (
    UpstreamDisconnected,
    UpstreamError,
    UpstreamMisconfigured,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from pxbin_engine.gateway.redaction import bytes_without_secret
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

LARGEST_ERROR = 1 << 20
"""Bytes of an error's body that are read; the rest is cut off."""

LARGEST_ANSWER = 256 << 20
"""Bytes of an answer that are held in memory; a larger one is a failure."""

_DRAIN_SECONDS = 1.0

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
    if isinstance(error, foreign.ClientPayloadError):  # its own text is aiohttp's inside
        return kind(f"{host} {_MEANINGS[kind]} in the middle of its answer")
    detail = str(error) or type(error).__name__
    return kind(f"{host} {_MEANINGS[kind]}: {detail}")


class UpstreamAnswer:
    """An answer whose body has not been read yet. ``close`` must be called at the end, whatever happened.

    Args:
        host: names the upstream for a person.
        secret: the key that was sent along.
    """

    def __init__(
        self, response: aiohttp.ClientResponse, host: str, secret: str | None = None
    ) -> None:
        self.status = response.status
        self.headers: CIMultiDictProxy[str] = response.headers
        self._response = response
        self._content = response.content
        self._host = host
        self._secret = secret or ""
        self._draining = False

    def read_nowait(self) -> bytes:
        """What has arrived; ``b""`` where ``read`` would wait, or would have something else to say."""
        content = self._content
        return content.read_nowait() if content.exception() is None else b""

    async def read(self) -> bytes:
        """What has arrived, at once where something has; ``b""`` at the end. Cancelling loses no bytes.

        Raises:
            UpstreamError: the connection broke.
        """
        try:
            return await self._content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise translated(error, self._host) from error

    async def read_all(self, read: Callable[[], Awaitable[bytes]] | None = None) -> bytes:
        """The whole body; an error's is cut at ``LARGEST_ERROR``, and what it says of our key is taken out.

        Args:
            read: reads the next piece in place of ``read``, for a caller who limits the wait.

        Raises:
            UpstreamError: the connection broke, or the answer is larger than ``LARGEST_ANSWER``.
        """
        chunks, size = [], 0
        most = LARGEST_ANSWER if self.status < 400 else LARGEST_ERROR
        while chunk := await (read or self.read)():
            chunks.append(chunk)
            size += len(chunk)
            if size > most:
                break
        content = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if self.status >= 400:
            return self.without_secret(content[:most])
        if size > most:
            raise UpstreamError(f"{self._host} answered with more than {most >> 20} MB.")
        return content

    def without_secret(self, content: bytes) -> bytes:
        """``content`` without the key that was sent along."""
        return bytes_without_secret(content, self._secret)

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
