import json
from pathlib import Path

import msgspec
import pytest

from pxbin_engine.protocol.dialects.anthropic_messages import answer_wire, wire

CORPUS = Path(__file__).parents[4] / "corpus/anthropic_messages"


@pytest.mark.parametrize(
    "path", sorted(CORPUS.glob("claude_code_*/request.json")), ids=lambda path: path.parent.name
)
def test_claude_code_says_nothing_that_costs_a_second_decoding(path: Path) -> None:
    """Strict structs refuse what they do not know; all that the newest Claude Code sends must be known."""
    request = msgspec.json.decode(path.read_bytes(), type=wire.OpenRequest)
    for raw in request.messages:
        message = msgspec.json.decode(raw, type=wire.OpenMessage)
        for block in message.content if isinstance(message.content, list) else ():
            msgspec.json.decode(block, type=wire.Block)
    for raw in request.tools or ():
        if json.loads(bytes(raw)).get("type") is None:
            msgspec.json.decode(raw, type=wire.Tool)


def test_the_events_of_a_stream_are_told_apart_by_their_type() -> None:
    data = (
        b'{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"a"},"new":1}'
    )
    assert msgspec.json.decode(data, type=answer_wire.Event) == answer_wire.ContentBlockDelta(
        3, answer_wire.TextDelta("a")
    )
