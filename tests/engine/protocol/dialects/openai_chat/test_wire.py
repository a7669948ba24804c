"""Chunks as upstreams really send them are read, whatever else stands in them."""

import msgspec
import pytest

from pxbin_engine.protocol.dialects.openai_chat.wire import decode_completion


def test_nulls_and_unknown_fields_are_no_obstacle() -> None:
    chunk = decode_completion(
        b'{"id":null,"model":null,"choices":[{"delta":{"role":"assistant","content":null,"tool_calls":null,'
        b'"audio":{}},"logprobs":null,"finish_reason":null,"matched_stop":1}],"usage":null,"timings":{}}'
    )
    assert chunk.choices is not None
    assert chunk.choices[0].delta is not None
    assert chunk.usage is None


def test_numbers_as_text_are_taken() -> None:
    chunk = decode_completion(b'{"usage":{"prompt_tokens":"12"}}')
    assert chunk.usage is not None
    assert chunk.usage.prompt_tokens == 12


@pytest.mark.parametrize("data", [b"", b"[]", b'{"choices":{}}', b"{"])
def test_what_is_no_chunk_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_completion(data)
