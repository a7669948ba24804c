"""The dialect for one client's request whose answer is remembered, unless the client asked for nothing to be stored.

OpenAI stores by default, and its SDKs count on it: the next request only points to what was answered. An answer that goes
through from an upstream of this dialect is never encoded, and so never kept: that upstream has its own memory.
"""

from collections.abc import Callable
from functools import cached_property

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.protocol.dialect import StreamEncoder
from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses, response_encoder
from pxbin_engine.protocol.dialects.openai_responses.references import Turn
from pxbin_engine.protocol.dialects.openai_responses.response_object import NOWHERE, Place
from pxbin_engine.protocol.dialects.openai_responses.stream_encoder import ResponsesStreamEncoder
from pxbin_engine.protocol.dialects.openai_responses.wire import UNREADABLE
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response, Usage


class _Asked(Struct):
    input: str | list[Raw] | None = None
    previous_response_id: str | None = None
    store: bool | None = None


_asked = msgspec.json.Decoder(_Asked)


class Remembering(OpenAIResponses):
    """See the module.

    Args:
        body: the request as the client sent it.
        response_id: the answer's. Not the upstream's, for some give the same to many answers.
        keep: told the turn, before the end of its answer leaves.
        longest: bytes of an ``input`` that is kept.
    """

    def __init__(
        self, body: bytes, *, response_id: str, keep: Callable[[Turn], None], longest: int
    ) -> None:
        self._body = body
        self._response_id = response_id
        self._keep = keep
        self._longest = longest

    def encode_response(
        self, response: Response, request: Request, *, losses: Losses, now: int = 0
    ) -> bytes:
        """The client's whole answer."""
        return response_encoder.encode_response(
            response, request, losses=losses, now=now, place=self._place
        )

    def stream_encoder(
        self, request: Request, *, losses: Losses, estimate: Usage | None = None, now: int = 0
    ) -> StreamEncoder:
        """An encoder for one stream."""
        return ResponsesStreamEncoder(
            request, losses=losses, estimate=estimate, now=now, place=self._place
        )

    @cached_property
    def _place(self) -> Place:
        try:
            asked = _asked.decode(self._body)
        except UNREADABLE:
            return NOWHERE  # for the upstream of this dialect to say
        previous = asked.previous_response_id
        own_input = msgspec.json.encode(asked.input)
        if asked.store is False or len(own_input) > self._longest:
            return Place(previous=previous)

        def keep(answer: bytes) -> None:
            self._keep(Turn(self._response_id, previous, own_input, answer))

        return Place(self._response_id, previous, keep)
