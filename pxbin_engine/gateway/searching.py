"""Searching: the rounds of an answer for which pxbin searches the web, made to look like one answer of the upstream.

The rules:

1. The answer is read as any other. Where a round has ended and a search is due, reading makes the search, and where the model
   is to be told what was found, it asks the same upstream again and goes on with that answer.
2. What reading does may be cancelled and begun anew at any time (pings are sent in between): a step has its own task.
3. A search that fails is told to the model, which goes on. An upstream that fails in a later round has failed as in the
   first: nothing is repeated where something has reached the client.
4. Whatever ends the answer ends the step that is under way, and its connection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from pxbin_engine.errors import UpstreamError
from pxbin_engine.gateway.failures import LaterRefusal
from pxbin_engine.gateway.upstream_answer import UpstreamAnswer
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.request import SearchCall, SearchResult
from pxbin_engine.protocol.searching import SEARCHED, SearchingTranslation, translation_for
from pxbin_engine.protocol.translation import Translation
from pxbin_engine.search.provider import SearchProvider
from pxbin_engine.tasks import spawn

Send = Callable[[bytes], Awaitable[UpstreamAnswer]]
"""Sends a body to the upstream of this attempt."""


def new_translation(
    provider: SearchProvider | None,
    source: Dialect,
    target: Dialect,
    *,
    body: bytes,
    **options: Any,
) -> Translation:
    """A translation of the client's ``body``, one with rounds where pxbin is to search for it."""
    if provider is None:
        return Translation(source, target, **options)
    knows_location = provider.knows_location
    return translation_for(source, target, body, knows_location=knows_location, **options)


def in_rounds(
    answer: UpstreamAnswer, translation: Translation, provider: SearchProvider | None, send: Send
) -> UpstreamAnswer:
    """The answer as the attempt is to read it."""
    if provider is None or not isinstance(translation, SearchingTranslation):
        return answer
    return AnswerInRounds(answer, translation, provider, send)


class AnswerInRounds(UpstreamAnswer):
    """An upstream's answers to all rounds, read as one."""

    def __init__(
        self,
        first: UpstreamAnswer,
        translation: SearchingTranslation,
        provider: SearchProvider,
        send: Send,
    ) -> None:
        self.status = first.status
        self.headers = first.headers
        self._answer = first
        self._translation = translation
        self._provider = provider
        self._send = send
        self._reads_whole = False
        self._step: asyncio.Task[UpstreamError | None] | None = None

    def read_nowait(self) -> bytes:
        """See ``UpstreamAnswer``."""
        return b"" if self._is_between_rounds else self._answer.read_nowait()

    async def read(self) -> bytes:
        """See ``UpstreamAnswer``; also ``SEARCHED``, where what is due does not come from the upstream."""
        if self._is_between_rounds:
            await self._take_step()
            return SEARCHED
        chunk = await self._answer.read()
        if not chunk and not self._reads_whole and self._translation.end_round():
            return SEARCHED
        return chunk

    async def read_all(self, read: Callable[[], Awaitable[bytes]] | None = None) -> bytes:
        """See ``UpstreamAnswer``: the last round's answer; the translation has heard of all."""
        self._reads_whole = True
        content = await self._answer.read_all(read)
        if self.status >= 400:
            return content
        while self._translation.hear_whole(content):
            while self._translation.waits:
                await (read or self.read)()
            if self._translation.complete:
                break
            content = await self._answer.read_all(read)
        return content

    @property
    def at_end(self) -> bool:
        return self._answer.at_end

    def drain(self) -> None:
        self._answer.drain()

    def close(self) -> None:
        if self._step is not None and not self._step.done():
            self._step.cancel()
        self._answer.close()

    # ------------------------------------------------------------------ between the rounds

    @property
    def _is_between_rounds(self) -> bool:
        return self._step is not None or self._translation.waits

    async def _take_step(self) -> None:
        # Cancelling a wait must not lose the search, nor the answer; errors come back as values.
        if self._step is None:
            self._step = spawn(self._go_on(), name="search.step")
        error = await asyncio.shield(self._step)
        self._step = None
        if error is not None:
            raise error

    async def _go_on(self) -> UpstreamError | None:
        try:
            if (call := self._translation.search) is not None:
                await self._search(call)
            else:
                await self._ask_again()
        except UpstreamError as error:
            return error
        return None

    async def _search(self, call: SearchCall) -> None:
        tool = self._translation.tool
        found = await self._provider.search(
            call.query,
            allowed_domains=tool.allowed_domains,
            blocked_domains=tool.blocked_domains,
            location=tool.location,
        )
        result = SearchResult(call.id, found.hits, found.error)
        self._translation.found(result, found.reason)

    async def _ask_again(self) -> None:
        if self._answer.at_end:
            self._answer.close()
        else:
            self._answer.drain()
        self._answer = answer = await self._send(self._translation.next_request())
        if answer.status >= 400:
            content = await answer.read_all()
            error = self._translation.error(answer.status, answer.headers, content)
            raise LaterRefusal(answer.status, error)
        if answer.status >= 300:
            raise UpstreamError(f"it answered {answer.status} in the middle of an answer.")
