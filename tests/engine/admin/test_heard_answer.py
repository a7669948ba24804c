"""What is read of an answer, whatever became of it."""

import pytest

from pxbin_engine.admin.heard_answer import HeardAnswer, heard
from pxbin_engine.protocol.dialects import FORMATS
from tests.support.upstream import anthropic_events

STREAM = b"".join(anthropic_events("Hello ", "there"))


def test_a_stream_that_is_cut_says_what_came() -> None:
    said = [
        heard(FORMATS["anthropic"], STREAM[:end], streamed=True).text for end in range(len(STREAM))
    ]
    assert set(said) == {"", "Hello ", "Hello there"}
    assert said == sorted(said)


@pytest.mark.parametrize("spoken", FORMATS)
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b"null", b'{"error": 1}', b"\xff"])
@pytest.mark.parametrize("streamed", [True, False])
def test_what_is_no_answer_says_nothing(spoken: str, body: bytes, *, streamed: bool) -> None:
    assert heard(FORMATS[spoken], body, streamed=streamed) == HeardAnswer()


def test_a_whole_answer_to_one_who_wished_a_stream_is_read_as_it_is() -> None:
    body = b'{"id":"m","type":"message","role":"assistant","model":"x","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}'
    for streamed in (True, False):
        assert heard(FORMATS["anthropic"], body, streamed=streamed).text == "Hi"
