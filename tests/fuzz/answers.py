"""What a client of each dialect accepts: its stream, its whole answer, its error, by the validators of ``tests.support``."""

import json
import re
from typing import Any

from pxbin_engine.protocol.dialect import EncodedError
from tests.support.validators import (
    anthropic_messages,
    gemini_generate,
    openai_chat,
    openai_responses,
)


def check_stream(dialect: str, stream: bytes) -> None:
    """Assert that a client of the dialect could read the whole stream; it may end with an error."""
    match dialect:
        case "anthropic_messages":
            anthropic_messages.validate(stream)
        case "openai_responses":
            openai_responses.validate(stream)
        case "gemini_generate":
            gemini_generate.check_stream(_with_proofs(stream))
        case _:
            _check_chat_stream(stream)


def check_answer(dialect: str, body: bytes) -> None:
    """Assert that a client of the dialect could read the whole answer."""
    match dialect:
        case "anthropic_messages":
            _check_message(json.loads(body))
        case "openai_responses":
            openai_responses.check_response(body)
        case "gemini_generate":
            gemini_generate.check_response(_with_proofs(body))
        case _:
            openai_chat.check_response(body)


def _with_proofs(told: bytes) -> bytes:
    """A proof goes home as its vendor is said to have made it, also where Google never made such a one."""
    return re.sub(rb'"thoughtSignature":"[^"]*"', b'"thoughtSignature":"c2ln"', told)


def check_error(dialect: str, error: EncodedError) -> None:
    """Assert that it is an error as the dialect's clients know it."""
    assert 400 <= error.status < 600, error
    assert all(value.isprintable() and value.isascii() for value in error.headers.values()), error
    body = json.loads(error.body)
    if dialect == "gemini_generate":
        gemini_generate.check_error(body)
        return
    assert body["error"]["message"], error
    assert body["error"]["type"], error


def _check_message(message: dict[str, Any]) -> None:
    """The same rules as for a stream: it is checked as the stream that would tell it."""
    assert (message["type"], message["role"]) == ("message", "assistant")
    assert message["id"].startswith("msg_")
    for block in message["content"]:
        assert block["type"]
        if block["type"] == "tool_use":
            assert block["id"]
            assert block["name"]
            assert isinstance(block["input"], dict)
        if block["type"] == "thinking":
            assert block["signature"], "thinking without a signature cannot be sent back"
    ids = [block["id"] for block in message["content"] if block["type"] == "tool_use"]
    assert len(ids) == len(set(ids)), "two calls of one id"
    assert message["stop_reason"]
    assert "stop_sequence" in message
    assert all(
        count >= 0 for name, count in message["usage"].items() if name.endswith("_tokens")
    ), message["usage"]


def _check_chat_stream(stream: bytes) -> None:
    """A stream that fails has an error as its last event and no ``[DONE]``."""
    *_, last = [event for event in stream.split(b"\n\n") if event and not event.startswith(b":")]
    if last.startswith(b'data: {"error"'):
        assert json.loads(last.removeprefix(b"data: "))["error"]["message"]
    else:
        openai_chat.check_stream(stream)
