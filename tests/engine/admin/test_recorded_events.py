"""The events of a recorded stream have the time of the read that ended them."""

import pytest

from pxbin_engine.admin.recorded_events import events_of
from pxbin_engine.records import RecordedEvent, RecordedMessage, RecordedRead

STREAM = (("Content-Type", "text/event-stream; charset=utf-8"),)


def a_message(*pieces: tuple[float, bytes], cut: bool = False) -> RecordedMessage:
    return RecordedMessage(
        side="client_response",
        headers=STREAM,
        body=b"".join(data for _, data in pieces),
        reads=tuple(RecordedRead(ms, len(data)) for ms, data in pieces),
        cut=cut,
    )


def test_each_event_has_the_time_of_its_last_byte() -> None:
    message = a_message(
        (1.0, b"event: a\nda"), (2.0, b"ta: 1\n\nevent: b\ndata: 2\n\ndata: {"), (3.5, b"}\n\n")
    )
    assert events_of(message) == (
        RecordedEvent(2.0, "a", "1"),
        RecordedEvent(2.0, "b", "2"),
        RecordedEvent(3.5, "", "{}"),
    )


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"type":"response.created","x":1}', "response.created"),
        (b'{"choices":[]}', ""),
        (b'{"type":7}', ""),
        (b"[DONE]", ""),
        (b'{"type":"\xff"}', ""),
    ],
)
def test_what_the_stream_does_not_name_its_data_may(data: bytes, name: str) -> None:
    (event,) = events_of(a_message((1.0, b"data: " + data + b"\n\n")))
    assert (event.name, event.data) == (name, data.decode(errors="replace"))


def test_the_last_event_of_a_whole_body_needs_no_end_and_that_of_a_cut_one_is_left_out() -> None:
    assert events_of(a_message((1.0, b"data: 1"))) == (RecordedEvent(1.0, "", "1"),)
    assert events_of(a_message((1.0, b"data: 1\n\ndata: 2"), cut=True)) == (
        RecordedEvent(1.0, "", "1"),
    )


def test_an_answer_that_is_no_stream_has_none() -> None:
    told = RecordedMessage(side="client_response", headers=(), body=b"data: 1\n\n")
    assert events_of(told) == ()
