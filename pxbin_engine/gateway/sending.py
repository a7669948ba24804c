"""Sending: the requests that an attempt makes to its target, with one key, while its client is kept alive."""

import asyncio
from collections.abc import Awaitable

from msgspec import Struct

from pxbin_engine.errors import UpstreamError
from pxbin_engine.gateway.exchange import Exchange, Inbound
from pxbin_engine.gateway.key_pool import UpstreamKey
from pxbin_engine.gateway.patience import Patience, Tools
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.gateway.routing import Target
from pxbin_engine.gateway.upstream_answer import UpstreamAnswer
from pxbin_engine.protocol.dialects import FORMATS
from pxbin_engine.protocol.translation import Translation
from pxbin_engine.tasks import spawn


class Errand(Struct, frozen=True):
    """What all attempts at one request share."""

    tools: Tools
    exchange: Exchange
    inbound: Inbound
    reply: Reply
    patience: Patience


class Sending:
    """How one attempt asks."""

    def __init__(
        self, errand: Errand, target: Target, key: UpstreamKey | None, translation: Translation
    ) -> None:
        self._errand = errand
        self._target = target
        self._key = key
        self._translation = translation

    async def patiently(self, body: bytes) -> UpstreamAnswer:
        """Send ``body``; while the upstream is silent, a client that asked for a stream is kept alive.

        Raises:
            UpstreamError: there is no answer.
        """
        if not self._errand.exchange.stream:
            return await self._errand.patience.wait(self._translation, lambda: self.request(body))
        # Interrupting the sending would lose it, so it has its own task; errors come back as values.
        sending = spawn(self._answer_or_error(body), name="upstream.send")
        try:
            outcome = await self._errand.patience.wait(
                self._translation, lambda: asyncio.shield(sending)
            )
        except BaseException:
            _abandon(sending)
            raise
        if isinstance(outcome, UpstreamError):
            raise outcome
        return outcome

    async def _answer_or_error(self, body: bytes) -> UpstreamAnswer | UpstreamError:
        try:
            return await self.request(body)
        except UpstreamError as error:
            return error

    def request(self, body: bytes) -> Awaitable[UpstreamAnswer]:
        """Send ``body``; raises as ``patiently`` does."""
        upstream, exchange = self._target.upstream, self._errand.exchange
        path = FORMATS[upstream.format].path(self._target.upstream_model, stream=exchange.stream)
        same = upstream.format == self._errand.inbound.format
        return self._errand.tools.client.send(
            base_url=upstream.base_url,
            format=upstream.format,
            api_key=self._key.secret if self._key else None,
            path=path,
            query=self._errand.inbound.query if same else "",
            body=body,
            client_headers=self._errand.inbound.headers,
            auth_header=self._target.quirks.auth_header,
            tape=exchange.tape,
            attempt=len(exchange.attempts) + 1,
        )


def _abandon(sending: "asyncio.Task[UpstreamAnswer | UpstreamError]") -> None:
    """Nobody waits for this answer any more: cut the connection, whatever it had come to."""
    if not sending.done():
        sending.cancel()
    elif not sending.cancelled() and isinstance(outcome := sending.result(), UpstreamAnswer):
        outcome.close()
