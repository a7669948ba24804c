"""What the fuzzer starts from: every request, answer, stream and error of the corpus, and what the encoders make of them."""

from functools import cache
from pathlib import Path

import msgspec

from pxbin_engine.protocol.dialects import DIALECTS
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import Response
from pxbin_engine.protocol.sse import SSEDecoder
from pxbin_engine.protocol.stream import StreamCollector, events_of

CORPUS = Path(__file__).parents[1] / "corpus"

ERRORS = (
    ApiError("context_overflow", 400, "prompt is too long: 200001 tokens > 200000 maximum"),
    ApiError("rate_limit", 429, "Slow down.", retry_after=1.5, code="rate_limit_exceeded"),
    ApiError("invalid_request", 400, "temperature: no", param="temperature", code="bad"),
    ApiError("api", 500, "It broke.", request_id="req_1"),
)


@cache
def requests(dialect: str) -> list[bytes]:
    """Bodies that a client of the dialect may send."""
    files = [*CORPUS.glob(f"{dialect}/*/body.json"), *CORPUS.glob(f"{dialect}/*/request.json")]
    return [path.read_bytes() for path in sorted(files)]


@cache
def streams(dialect: str) -> list[bytes]:
    """Streams of an upstream of the dialect."""
    recorded = [path.read_bytes() for path in sorted(CORPUS.glob(f"{dialect}/*/*.sse"))]
    return [*recorded, *(_as_stream(dialect, answer) for answer in canonical_answers())]


@cache
def answers(dialect: str) -> list[bytes]:
    """Whole answers of an upstream of the dialect."""
    recorded = [
        path.read_bytes() for path in sorted(CORPUS.glob(f"{dialect}/answer_*/upstream.json"))
    ]
    return [*recorded, *(_as_whole(dialect, answer) for answer in canonical_answers())]


@cache
def errors(dialect: str) -> list[tuple[int, bytes]]:
    """Errors of an upstream of the dialect, each with its status."""
    recorded = [
        (told["status"], _error_body(told.get("body")))
        for path in sorted(CORPUS.glob(f"{dialect}/error_*/upstream.json"))
        for told in [msgspec.json.decode(path.read_bytes())]
    ]
    spoken = (DIALECTS[dialect].encode_error(error, request_id="r") for error in ERRORS)
    return [*recorded, *((error.status, error.body) for error in spoken)]


@cache
def canonical_answers() -> list[Response]:
    """What the recorded streams of all dialects tell, as far as they end well."""
    told = []
    for dialect in DIALECTS:
        for path in sorted(CORPUS.glob(f"{dialect}/*/*.sse")):
            response = _collected(dialect, path.read_bytes())
            if response is not None:
                told.append(response)
    return told


def _error_body(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


def _collected(dialect: str, stream: bytes) -> Response | None:
    sse, collector = SSEDecoder(), StreamCollector()
    decoder = DIALECTS[dialect].stream_decoder(quirks=DEFAULT_QUIRKS, request=Request("m", ()))
    events = [*sse.feed(stream), *sse.close()]
    for event in [*decoder.feed(events), *decoder.close()]:
        collector.add(event)
    return collector.response() if collector.complete else None


def _as_whole(dialect: str, answer: Response) -> bytes:
    return DIALECTS[dialect].encode_response(answer, Request("m", ()), losses=Losses())


def _as_stream(dialect: str, answer: Response) -> bytes:
    encoder = DIALECTS[dialect].stream_encoder(Request("m", ()), losses=Losses())
    return encoder.encode(events_of(answer))
