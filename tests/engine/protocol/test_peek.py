import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.peek import Peek, peek


def test_peek_reads_the_model_and_whether_a_stream_is_wanted() -> None:
    assert peek(b'{"model":"m","stream":true}') == Peek("m", stream=True)
    assert peek(b'{"messages":[{"model":"no"}],"model":"m","stream":null}') == Peek(
        "m", stream=None
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xd8\xff",
        b"[]",
        b"{}",
        b'{"model":7}',
        b'{"model":""}',
        b'{"model":"a"',
        b'{"x":' + b"[" * 100_000,
    ],
)
def test_peek_says_what_is_wrong_with_a_body(body: bytes) -> None:
    with pytest.raises(ProtocolError) as raised:
        peek(body)
    assert raised.value.message
