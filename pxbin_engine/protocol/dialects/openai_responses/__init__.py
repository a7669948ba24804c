"""OpenAI Responses, ``POST /v1/responses``: requests, answers, streams and errors, in both directions.

``wire`` and ``item_wire`` are the JSON of a client's request as types, ``upstream_wire`` that of an upstream's answer. From a client:
``request`` with ``asked_items`` and ``asked_content`` (the conversation), ``references`` (what stands for earlier items),
``tools``, ``proof`` (whose reasoning it is), ``compaction`` and ``compact`` (a history condensed by any model), and ``patch``
(verbatim). To a client: ``stream_encoder`` with ``output_items``, ``call_items`` and ``response_object``, ``response_encoder``
and ``error_encoder``; ``remembering`` where the answer is kept, and ``input_list`` of what was asked. To an upstream:
``request_encoder`` with ``item_encoder``, ``content_encoder`` and ``upstream_tools``. From an upstream: ``stream`` and
``response`` with ``item_queue``, ``item_reader``, ``call_reader`` and ``answer``.
"""

from collections.abc import Callable, Mapping

from pxbin_engine.protocol.dialect import EncodedError, StreamDecoder, StreamEncoder
from pxbin_engine.protocol.dialects.openai_responses import (
    compact,
    error_encoder,
    patch,
    request_encoder,
    response_encoder,
)
from pxbin_engine.protocol.dialects.openai_responses import request as requests
from pxbin_engine.protocol.dialects.openai_responses import response as responses
from pxbin_engine.protocol.dialects.openai_responses.stream import ResponsesStreamDecoder
from pxbin_engine.protocol.dialects.openai_responses.stream_encoder import (
    PING,
    ResponsesStreamEncoder,
)
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response, Usage
from pxbin_engine.protocol.upstream_error import decode_error


class OpenAIResponses:
    """The dialect; see ``protocol.dialect.Dialect`` for what each method does."""

    name = NAME
    format = "openai-responses"

    def path(self, model: str, *, stream: bool) -> str:
        """The same for every model and both kinds of answer."""
        del model, stream
        return "/v1/responses"

    def auth_headers(self, api_key: str | None) -> dict[str, str]:
        """A bearer token."""
        return {"authorization": f"Bearer {api_key}"} if api_key else {}

    def decode_request(self, body: bytes) -> Request:
        """A client's body. Raises ``ProtocolError``."""
        return requests.decode_request(body)

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
        return responses.decode_response(body, request=request, quirks=quirks)

    def encode_response(
        self, response: Response, request: Request, *, losses: Losses, now: int = 0
    ) -> bytes:
        """The client's whole answer."""
        return response_encoder.encode_response(response, request, losses=losses, now=now)

    def stream_decoder(self, *, quirks: Quirks, request: Request) -> StreamDecoder:
        """A decoder for one stream."""
        return ResponsesStreamDecoder(quirks=quirks, request=request)

    def stream_encoder(
        self, request: Request, *, losses: Losses, estimate: Usage | None = None, now: int = 0
    ) -> StreamEncoder:
        """An encoder for one stream."""
        return ResponsesStreamEncoder(request, losses=losses, estimate=estimate, now=now)

    def verbatim_filter(self, body: bytes) -> Callable[[bytes], bytes] | None:
        """None: nothing is ever asked beyond what the client asked."""
        del body
        return None

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
        """Whatever an upstream answered with a status of 400 and up."""
        return decode_error(status, headers, body)

    def encode_error(self, error: ApiError, *, request_id: str) -> EncodedError:
        """The error as an HTTP answer."""
        return error_encoder.encode_error(error, request_id=request_id)

    def encode_stream_error(self, error: ApiError, *, request_id: str) -> bytes:
        """The error as the last event of a stream."""
        return error_encoder.encode_stream_error(error, request_id=request_id)

    def encode_ping(self) -> bytes:
        """A comment."""
        return PING


class Compaction(OpenAIResponses):
    """``POST /v1/responses/compact`` as a client's dialect of its own: any model's answer becomes the compacted history."""

    name = f"{NAME}_compaction"

    def decode_request(self, body: bytes) -> Request:
        """The request for a summary. Raises ``ProtocolError``."""
        return compact.decode_compact_request(body)

    def encode_response(
        self, response: Response, request: Request, *, losses: Losses, now: int = 0
    ) -> bytes:
        """The compacted history. Raises ``ProtocolError`` where the model wrote no summary."""
        del losses  # a summary is text
        return compact.encode_compact_response(response, request, now=now)
