"""Anthropic Messages, ``POST /v1/messages``: requests, answers, streams and errors, in both directions.

``wire`` and ``answer_wire`` are the JSON as types, ``open_decoder`` reads it without losing what is new; ``request``,
``response``, ``stream`` and ``error`` are the codec. Beside them: ``parts`` (content blocks, decoded), ``part_encoder`` (of a
request) and ``answer_parts`` (of an answer), ``search`` (the web), ``tools``, ``request_encoder`` with ``turns`` (the order
that Anthropic insists on) and ``thinking`` (how much, by model), ``stream_encoder``, and ``patch`` (verbatim).
"""

from collections.abc import Callable, Mapping

from pxbin_engine.protocol.dialect import EncodedError
from pxbin_engine.protocol.dialects.anthropic_messages import error as errors
from pxbin_engine.protocol.dialects.anthropic_messages import patch, request_encoder
from pxbin_engine.protocol.dialects.anthropic_messages import request as requests
from pxbin_engine.protocol.dialects.anthropic_messages import response as responses
from pxbin_engine.protocol.dialects.anthropic_messages.stream import MessagesStreamDecoder
from pxbin_engine.protocol.dialects.anthropic_messages.stream_encoder import (
    PING,
    MessagesStreamEncoder,
)
from pxbin_engine.protocol.dialects.anthropic_messages.wire import NAME
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response, Usage

VERSION = "2023-06-01"
"""Of the API; sent where the client named none (https://platform.claude.com/docs/en/api/versioning)."""


class AnthropicMessages:
    """The dialect; see ``protocol.dialect.Dialect``."""

    name = NAME
    format = "anthropic"

    def path(self, model: str, *, stream: bool) -> str:
        """The same for every model and both kinds of answer."""
        del model, stream
        return "/v1/messages"

    def auth_headers(self, api_key: str | None) -> dict[str, str]:
        """``x-api-key`` and the version."""
        key = {"x-api-key": api_key} if api_key else {}
        return {"anthropic-version": VERSION, **key}

    def decode_request(self, body: bytes) -> Request:
        """A client's body of ``/v1/messages``. Raises ``ProtocolError``."""
        return requests.decode_request(body)

    def decode_count_request(self, body: bytes) -> Request:
        """A client's body of ``/v1/messages/count_tokens``. Raises ``ProtocolError``."""
        return requests.decode_request(body, counting=True)

    def encode_request(
        self, request: Request, *, model: str, quirks: Quirks, losses: Losses
    ) -> bytes:
        """The body for an upstream."""
        return request_encoder.encode_request(request, model=model, quirks=quirks, losses=losses)

    def patch_request(self, body: bytes, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
        """The client's own bytes with the upstream's model name."""
        # No other deviation changes what a client says in the upstream's own dialect.
        return patch.patch_request(
            body, model=model, losses=losses, replays_thinking=quirks.replays_thinking
        )

    def decode_response(
        self, body: bytes, *, quirks: Quirks, request: Request | None = None
    ) -> Response:
        """An upstream's whole answer. Raises ``ProtocolError``."""
        del quirks, request
        return responses.decode_response(body)

    def encode_response(
        self, response: Response, request: Request, *, losses: Losses, now: int = 0
    ) -> bytes:
        """The client's whole answer."""
        del request, now
        return responses.encode_response(response, losses)

    def stream_decoder(self, *, quirks: Quirks, request: Request) -> MessagesStreamDecoder:
        """A decoder for one stream."""
        del request
        return MessagesStreamDecoder(lenient_end=quirks.lenient_end)

    def stream_encoder(
        self, request: Request, *, losses: Losses, estimate: Usage | None = None, now: int = 0
    ) -> MessagesStreamEncoder:
        """An encoder for one stream."""
        del request, now
        return MessagesStreamEncoder(losses, estimate=estimate)

    def verbatim_filter(self, body: bytes) -> Callable[[bytes], bytes] | None:
        """None: nothing is ever asked beyond what the client asked."""
        del body
        return None

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
        """Whatever an upstream answered with a status of 400 and up."""
        return errors.decode_error(status, headers, body)

    def encode_error(self, error: ApiError, *, request_id: str) -> EncodedError:
        """The error as an HTTP answer."""
        return errors.encode_error(error, request_id=request_id)

    def encode_stream_error(self, error: ApiError, *, request_id: str) -> bytes:
        """The error as the last event of a stream."""
        return errors.encode_stream_error(error, request_id=request_id)

    def encode_ping(self) -> bytes:
        """A ``ping`` event."""
        return PING


ANTHROPIC_MESSAGES = AnthropicMessages()
