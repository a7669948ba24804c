"""Gemini's ``generateContent`` and ``streamGenerateContent``: requests, answers, streams and errors, in both directions.

From a client: ``wire`` is its JSON as types, ``request`` with ``asked_contents``, ``asked_media`` and ``asked_results`` (the
conversation), ``tools`` and ``schema``, ``proof`` (whose reasoning it is), and ``paths`` (the model stands there). To a client:
``stream_encoder`` and ``response_encoder`` with ``answer_parts`` and ``grounding_encoder``, ``error_encoder``, ``model_list``,
and ``array_stream`` (a stream without ``alt=sse``).

To an upstream: ``request_encoder`` with ``contents``, ``upstream_parts``, ``upstream_tools``, ``schema_cleaner``, ``thinking`` and
``function_names``. From an upstream: ``upstream_wire`` is its JSON as types, ``response``, ``stream`` with ``part_sequence``,
``outcome`` and ``grounding``, and ``error``.
"""

from collections.abc import Callable, Mapping

from pxbin_engine.protocol.dialect import EncodedError
from pxbin_engine.protocol.dialects.gemini_generate import error as errors
from pxbin_engine.protocol.dialects.gemini_generate import (
    error_encoder,
    paths,
    request_encoder,
    response_encoder,
)
from pxbin_engine.protocol.dialects.gemini_generate import request as requests
from pxbin_engine.protocol.dialects.gemini_generate import response as responses
from pxbin_engine.protocol.dialects.gemini_generate.stream import GeminiStreamDecoder
from pxbin_engine.protocol.dialects.gemini_generate.stream_encoder import (
    PING,
    GeminiStreamEncoder,
)
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response, Usage


class GeminiGenerate:
    """The dialect; see ``protocol.dialect.Dialect`` for what each method does."""

    name = NAME
    format = "gemini"

    def path(self, model: str, *, stream: bool) -> str:
        """The model and the kind of answer stand in it; a stream is asked for as server-sent events."""
        return paths.upstream_path(model, stream=stream)

    def auth_headers(self, api_key: str | None) -> dict[str, str]:
        """``x-goog-api-key``."""
        return {"x-goog-api-key": api_key} if api_key else {}

    def decode_request(self, body: bytes) -> Request:
        """A client's body, without a model. Raises ``ProtocolError``."""
        return requests.decode_request(body)

    def decode_count_request(self, body: bytes) -> Request:
        """A client's body of ``countTokens``. Raises ``ProtocolError``."""
        return requests.decode_count_request(body)

    def encode_request(
        self, request: Request, *, model: str, quirks: Quirks, losses: Losses
    ) -> bytes:
        """The body for an upstream."""
        return request_encoder.encode_request(request, model=model, quirks=quirks, losses=losses)

    def patch_request(self, body: bytes, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
        """The client's own bytes, but for signatures that Google would refuse."""
        return requests.patch_request(body, model=model, quirks=quirks, losses=losses)

    def decode_response(
        self, body: bytes, *, quirks: Quirks, request: Request | None = None
    ) -> Response:
        """An upstream's whole answer. Raises ``ProtocolError``."""
        return responses.decode_response(body, quirks=quirks, request=request)

    def encode_response(
        self, response: Response, request: Request, *, losses: Losses, now: int = 0
    ) -> bytes:
        """The client's whole answer."""
        del now  # the Gemini API does not say when
        return response_encoder.encode_response(response, request, losses=losses)

    def stream_decoder(self, *, quirks: Quirks, request: Request) -> GeminiStreamDecoder:
        """A decoder for one stream."""
        return GeminiStreamDecoder(quirks=quirks, request=request)

    def stream_encoder(
        self, request: Request, *, losses: Losses, estimate: Usage | None = None, now: int = 0
    ) -> GeminiStreamEncoder:
        """An encoder for one stream."""
        del now
        return GeminiStreamEncoder(request, losses=losses, estimate=estimate)

    def verbatim_filter(self, body: bytes) -> Callable[[bytes], bytes] | None:
        """None: nothing is ever asked beyond what the client asked."""
        del body
        return None

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
        """Whatever an upstream answered with a status of 400 and up."""
        return errors.decode_error(status, headers, body)

    def encode_error(self, error: ApiError, *, request_id: str) -> EncodedError:
        """The error as an HTTP answer."""
        return error_encoder.encode_error(error, request_id=request_id)

    def encode_stream_error(self, error: ApiError, *, request_id: str) -> bytes:
        """The error as the last bytes of a stream."""
        del request_id  # google.rpc.Status has no place for it that clients read
        return error_encoder.encode_stream_error(error)

    def encode_ping(self) -> bytes:
        """Empty lines."""
        return PING
