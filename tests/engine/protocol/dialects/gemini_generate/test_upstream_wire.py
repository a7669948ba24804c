"""Chunks as upstreams really send them are read, whatever else stands in them."""

import msgspec
import pytest

from pxbin_engine.protocol.dialects.gemini_generate.upstream_wire import (
    decode_chunk,
    raw_part,
    split_array,
)
from pxbin_engine.protocol.dialects.gemini_generate.wire import UNREADABLE


def test_nulls_and_unknown_fields_are_no_obstacle() -> None:
    chunk = decode_chunk(
        b'{"candidates":[{"content":null,"avgLogprobs":-0.1,"safetyRatings":[],"urlContextMetadata":{}}],'
        b'"usageMetadata":{"promptTokensDetails":[],"trafficType":"ON_DEMAND"},"createTime":"x","modelStatus":{}}'
    )
    assert chunk.candidates is not None
    assert chunk.candidates[0].content is None
    assert chunk.usage_metadata is not None


def test_numbers_as_text_are_taken() -> None:
    usage = decode_chunk(b'{"usageMetadata":{"promptTokenCount":"12"}}').usage_metadata
    assert usage is not None
    assert usage.prompt_token_count == 12


@pytest.mark.parametrize("data", [b"", b"[]", b'{"candidates":{}}', b"{", b"\xff"])
def test_what_is_no_chunk_is_refused(data: bytes) -> None:
    with pytest.raises(UNREADABLE):
        decode_chunk(data)


def test_a_part_is_read_again_as_it_came() -> None:
    data = b'{"candidates":[{"content":{"parts":[{"text":"a"},{"x":{ "y":1}}]}},{"content":null}]}'
    assert {name: bytes(value) for name, value in raw_part(data, 1).items()} == {"x": b'{ "y":1}'}


def test_an_array_is_taken_apart() -> None:
    assert [bytes(item) for item in split_array(b'[{"a":1}, 2]')] == [b'{"a":1}', b"2"]
    with pytest.raises(msgspec.DecodeError):
        split_array(b"{}")
