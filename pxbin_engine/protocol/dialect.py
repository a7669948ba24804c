"""The contract that every dialect fills; what the folder ``dialects/<name>/`` must offer.

A dialect is one folder with the same file names as the others (``wire request response stream error``) and one line in
``dialects/__init__``. It is stateless; the state of a stream lives in the decoder or encoder that it makes.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Struct

from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response, Usage
from pxbin_engine.protocol.sse import SSEEvent
from pxbin_engine.protocol.stream import StreamEvent


class EncodedError(Struct, frozen=True):
    """An error as an HTTP answer: ``headers`` holds what belongs to it (``retry-after``), content type included."""

    status: int
    headers: dict[str, str]
    body: bytes


class StreamDecoder(Protocol):
    """An upstream's stream -> canonical events, in well-formed order (the rules of ``stream``)."""

    def feed(self, events: Iterable[SSEEvent]) -> list[StreamEvent]:
        """The events that these server-sent events tell; never raises on bad data (it becomes StreamFailed)."""
        ...

    def close(self) -> list[StreamEvent]:
        """The byte stream has ended: what is still due, or ``StreamFailed`` where it was cut short."""
        ...


class StreamEncoder(Protocol):
    """Canonical events -> the client's stream."""

    def encode(self, events: Iterable[StreamEvent]) -> bytes:
        """The bytes of these events, ready for one write."""
        ...


class Dialect(Protocol):
    """One wire format, in both directions.

    Attributes:
        name: as in ``anthropic_messages``.
        format: an upstream's format that speaks it, as records name it (``anthropic``).
    """

    name: str
    format: str

    def path(self, model: str, *, stream: bool) -> str:
        """Where an upstream takes a request, as its vendor documents it, from the version on; maybe with a query."""
        ...

    def auth_headers(self, api_key: str | None) -> dict[str, str]:
        """What says who asks, and in which version; names in lower case."""
        ...

    def decode_request(self, body: bytes) -> Request:
        """A client's body; where the path says the model and whether to stream (Gemini), they are left as they are by
        default, and ``Translation`` puts them in. Raises ``ProtocolError`` with a text that names the field that is wrong."""
        ...

    def encode_request(
        self, request: Request, *, model: str, quirks: Quirks, losses: Losses
    ) -> bytes:
        """The body for an upstream, for its model name; what it cannot say goes to ``losses``."""
        ...

    def patch_request(self, body: bytes, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
        """Same dialect in and out: the client's bytes with the model name put in, and nothing else touched
        but what a named rule must change (``stream_options.include_usage``)."""
        ...

    def decode_response(
        self, body: bytes, *, quirks: Quirks, request: Request | None = None
    ) -> Response:
        """An upstream's whole answer; ``request`` is what was asked (it undoes changed tool names). Raises
        ``ProtocolError``."""
        ...

    def encode_response(
        self, response: Response, request: Request, *, losses: Losses, now: int = 0
    ) -> bytes:
        """The client's whole answer; what it cannot say goes to ``losses``, with paths that begin with ``answer``;
        ``now`` in Unix seconds, where the dialect says when it was made."""
        ...

    def stream_decoder(self, *, quirks: Quirks, request: Request) -> StreamDecoder:
        """A decoder for one stream."""
        ...

    def stream_encoder(
        self, request: Request, *, losses: Losses, estimate: Usage | None = None, now: int = 0
    ) -> StreamEncoder:
        """An encoder for one stream; ``estimate`` fills early usage fields where the upstream told none; ``losses`` and
        ``now`` as in ``encode_response``."""
        ...

    def verbatim_filter(self, body: bytes) -> Callable[[bytes], bytes] | None:
        """Same dialect in and out, streamed: what takes out again of the upstream's bytes (whole events in, whole
        events out) what only ``patch_request`` asked for; None where this client's body asked for all of it."""
        ...

    def decode_error(self, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
        """Whatever an upstream answered with a status of 400 and up; never raises, also on HTML or nothing."""
        ...

    def encode_error(self, error: ApiError, *, request_id: str) -> EncodedError:
        """The error in the client's words."""
        ...

    def encode_stream_error(self, error: ApiError, *, request_id: str) -> bytes:
        """The error as the last bytes of a stream that has begun."""
        ...

    def encode_ping(self) -> bytes:
        """What keeps a silent stream alive."""
        ...
