"""What holds for every dialect that is spoken, whatever a model answers."""

from typing import Any

import msgspec
import pytest
from hypothesis import given

from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.dialects import DIALECTS, dialect_for
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import FunctionTool, Part, Request, Thinking, ToolCall
from pxbin_engine.protocol.response import Response
from pxbin_engine.protocol.stream import events_of
from tests.support.canonical_answers import answers

EVERY_DIALECT = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
ASKED = Request("m", (), tools=(FunctionTool("read"), FunctionTool("patch", freeform=True)))


@pytest.mark.parametrize(
    ("format_name", "name"), [("anthropic", "anthropic_messages"), ("openai", "openai_chat")]
)
def test_an_upstreams_format_names_its_dialect(format_name: str, name: str) -> None:
    assert dialect_for(format_name) is DIALECTS[name]
    assert DIALECTS[name].name == name


def test_a_format_that_is_not_spoken_is_an_error() -> None:
    with pytest.raises(KeyError):
        dialect_for("smoke signals")


@EVERY_DIALECT
@given(answers())
def test_a_stream_loses_what_a_whole_answer_loses(dialect: Dialect, answer: Response) -> None:
    whole, streamed = Losses(), Losses()
    dialect.encode_response(answer, ASKED, losses=whole)
    dialect.stream_encoder(ASKED, losses=streamed).encode(events_of(answer))
    assert {(loss.path, loss.reason) for loss in streamed} == {
        (loss.path, loss.reason) for loss in whole
    }
    assert all(loss.path.startswith("answer") for loss in whole)


# What a client is given comes home in its next request


def messages_client(answer: Response) -> tuple[Part, ...]:
    told = DIALECTS["anthropic_messages"].encode_response(answer, ASKED, losses=Losses())
    return next_request("anthropic_messages", msgspec.json.decode(told)["content"])


def chat_client(answer: Response) -> tuple[Part, ...]:
    told = DIALECTS["openai_chat"].encode_response(answer, ASKED, losses=Losses())
    message = msgspec.json.decode(told)["choices"][0]["message"]
    return next_request("openai_chat", **message)


def next_request(name: str, content: Any, **message: Any) -> tuple[Part, ...]:
    """The model's turn as it stands in the client's next request."""
    turn = {"role": "assistant", **message, "content": content}
    asked = {"role": "user", "content": "Hi"}
    body = {"model": "m", "max_tokens": 9, "messages": [asked, turn]}
    return DIALECTS[name].decode_request(msgspec.json.encode(body)).messages[1].parts


@pytest.mark.parametrize("client", [messages_client, chat_client])
@given(answers())
def test_behaviour_18_every_proof_comes_home_through_any_client(
    client: Any, answer: Response
) -> None:
    home = client(answer)
    assert sorted(map(repr, proved(home))) == sorted(map(repr, proved(answer.parts)))
    assert [part for part in home if isinstance(part, ToolCall)] == [
        part for part in answer.parts if isinstance(part, ToolCall)
    ]


def proved(parts: tuple[Part, ...]) -> list[Thinking]:
    return [
        part
        for part in parts
        if isinstance(part, Thinking)
        and (part.redacted or part.signature or "").strip()
        and not (part.signature or "").startswith("pxbin-synthetic:")
    ]
