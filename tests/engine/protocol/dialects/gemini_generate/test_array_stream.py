"""A stream as an array, however its bytes are split."""

import json
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.gemini_generate.array_stream import ArrayStream
from pxbin_engine.protocol.dialects.gemini_generate.error_encoder import encode_stream_error
from pxbin_engine.protocol.dialects.gemini_generate.stream_encoder import PING
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.sse import encode_sse

ITEMS = [{"text": "a\n\ndata: {}"}, {"b": [1, 2]}, {"c": "é]"}]
STREAM = b"".join([PING, *(encode_sse(msgspec.json.encode(item)) for item in ITEMS), PING])
ERROR = encode_stream_error(ApiError("overloaded", 503, "Busy."))


@given(st.lists(st.integers(0, len(STREAM)), max_size=8), st.sampled_from([b"", ERROR]))
def test_any_split_is_the_same_array(cuts: list[int], error: bytes) -> None:
    stream = STREAM + error
    edges = [0, *sorted(cuts), len(stream)]
    array = ArrayStream()
    pieces = [array.feed(stream[start:end]) for start, end in pairwise(edges)]
    told = json.loads(b"".join(pieces) + array.close())
    assert told == [*ITEMS, *([json.loads(error)] if error else [])]


def test_what_googles_servers_send_is_taken_too() -> None:
    array = ArrayStream()
    assert array.feed(b'data: {"a":1}\r\n\r\ndata: {"b":2}\r\n\r\n') == b'[{"a":1},\r\n{"b":2}'
    assert array.close() == b"]"


def test_a_keep_alive_stays_one() -> None:
    array = ArrayStream()
    assert array.feed(PING) == PING
    assert array.close() == b"[]"
