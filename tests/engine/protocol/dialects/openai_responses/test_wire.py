"""JSON that must stand on one line."""

import json

from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses.wire import encode_line


def test_line_breaks_between_tokens_go_and_those_in_texts_stay() -> None:
    value = {"text": "a\nb\r", "raw": Raw(b'{\r\n "x":\n\t1}')}
    line = encode_line(value)
    assert b"\n" not in line
    assert b"\r" not in line
    assert json.loads(line) == {"text": "a\nb\r", "raw": {"x": 1}}
