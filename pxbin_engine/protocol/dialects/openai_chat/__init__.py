"""OpenAI Chat Completions, ``POST /v1/chat/completions``, and the many servers that speak it.

``wire`` is the JSON as types; ``request``, ``response``, ``response_encoder``, ``stream``, ``stream_encoder`` and ``error`` are the
codec. Beside them: ``messages`` and ``content`` (the conversation to an upstream and the parts of its turns),
``asked_messages`` (the conversation of a client), ``tools``, ``search``, ``sampling_fields``, ``thinking_fields``,
``reasoning_details`` (what vouches for thinking), ``annotations`` (what a text cites), ``part_queue`` (the order of a stream's
parts), ``think_tags``, ``patch`` (verbatim), and ``usage_chunk`` (taken out again where only pxbin asked for it).
"""

from collections.abc import Callable, Mapping

from pxbin_engine.protocol.dialect import EncodedError, StreamDecoder, StreamEncoder
from pxbin_engine.protocol.dialects.openai_chat import error as errors
from pxbin_engine.protocol.dialects.openai_chat import patch
from pxbin_engine.protocol.dialects.openai_chat import request as requests
from pxbin_engine.protocol.dialects.openai_chat import response as responses
from pxbin_engine.protocol.dialects.openai_chat import stream as streams
from pxbin_engine.protocol.dialects.openai_chat.response_encoder import encode_response
from pxbin_engine.protocol.dialects.openai_chat.stream_encoder import PING, ChatStreamEncoder
from pxbin_engine.protocol.dialects.openai_chat.usage_chunk import without_usage_chunk
from pxbin_engine.protocol.dialects.openai_chat.wire import NAME
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response, Usage
from pxbin_engine.protocol.upstream_error import decode_error
from pxbin_engine.protocol.wire_names import original_names


class OpenAIChat:
    """The dialect; see ``protocol.dialect.Dialect`` for what each method does."""

    name = NAME
    format = "openai"

    def path(self, model: str, *, stream: bool) -> str:
        del model, stream
        return "/v1/chat/completions"

    def auth_headers(self, api_key: str | None) -> dict[str, str]:
        return {"authorization": f"Bearer {api_key}"} if api_key else {}

    def decode_request(self, body: bytes) -> Request:
        return requests.decode_request(body)

    def encode_request(
        self, request: Request, *, model: str, quirks: Quirks, losses: Losses
    ) -> bytes:
        return requests.encode_request(request, model=model, quirks=quirks, losses=losses)

    def patch_request(self, body: bytes, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
        return patch.patch_request(body, model=model, quirks=quirks, losses=losses)

    def decode_response(
        self, body: bytes, *, quirks: Quirks, request: Request | None = None
    ) -> Response:
        names = original_names(request) if request is not None else {}
        return responses.decode_response(body, quirks=quirks, names=names)

    def encode_response(
        self, response: Response, request: Request, *, losses: Losses, now: int = 0
    ) -> bytes:
        return encode_response(response, request, created=now, losses=losses)

    def stream_decoder(self, *, quirks: Quirks, request: Request) -> StreamDecoder:
        return streams.ChatStreamDecoder(quirks=quirks, request=request)

    def stream_encoder(
        self, request: Request, *, losses: Losses, estimate: Usage | None = None, now: int = 0
    ) -> StreamEncoder:
        return ChatStreamEncoder(request, losses, estimate=estimate, created=now)

    def verbatim_filter(self, body: bytes) -> Callable[[bytes], bytes] | None:
        return None if patch.asks_usage_chunk(body) else without_usage_chunk

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
        return decode_error(status, headers, body)

    def encode_error(self, error: ApiError, *, request_id: str) -> EncodedError:
        return errors.encode_error(error, request_id=request_id)

    def encode_stream_error(self, error: ApiError, *, request_id: str) -> bytes:
        return errors.encode_stream_error(error, request_id=request_id)

    def encode_ping(self) -> bytes:
        return PING
