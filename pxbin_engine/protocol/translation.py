"""One request from one client to one upstream: the client's dialect in, the upstream's out, and the answer back.

Rules of a streamed answer:

1. Same dialect on both sides: the upstream's bytes go through untouched, in whole events; the decoder only listens.
2. Nothing leaves before the upstream said something useful (more than that it began), so that until then the gateway
   can still answer with a real status or ask another upstream. ``open`` ends that wait.
3. An answer ends once: complete, or failed. After a failure nothing leaves any more.
4. A failure before anything left is only told by ``failure``; afterwards it is also the stream's last event.
5. What arrives in one read leaves in one piece.
"""

from collections.abc import Callable, Mapping
from functools import cached_property

from msgspec import structs

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialect import Dialect, EncodedError, StreamDecoder, StreamEncoder
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.estimate import estimate_input_tokens, estimate_soon
from pxbin_engine.protocol.json_patch import drop_members
from pxbin_engine.protocol.listener import Listener
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.peek import Peek, peek
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import Request, Text
from pxbin_engine.protocol.response import Response, StopReason, Usage
from pxbin_engine.protocol.sse import SSEDecoder, SSEEvent
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    StreamEvent,
    StreamFailed,
    events_of,
    joined,
)

__all__ = ["Peek", "Translation", "peek"]

_BILLING_HEADER = "x-anthropic-billing-header:"
_EMPTY = ApiError("api", 502, "The upstream answered with nothing where it should have answered.")


class Translation:
    """One request to one target; ``source`` is the client's dialect, ``target`` the upstream's.

    Args:
        wish: what the client's path said, in a dialect that says there what others say in the body.
        now: Unix seconds, for answers that say when they were made.
        answer_id: what an answer is called that begins before an upstream has named it; the same for all attempts at one.
        asked: the client's request, where it was read already; not for a verbatim one.

    Attributes:
        verbatim: both dialects are the same; the bytes go through.
        losses: what of the request the target cannot say, and what of the answer (``answer...``) the client's dialect cannot.
    """

    def __init__(
        self,
        source: Dialect,
        target: Dialect,
        *,
        model: str,
        quirks: Quirks = DEFAULT_QUIRKS,
        wish: Peek | None = None,
        now: int = 0,
        answer_id: str = "",
        asked: Request | None = None,
    ) -> None:
        self.verbatim = source.name == target.name
        self.losses = Losses()
        self._source = source
        self._target = target
        self._model = model
        self._quirks = quirks
        self._wish = wish
        self._now = now
        self._answer_id = answer_id
        self._body = b""
        self._request = asked
        self._passed_error: tuple[ApiError, EncodedError] | None = None

        self._heard = Listener()
        self._sse = SSEDecoder()
        self._is_stream: bool | None = None
        self._filter: Callable[[bytes], bytes] | None = None
        self._begun = False
        self._begun_early = False
        self._unsent: list[bytes] = []
        self._partial: list[bytes] = []

    @property
    def useful(self) -> bool:
        """The upstream said more than that it began; from here on ``feed`` gives out bytes."""
        return self._heard.useful

    @property
    def committed(self) -> bool:
        """Some of that went out: no other answer can take its place any more."""
        return self._begun and self.useful

    @property
    def first_token(self) -> bool:
        """Text, thinking or arguments of a tool call arrived."""
        return self._heard.first_token

    @property
    def complete(self) -> bool:
        """The answer ended as it should."""
        return self._heard.complete

    @property
    def failure(self) -> ApiError | None:
        """Why it did not; its status is fit for the client."""
        return self._heard.failure

    @property
    def stop(self) -> StopReason | None:
        """Why the model stopped, once it is known."""
        return self._heard.stop

    @property
    def usage(self) -> Usage | None:
        """What the answer used so far; estimated, and flagged so, where the upstream has not said it."""
        return self._heard.usage(lambda: self._estimated_input)

    # The request

    def request(self, body: bytes) -> bytes:
        """The upstream's body. Raises ``ProtocolError`` where the client's is not what its dialect says."""
        self._body = body
        if self.verbatim:
            self._filter = self._source.verbatim_filter(body)
            return self._target.patch_request(
                body, model=self._model, quirks=self._quirks, losses=self.losses
            )
        if self._request is None:
            self._request = decode_request(self._source, body, self._wish)
        return self._encode_request(self._request, self.losses)

    def _encode_request(self, request: Request, losses: Losses) -> bytes:
        """The body for the target, without the fields that it is known to refuse."""
        quirks = self._quirks
        body = self._target.encode_request(request, model=self._model, quirks=quirks, losses=losses)
        if not quirks.dropped_fields:
            return body
        body, dropped = drop_members(body, quirks.dropped_fields)
        for field in dropped:
            losses.add(field, "The upstream refuses this field; it was left out.")
        return body

    # A streamed answer

    def feed(self, chunk: bytes) -> bytes:
        """What to write to the client for this read; maybe nothing."""
        if self.failure is not None:
            return b""
        if self._is_stream is None:
            self._is_stream = _begins_stream(chunk)
        if self._is_stream is False:
            self._partial.append(chunk)
            return b""
        told = self._decoder.feed(self._sse.feed(chunk))
        if self.verbatim and not self._begun_early:
            self._heard.hear(told)
            return self._send(self._whole_events(chunk))
        return self._translate(joined(told))

    def close(self) -> bytes:
        """The upstream's bytes have ended: what is still due, or an error event where they were cut."""
        if self.failure is not None:
            return b""
        if self._is_stream is False:
            return self._close_without_stream()
        last = self._sse.close()
        told = [*self._decoder.feed(last), *self._decoder.close()]
        if not self._heard.started and not last:
            told = [StreamFailed(_EMPTY)]
        if not self.verbatim or self._begun_early:
            return self._translate(told)
        self._heard.hear(told)
        return self._tell_failure() or self._send(b"".join(self._partial))

    def interrupt(self, error: ApiError) -> bytes:
        """The connection broke or timed out: the error as the last bytes, where the client's stream had begun."""
        if self.failure is not None or self.complete:
            return b""
        self._heard.failure = error
        return self._tell_failure()

    def open(self) -> bytes:
        """Begin the client's stream now, although the upstream said nothing useful yet, and keep it alive."""
        if self._begun or self.failure is not None:
            return b""
        self._begun = True
        if self._heard.started:
            begin = b"".join(self._unsent)
        else:
            self._begun_early = True
            begin = self._encoder.encode([MessageStart(self._answer_id, self._asked.model)])
        self._unsent.clear()
        return begin + self.ping()

    def resume(self, body: bytes) -> None:
        """Go on with a client's stream that an earlier attempt at the same ``body`` has opened."""
        self._body = body
        self.open()

    def ping(self) -> bytes:
        """What keeps a silent stream alive; nothing where the stream has not begun or has ended."""
        if not self._begun or self.complete or self.failure is not None:
            return b""
        return self._source.encode_ping()

    def _translate(self, told: list[StreamEvent]) -> bytes:
        self._heard.hear(told)
        return self._send(self._encoder.encode(self._for_client(told)))

    def _for_client(self, told: list[StreamEvent]) -> list[StreamEvent]:
        """The events as the client should hear them: begun once, by the name that it asked for, with usage at the end."""
        if told and type(start := told[0]) is MessageStart:
            renamed = structs.replace(start, model=self._asked.model)
            told = told[1:] if self._begun_early else [renamed, *told[1:]]
        if told and type(end := told[-1]) is MessageEnd and end.usage is None:
            told = [*told[:-1], MessageEnd(end.stop, self.usage)]
        return told

    def _whole_events(self, chunk: bytes) -> bytes:
        """The bytes up to the end of the last whole event: half an event would swallow a ping or an error."""
        end = len(chunk) if self._sse.between_events else _end_of_last_event(chunk)
        if end == 0:
            self._partial.append(chunk)
            return b""
        whole = b"".join((*self._partial, chunk[:end]))
        self._partial = [chunk[end:]]
        return self._filter(whole) if self._filter else whole

    def _send(self, data: bytes) -> bytes:
        if self._begun:
            return data
        self._unsent.append(data)
        if not self.useful or self.failure is not None:
            return b""
        self._begun = True
        data = b"".join(self._unsent)
        self._unsent.clear()
        return data

    def _tell_failure(self) -> bytes:
        if not self._begun or self.failure is None:
            return b""
        if not self.verbatim or self._begun_early:
            return self._encoder.encode([StreamFailed(self.failure)])
        return self._source.encode_stream_error(
            self.failure, request_id=self.failure.request_id or ""
        )

    def _close_without_stream(self) -> bytes:
        try:
            return self.response_as_stream(b"".join(self._partial))
        except ProtocolError:
            return self._tell_failure()

    # A whole answer

    def response(self, body: bytes) -> bytes:
        """The client's answer. Raises ``ProtocolError`` (and sets ``failure``) where the upstream's is none."""
        response = self._decode_response(body)
        self._heard.hear(events_of(response))
        if self.verbatim:
            return body
        response = structs.replace(response, model=self._asked.model, usage=self.usage)
        return self._source.encode_response(
            response, self._asked, losses=self.losses, now=self._now
        )

    def response_as_stream(self, body: bytes) -> bytes:
        """The client asked for a stream and the upstream answered at once: its answer as a stream. Raises as ``response``."""
        return self._translate(events_of(self._decode_response(body)))

    def _decode_response(self, body: bytes) -> Response:
        try:
            return self._target.decode_response(body, quirks=self._quirks, request=self._request)
        except ProtocolError as error:
            self._heard.failure = self._error_in(body) or ApiError("api", 502, error.message)
            raise ProtocolError(self._heard.failure.message) from error

    def _error_in(self, body: bytes) -> ApiError | None:
        """The error that an upstream told with a status of 200."""
        if not body.strip():
            return _EMPTY
        if body.lstrip()[:1] not in (b"{", b"["):
            return None
        for event in self._new_decoder().feed([SSEEvent("", body)]):
            if isinstance(event, StreamFailed):
                return event.error
        return None

    # An error answer

    def error(self, status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
        """The error that the upstream answered with, as the client should hear it."""
        error = self._target.decode_error(status, headers, body)
        if error.kind == "authentication":
            # Claude Code repeats a 401 without end; and it is not the client's key that was refused.
            message = f"The upstream refused the key it was given: {error.message}"
            return structs.replace(error, kind="permission", status=403, message=message)
        if self.verbatim and body.lstrip().startswith(b"{"):
            self._passed_error = (error, _passed_through(status, headers, body))
        return error

    def encode_error(self, error: ApiError, *, request_id: str) -> EncodedError:
        """The error in the client's dialect; byte for byte the upstream's, where it is the same error and dialect."""
        if self._passed_error is not None and self._passed_error[0] is error:
            return self._passed_error[1]
        return self._source.encode_error(error, request_id=request_id)

    # What is made only where it is needed

    @cached_property
    def _decoder(self) -> StreamDecoder:
        return self._new_decoder()

    def _new_decoder(self) -> StreamDecoder:
        request = self._request or Request(model=self._model, messages=())
        return self._target.stream_decoder(quirks=self._quirks, request=request)

    @cached_property
    def _encoder(self) -> StreamEncoder:
        estimate = Usage(input_tokens=estimate_soon(self._asked, self._body), estimated=True)
        return self._source.stream_encoder(
            self._asked, losses=self.losses, estimate=estimate, now=self._now
        )

    @cached_property
    def _asked(self) -> Request:
        """What the client asked; a verbatim body is read for that only when it must be."""
        if self._request is not None:
            return self._request
        try:
            return decode_request(self._source, self._body, self._wish)
        except ProtocolError:
            return Request(model=self._model, messages=())

    @cached_property
    def _estimated_input(self) -> int:
        return estimate_input_tokens(self._asked)


def _begins_stream(chunk: bytes) -> bool | None:
    """Whether these first bytes can be server-sent events; None while nothing can be seen."""
    first = chunk.lstrip()[:1]
    return first not in b"{[<" if first else None


def _end_of_last_event(chunk: bytes) -> int:
    ends = (chunk.rfind(gap) + len(gap) for gap in (b"\n\n", b"\r\n\r\n") if gap in chunk)
    return max(ends, default=0)


def decode_request(source: Dialect, body: bytes, wish: Peek | None) -> Request:
    """A client's whole request, with what its path said. Raises ``ProtocolError``."""
    _check_text(body)
    request = _without_billing_header(source.decode_request(body))
    if wish is None:
        return request
    return structs.replace(request, model=wish.model, stream=bool(wish.stream))


def _check_text(body: bytes) -> None:
    """Of what stays raw (schemas, arguments) nobody else reads the text, and no JSON parser would take it in another body."""
    try:
        body.isascii() or body.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError(f"The request body is not UTF-8: {error}") from error


def _without_billing_header(request: Request) -> Request:
    """Claude Code's first system block: it changes with each release and breaks other vendors' prefix caches."""
    match request.system:
        case (Text(text=text), *rest) if text.startswith(_BILLING_HEADER):
            return structs.replace(request, system=tuple(rest))
    return request


def _passed_through(status: int, headers: Mapping[str, str], body: bytes) -> EncodedError:
    kept = ("content-type", "retry-after", "retry-after-ms")
    lowered = {name.lower(): value for name, value in headers.items()}
    return EncodedError(status, {name: lowered[name] for name in kept if name in lowered}, body)
