"""The usage chunk of a verbatim stream whose client did not ask for it."""

import pytest

from pxbin_engine.protocol.dialects.openai_chat import OpenAIChat
from pxbin_engine.protocol.dialects.openai_chat.usage_chunk import without_usage_chunk

TEXT = b'data: {"choices":[{"delta":{"content":"\\"choices\\":[]"}}],"usage":null}\n\n'
USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 1}}\n\n'
AZURE = b'data: {"choices":[],"prompt_filter_results":[]}\n\n'
DONE = b"data: [DONE]\n\n"


def test_behaviour_10_only_the_usage_chunk_is_taken_out() -> None:
    assert without_usage_chunk(AZURE + TEXT + USAGE + DONE) == AZURE + TEXT + DONE


def test_line_ends_of_windows_are_understood() -> None:
    windows = [event.replace(b"\n", b"\r\n") for event in (TEXT, USAGE, DONE)]
    assert without_usage_chunk(b"".join(windows)) == windows[0] + windows[2]


@pytest.mark.parametrize(
    ("options", "filtered"),
    [
        (b"", True),
        (b',"stream_options":null', True),
        (b',"stream_options":{"include_usage":false}', True),
        (b',"stream_options":{"include_usage":true}', False),
    ],
)
def test_behaviour_10_only_a_client_that_did_not_ask_is_spared_the_chunk(
    options: bytes, filtered: bool
) -> None:
    taken_out = OpenAIChat().verbatim_filter(b'{"model":"m","stream":true%b}' % options)
    assert (taken_out is not None) == filtered
