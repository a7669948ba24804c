"""What is asserted of every input, by the name of a check: who decodes it, and what may leave there.

1. Only ``ProtocolError`` leaves a decoder of a whole body; nothing leaves the decoder of a stream or of an error.
2. What a decoder tells is canonical: well-formed, and every encoder takes it.
3. What a client is sent is what its dialect allows.
4. How bytes are split changes nothing.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from pxbin_engine.errors import ProtocolError
from pxbin_engine.gateway.counting import ASKED, ENDPOINTS
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.dialects import COMPACTION, DIALECTS
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.estimate import estimate_input_tokens
from pxbin_engine.protocol.loss import MOST_LOSSES, Losses
from pxbin_engine.protocol.peek import Peek, peek
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import Request, SearchHit, SearchResult
from pxbin_engine.protocol.searching import SEARCHED, SearchingTranslation, translation_for
from pxbin_engine.protocol.sse import SSEDecoder, encode_sse
from pxbin_engine.protocol.stream import StreamEvent, events_of
from pxbin_engine.protocol.translation import Translation, decode_request
from tests.fuzz.answers import check_answer, check_error, check_stream
from tests.fuzz.cases import Case
from tests.support.validators.canonical import check_sequence

WISH = Peek("m", True)
NO_SEARCH = Quirks(server_tools=False)


def _check_reason(error: ProtocolError) -> None:
    assert error.message, "a refusal without a reason"


def _request(dialect: Dialect) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """A client's body: refused with a reason, or a request that any upstream can be told of."""
        try:
            request = decode_request(dialect, case.body, None)
        except ProtocolError as error:
            _check_reason(error)
            return
        assert estimate_input_tokens(request) >= 0
        for target in DIALECTS.values():
            losses = Losses()
            try:
                body = target.encode_request(
                    request, model="m", quirks=DEFAULT_QUIRKS, losses=losses
                )
            except ProtocolError as error:
                _check_reason(error)
                continue
            json.loads(body)
            assert len(losses) <= MOST_LOSSES + 1
            if target.format in ENDPOINTS:
                json.loads(ENDPOINTS[target.format].body(body, "m"))

    return check


def _patch(dialect: Dialect) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """The same dialect on both sides."""
        translation = Translation(dialect, dialect, model="m", wish=WISH)
        try:
            body = translation.request(case.body)
            translation.feed(b"data: x")  # which reads the body at last
        except ProtocolError as error:
            _check_reason(error)
            return
        assert body

    return check


def _count(format_name: str) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """A client's question how many tokens a body has."""
        try:
            request = ASKED[format_name].decode(case.body)
        except ProtocolError as error:
            _check_reason(error)
        else:
            json.loads(ASKED[format_name].encode(estimate_input_tokens(request)))
        ENDPOINTS[format_name].read(case.body)
        rename = ENDPOINTS[format_name].rename
        if rename is not None:
            try:
                assert rename(case.body, "m")
            except ProtocolError as error:
                _check_reason(error)

    return check


def _peek(case: Case) -> None:
    try:
        assert peek(case.body).model
    except ProtocolError as error:
        _check_reason(error)


def _compact(case: Case) -> None:
    try:
        request = COMPACTION.decode_request(case.body)
    except ProtocolError as error:
        _check_reason(error)
        return
    for target in DIALECTS.values():
        try:
            body = target.encode_request(request, model="m", quirks=DEFAULT_QUIRKS, losses=Losses())
        except ProtocolError as error:
            _check_reason(error)
        else:
            json.loads(body)


def _answer(dialect: Dialect) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """An upstream's whole answer, for every client: at once, and as a stream."""
        try:
            response = dialect.decode_response(case.body, quirks=DEFAULT_QUIRKS)
        except ProtocolError as error:
            _check_reason(error)
            return
        told = events_of(response)
        check_sequence(told)
        for source in DIALECTS.values():
            if source is dialect:
                continue  # what is its own (opaque parts, proofs) goes home as it came, right or wrong
            asked = Request("m", ())
            check_answer(source.name, source.encode_response(response, asked, losses=Losses()))
            encoder = source.stream_encoder(asked, losses=Losses())
            check_stream(source.name, encoder.encode(told))

    return check


def _stream(dialect: Dialect) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """An upstream's stream: well-formed events, the same in whatever pieces it comes."""
        whole = _decoded(dialect, Case(case.check, case.body))
        check_sequence(whole)
        split = _decoded(dialect, case)
        check_sequence(split)
        assert [type(event) for event in split] == [type(event) for event in whole]

    return check


def _decoded(dialect: Dialect, case: Case) -> list[StreamEvent]:
    sse = SSEDecoder()
    decoder = dialect.stream_decoder(quirks=DEFAULT_QUIRKS, request=Request("m", ()))
    told: list[StreamEvent] = []
    for read in case.reads:
        told += decoder.feed(sse.feed(read))
    told += decoder.feed(sse.close())
    return told + decoder.close()


def _error(dialect: Dialect) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """An upstream's refusal, for every client."""
        error = dialect.decode_error(case.status, case.headers, case.body)
        assert error.message
        for source in DIALECTS.values():
            translation = Translation(source, dialect, model="m")
            told = translation.error(case.status, case.headers, case.body)
            check_error(source.name, source.encode_error(told, request_id="req_1"))
            source.encode_stream_error(told, request_id="req_1").decode()
            translation.encode_error(told, request_id="req_1")

    return check


def _sse(case: Case) -> None:
    """In any pieces the same events; written and read again, they are the same."""
    whole, split = SSEDecoder(), SSEDecoder()
    events = [*whole.feed(case.body), *whole.close()]
    told = [event for read in case.reads for event in split.feed(read)]
    assert told + split.close() == events
    # an event's name and data can hold what a line cannot only where they were made by hand
    written = b"".join(encode_sse(event.data, event.event) for event in events)
    again = SSEDecoder()
    assert [*again.feed(written), *again.close()] == events


def _translate(source: Dialect, target: Dialect) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """A client's request and an upstream's stream, as the gateway leads them."""
        translation = Translation(source, target, model="m", wish=_wish(source))
        if not _asked(translation, case):
            return
        out = b""
        for at, read in enumerate(case.reads):
            out += translation.feed(read)
            if at == 1 and len(case.cuts) % 3 == 0:
                out += translation.open()
            if at == 3 and len(case.cuts) % 4 == 0:
                out += translation.ping()
        out += translation.close()
        _check_end(translation, source, out)

    return check


def _interrupt(source: Dialect, target: Dialect) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """The connection breaks after the first reads."""
        translation = Translation(source, target, model="m", wish=_wish(source))
        if not _asked(translation, case):
            return
        out = b"".join(translation.feed(read) for read in list(case.reads)[:2])
        out += translation.open() if len(case.cuts) % 2 else b""
        out += translation.interrupt(ApiError("timeout", 504, "It took too long."))
        assert translation.feed(b"data: {}\n\n") == b"" or translation.complete
        if not translation.complete:
            _check_end(translation, source, out)

    return check


def _whole(source: Dialect, target: Dialect) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """A client's request and an upstream's whole answer, which may be wanted as a stream."""
        for as_stream in (False, True):
            translation = Translation(source, target, model="m", wish=_wish(source))
            if not _asked(translation, case):
                return
            try:
                out = (
                    translation.response_as_stream(case.body)
                    if as_stream
                    else translation.response(case.body)
                )
            except ProtocolError as error:
                _check_reason(error)
                assert translation.failure is not None
                continue
            assert translation.usage is not None
            if translation.verbatim:
                continue
            if as_stream and not translation.failure:
                check_stream(source.name, out)
            elif not as_stream:
                check_answer(source.name, out)

    return check


def _search(source: Dialect, target: Dialect) -> Callable[[Case], None]:
    def check(case: Case) -> None:
        """An answer with rounds, each of which is the same stream; each search finds a page, or nothing."""
        options: dict[str, Any] = {"model": "m", "quirks": NO_SEARCH, "wish": _wish(source)}
        translation = translation_for(source, target, case.asked, knows_location=False, **options)
        if not isinstance(translation, SearchingTranslation) or not _asked(translation, case):
            return
        out = b""
        rounds = 0
        while True:
            out += b"".join(translation.feed(read) for read in case.reads)
            if translation.failure or not translation.end_round():
                break
            out += _searched(translation)
            rounds += 1
            assert rounds < 20, "the rounds have no end"
        out += translation.close()
        _check_end(translation, source, b"" if source is target else out)

    return check


def _searched(translation: SearchingTranslation) -> bytes:
    out = b""
    while (search := translation.search) is not None:
        hits = (SearchHit("https://a.example", "A"),) if len(search.query) % 2 else ()
        translation.found(SearchResult(search.id, hits), "" if hits else "Nothing answered.")
        out += translation.feed(SEARCHED)
    if translation.waits:
        json.loads(translation.next_request())
    return out


def _wish(source: Dialect) -> Peek | None:
    return WISH if source.name == "gemini_generate" else None


def _asked(translation: Translation, case: Case) -> bool:
    """Whether the client's request could be sent on, as a stream."""
    try:
        translation.request(case.asked)
    except ProtocolError as error:
        _check_reason(error)
        return False
    return True


def _check_end(translation: Translation, source: Dialect, out: bytes) -> None:
    assert translation.complete != (translation.failure is not None), "neither ended nor failed"
    if translation.failure is not None:
        assert translation.failure.status >= 400
        assert translation.failure.message
    if translation.usage is not None:
        assert msgspec.json.encode(translation.usage)
    if out and not translation.verbatim:
        check_stream(source.name, out)


PAIRS = [(source, target) for source in DIALECTS.values() for target in DIALECTS.values()]

CHECKS: dict[str, Callable[[Case], None]] = {
    "sse": _sse,
    "peek": _peek,
    "compact": _compact,
    **{f"request/{name}": _request(dialect) for name, dialect in DIALECTS.items()},
    **{f"patch/{name}": _patch(dialect) for name, dialect in DIALECTS.items()},
    **{f"count/{name}": _count(name) for name in ASKED},
    **{f"answer/{name}": _answer(dialect) for name, dialect in DIALECTS.items()},
    **{f"stream/{name}": _stream(dialect) for name, dialect in DIALECTS.items()},
    **{f"error/{name}": _error(dialect) for name, dialect in DIALECTS.items()},
    **{
        f"{kind}/{source.name}>{target.name}": make(source, target)
        for kind, make in (
            ("translate", _translate),
            ("interrupt", _interrupt),
            ("whole", _whole),
            ("search", _search),
        )
        for source, target in PAIRS
    },
}
