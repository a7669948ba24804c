"""The types take what OpenAI's own SDK says, and what others leave out."""

import msgspec
import pytest
from openai.types.responses import ResponseTextDeltaEvent, ResponseUsage

from pxbin_engine.protocol.dialects.openai_responses import upstream_wire as wire


def test_an_event_of_the_sdk_is_read_by_its_type() -> None:
    said = ResponseTextDeltaEvent(
        type="response.output_text.delta",
        content_index=1,
        output_index=2,
        item_id="msg_1",
        delta="a",
        logprobs=[],
        sequence_number=3,
    )
    assert wire.event_decoder.decode(said.model_dump_json()) == wire.TextDelta("a", 2, 1)


def test_usage_of_the_sdk_is_read_by_its_names() -> None:
    fields = {**ResponseUsage.model_fields}
    assert {*wire.Usage.__struct_fields__} <= {*fields}


def test_what_is_left_out_has_a_default() -> None:
    delta = b'{"type":"response.function_call_arguments.delta","delta":"{"}'
    assert wire.event_decoder.decode(delta) == wire.ArgumentsDelta("{", -1)
    bare = b'{"type":"response.completed","response":{}}'
    assert wire.event_decoder.decode(bare) == wire.Completed(wire.Answer())


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"response.output_text.delta","delta":"a","output_index":"0"}',
        b'{"output_index":"0","delta":"a","type":"response.output_text.delta"}',
    ],
)
def test_numbers_as_texts_are_read_laxly(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        wire.event_decoder.decode(data)
    assert wire.decode_laxly(data) == wire.TextDelta("a", 0)


def test_what_is_no_event_all_the_same_is_none() -> None:
    assert wire.decode_laxly(b'{"type":"response.output_text.delta","delta":7}') is None
