"""Tapes: what they keep of the bytes that pass, how much memory that may take, and what is left out of it."""

from collections.abc import Callable

import pytest

from pxbin_engine.gateway.tape import Room, Tape
from pxbin_engine.records import Outcome, RecordedRead

KEY = "sk-0123456789abcdef"
ARRIVED = 100.0


class Ticking:
    """A clock that moves on by 10 ms each time that it is read."""

    def __init__(self) -> None:
        self.now = ARRIVED

    def __call__(self) -> float:
        self.now += 0.01
        return self.now


def a_tape(
    room: Room | None = None,
    *,
    kept_bytes: int = 1000,
    only_failures: bool = False,
    clock: Callable[[], float] | None = None,
) -> Tape:
    return Tape(
        room or Room(),
        kept_bytes,
        arrived=ARRIVED,
        clock=clock or Ticking(),
        secrets=[KEY],
        only_failures=only_failures,
    )


def test_the_messages_of_an_exchange_in_their_order_with_their_times() -> None:
    tape = a_tape()
    tape.hear_client(
        "POST", "/v1/messages?a=b", {"X-Api-Key": "pxb_" + "0" * 40}, b"{}", at=100.002
    )
    tape.ask_upstream(1, "POST", "http://u/v1/x", {"authorization": f"Bearer {KEY}"}, b'{"a":1}')
    heard = tape.hear_upstream(1, 200, {"content-type": "text/event-stream"})
    heard.add(b"data: 1\n\n")
    answer = tape.answer_client(200, {"x-request-id": "r"})
    answer.add(b"data: 2\n\n")
    heard.add(f"data: {KEY}\n\n".encode())
    assert tape.settle("ok") == "kept"

    asked, sent, got, told = tape.messages()

    assert (asked.side, asked.attempt, asked.method, asked.url) == (
        "client_request", 0, "POST", "/v1/messages?a=b",
    )  # fmt: skip
    assert asked.headers == (("X-Api-Key", "pxb_0000" + "*" * 36),)
    assert asked.reads == (RecordedRead(2.0, 2),)
    assert (sent.side, sent.attempt, sent.body) == ("upstream_request", 1, b'{"a":1}')
    assert sent.headers == (("authorization", "Bearer " + "*" * 19),)
    assert (got.side, got.status, got.size, got.cut) == ("upstream_response", 200, 36, False)
    assert got.body == b"data: 1\n\ndata: " + b"*" * 19 + b"\n\n"
    assert got.reads == (RecordedRead(20.0, 9), RecordedRead(40.0, 27))
    assert (told.side, told.attempt, told.body) == ("client_response", 0, b"data: 2\n\n")


def test_the_bytes_that_are_there_are_kept_without_a_copy() -> None:
    tape, body = a_tape(), b"x" * 500
    tape.ask_upstream(1, "POST", "u", {}, body)
    assert tape.messages()[0].body is body


@pytest.mark.parametrize("size", [20, 21, 30, 39, 40, 60])
def test_a_secret_that_the_cut_divides_leaves_nothing(size: int) -> None:
    body = b"." * 20 + KEY.encode() + b"." * 100_000
    tape = a_tape(kept_bytes=size)
    tape.ask_upstream(1, "POST", "u", {}, body)
    (message,) = tape.messages()
    assert message.body == (b"." * 20 + b"*" * 19 + b"." * 100)[:size]
    assert (message.cut, message.size) == (True, len(body))
    assert sum(read.size for read in message.reads) == size


def test_what_is_longer_is_cut_and_its_rest_is_let_go() -> None:
    room = Room()
    tape = a_tape(room, kept_bytes=10)
    track = tape.hear_upstream(1, 200, {})
    for _ in range(1000):
        track.add(b"x" * 1000)
    assert room.held < 20_000
    (message,) = tape.messages()
    assert (message.body, message.size, message.cut) == (b"x" * 10, 1_000_000, True)
    assert message.reads == (RecordedRead(10.0, 10),)


def test_a_body_of_just_that_length_is_whole() -> None:
    tape = a_tape(kept_bytes=10)
    tape.ask_upstream(1, "POST", "u", {}, b"x" * 10)
    assert tape.messages()[0].cut is False


def test_what_there_is_no_room_for_is_dropped_as_a_whole_and_counted() -> None:
    room = Room(3000)
    first, second = a_tape(room), a_tape(room)
    first.ask_upstream(1, "POST", "u", {}, b"x" * 1000)
    second.ask_upstream(1, "POST", "u", {}, b"x" * 1000)
    track = second.hear_upstream(1, 200, {})
    track.add(b"x" * 1000)
    held_by_first = room.held
    track.add(b"x")
    assert track.message(ARRIVED).body == b"", "whoever adds to it must not hold what was let go"
    assert second.settle("ok") == "dropped"
    assert second.messages() == ()
    assert first.settle("ok") == "kept"
    assert (room.dropped, room.held) == (1, held_by_first)
    first.erase()
    assert room.held == 0


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("ok", ""),
        ("cancelled", ""),
        ("refused", "kept"),
        ("client_error", "kept"),
        ("upstream_error", "kept"),
        ("stream_error", "kept"),
    ],
)
def test_where_only_failures_are_wished_the_end_decides(outcome: Outcome, state: str) -> None:
    room = Room()
    tape = a_tape(room, only_failures=True)
    tape.ask_upstream(1, "POST", "u", {}, b"x")
    assert tape.settle(outcome) == state
    assert bool(room.held) == (state == "kept")
    assert room.dropped == 0
    full = a_tape(Room(0), only_failures=True)
    full.ask_upstream(1, "POST", "u", {}, b"x")
    assert full.settle(outcome) == ("dropped" if state else "")


def test_what_comes_after_the_end_is_not_kept() -> None:
    """An upstream may answer when nobody waits for it any more."""
    room = Room()
    tape = a_tape(room)
    track = tape.hear_upstream(1, 200, {})
    track.add(b"in time")
    held = room.held
    tape.settle("cancelled")
    track.add(b"late" * 1000)
    tape.hear_upstream(2, 200, {}).add(b"later")
    (message,) = tape.messages()
    assert (message.body, message.size, message.cut) == (b"in time", 7, False)
    assert room.held == held
