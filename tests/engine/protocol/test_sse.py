import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.sse import SSEDecoder, SSEEvent, encode_sse, one_line

STREAMS = {
    "named": (
        b'event: a\ndata: {"x":1}\n\nevent: b\ndata: 2\n\n',
        [("a", b'{"x":1}'), ("b", b"2")],
    ),
    "unnamed": (b"data: 1\n\ndata: [DONE]\n\n", [("", b"1"), ("", b"[DONE]")]),
    "no space after the colon": (b"event:a\ndata:1\n\n", [("a", b"1")]),
    "only one space is taken": (b"data:  1\n\n", [("", b" 1")]),
    "crlf": (b"event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", [("a", b"1"), ("", b"2")]),
    "cr": (b"event: a\rdata: 1\r\rdata: 2\r\r", [("a", b"1"), ("", b"2")]),
    "mixed line ends": (
        b"data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r\n",
        [("", b"1"), ("", b"2"), ("", b"3")],
    ),
    "comments": (b": hello\n\ndata: 1\n: inside\n\n:\n\n", [("", b"1")]),
    "many data lines": (b"data: 1\ndata:\ndata: 2\n\n", [("", b"1\n\n2")]),
    "two data lines among single ones": (
        b"data: 1\n\ndata: 2\ndata: 3\n\ndata: 4\n\n",
        [("", b"1"), ("", b"2\n3"), ("", b"4")],
    ),
    "a name among those without": (
        b"data: 1\n\nevent: a\ndata: 2\n\ndata: 3\n\n",
        [("", b"1"), ("a", b"2"), ("", b"3")],
    ),
    "names that change": (
        b"event: a\ndata: 1\n\nevent: a\ndata: 2\n\nevent: ab\ndata: 3\n\nevent: a\ndata: 4\n\n",
        [("a", b"1"), ("a", b"2"), ("ab", b"3"), ("a", b"4")],
    ),
    "an event without a name among named ones": (
        b"event: a\ndata: 1\n\ndata: 2\n\nevent: a\ndata: 3\n\n",
        [("a", b"1"), ("", b"2"), ("a", b"3")],
    ),
    "two data lines among named events": (
        b"event: a\ndata: 1\n\nevent: a\ndata: 2\ndata: 3\n\nevent: a\ndata: 4\n\n",
        [("a", b"1"), ("a", b"2\n3"), ("a", b"4")],
    ),
    "a name without data among named events": (
        b"event: a\ndata: 1\ndata: 2\n\nevent: a\n\nevent: a\ndata: 3\n\n",
        [("a", b"1\n2"), ("a", b"3")],
    ),
    "an empty name": (b"event: \ndata: 1\n\nevent: \n\n", [("", b"1")]),
    "data without a colon": (b"data\n\n", [("", b"")]),
    "an event without data is none": (b"event: a\n\nid: 7\nretry: 10\n\ndata: 1\n\n", [("", b"1")]),
    "data before its name": (b"data: 1\nevent: a\n\n", [("a", b"1")]),
    "id and retry are skipped": (b"id: 1\nevent: a\nretry: 3\ndata: 1\n\n", [("a", b"1")]),
    "more empty lines than needed": (
        b"\n\n\ndata: 1\n\n\n\ndata: 2\n\n\n",
        [("", b"1"), ("", b"2")],
    ),
    "byte order mark": (b"\xef\xbb\xbfdata: 1\n\n", [("", b"1")]),
    "a second mark is data": (b"data: \xef\xbb\xbf1\n\n", [("", b"\xef\xbb\xbf1")]),
    "utf-8": ("event: é\ndata: 日本語 🎈\n\n".encode(), [("é", "日本語 🎈".encode())]),
    "a colon in data": (b"data: a: b\n\n", [("", b"a: b")]),
    "no empty line at the end": (b"data: 1\n\ndata: 2", [("", b"1"), ("", b"2")]),
    "one line end at the end": (b"data: 1\n", [("", b"1")]),
    "nothing": (b"", []),
}


def decode(pieces: list[bytes]) -> list[tuple[str, bytes]]:
    decoder = SSEDecoder()
    events: list[SSEEvent] = []
    for piece in pieces:
        events += decoder.feed(piece)
    events += decoder.close()
    return [(event.event, event.data) for event in events]


@pytest.mark.parametrize("case", STREAMS)
def test_behaviour_09_sse_as_the_standard_says(case: str) -> None:
    stream, expected = STREAMS[case]
    assert decode([stream]) == expected


@pytest.mark.parametrize("case", STREAMS)
def test_byte_by_byte_gives_the_same(case: str) -> None:
    stream, expected = STREAMS[case]
    assert decode([stream[i : i + 1] for i in range(len(stream))]) == expected


@given(st.sampled_from(sorted(STREAMS)), st.lists(st.integers(0, 60), max_size=8))
def test_any_split_gives_the_same(case: str, cuts: list[int]) -> None:
    stream, expected = STREAMS[case]
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    assert decode([stream[a:b] for a, b in pairwise(edges)]) == expected


@given(
    st.lists(
        st.sampled_from(
            [
                b"data: 1",
                b"data:",
                b":c",
                b"event: a",
                b"event: ",
                b"\n\n",
                b"\r",
                b"\n",
                b"\r\n",
                b"\xef\xbb\xbf",
            ]
        )
    )
)
def test_any_bytes_give_the_same_however_they_are_split(tokens: list[bytes]) -> None:
    stream = b"".join(tokens)
    assert decode([stream]) == decode([stream[i : i + 1] for i in range(len(stream))])


def test_an_event_is_given_out_as_soon_as_its_empty_line_is_there() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: 1\n") == []
    assert decoder.feed(b"\ndata: 2\r\n\r") == [SSEEvent("", b"1"), SSEEvent("", b"2")]
    assert decoder.feed(b"\n") == []
    assert decoder.close() == []


def test_behaviour_09_a_line_of_many_mebibytes_in_small_reads_costs_linear_time() -> None:
    line = b"x" * 4096
    decoder = SSEDecoder()
    decoder.feed(b"data: ")
    started = time.perf_counter()
    for _ in range(4096):
        assert decoder.feed(line) == []
    (event,) = decoder.feed(b"\n\n")
    assert len(event.data) == 16 * 1024 * 1024
    assert time.perf_counter() - started < 2  # quadratic joins would copy 32 GiB


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"{}", "ping", b"event: ping\ndata: {}\n\n"),
        (b"[DONE]", "", b"data: [DONE]\n\n"),
        (b"a\nb", "", b"data: a\ndata: b\n\n"),
    ],
)
def test_encode_sse(data: bytes, name: str, expected: bytes) -> None:
    assert encode_sse(data, name) == expected
    assert decode([expected]) == [(name, data)]


@pytest.mark.parametrize("said", [b'{"a": "x\\ny"}', b'{\n  "a": [1,\r\n 2]\n}', b"{}"])
def test_json_is_the_same_on_one_line(said: bytes) -> None:
    line = one_line(said)
    assert b"\n" not in line
    assert b"\r" not in line
    assert json.loads(line) == json.loads(said)
