"""Whole answers, as OpenAI's own SDK reads them and as a client brings them back."""

import json

from hypothesis import given

from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    FunctionTool,
    Image,
    OpaquePart,
    Part,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage
from tests.support.canonical_answers import answers
from tests.support.validators.openai_responses import check_response

DIALECT = OpenAIResponses()
ASKED = Request("m", (), tools=(FunctionTool("read"), FunctionTool("patch", freeform=True)))


def test_behaviour_25_the_client_gets_an_answer_that_its_sdk_takes() -> None:
    parts = (Thinking("Hm."), Text("So."), Text("Yes."), ToolCall("c", "f", ""))
    usage = Usage(5, 10, 3, output_tokens=7, reasoning_tokens=2)
    response = Response("chatcmpl-1", "alias", parts, StopReason("tool_use"), usage)
    answer = check_response(DIALECT.encode_response(response, ASKED, losses=Losses(), now=1))
    assert (answer.created_at, answer.status, answer.model) == (1, "completed", "alias")
    assert answer.output_text == "So.Yes."
    assert [item.type for item in answer.output] == ["reasoning", "message", "function_call"]
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.total_tokens) == (18, 25)


@given(answers())
def test_behaviour_25_what_a_client_is_given_comes_home(answer: Response) -> None:
    output = json.loads(DIALECT.encode_response(answer, ASKED, losses=Losses()))["output"]
    body = {"model": "m", "input": [{"role": "user", "content": "Hi"}, *output]}
    request = DIALECT.decode_request(json.dumps(body).encode())
    home = request.messages[1].parts if len(request.messages) > 1 else ()
    assert _without_ids(home) == _without_ids(_sayable(answer.parts))


def _sayable(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """What a Responses client can be told of these parts, as it brings it back."""
    said = [part for part in map(_said, parts) if part is not None]
    merged: list[Part] = []
    for part in said:
        last = merged[-1] if merged else None
        if isinstance(part, Text) and isinstance(last, Text):
            merged[-1] = Text(last.text + part.text, last.citations + part.citations)
        else:
            merged.append(part)
    return tuple(merged)


def _said(part: Part) -> Part | None:
    match part:
        case Text(text=text, citations=citations):
            return Text(text, tuple(Citation(one.url, one.title) for one in citations))
        case Thinking(signature=None, redacted=None, text=text):
            return Thinking(text)
        case SearchResult(hits=hits):
            return SearchResult("", tuple(SearchHit(hit.url) for hit in hits))
        case Image(source=source):
            return part if isinstance(source, Base64Source) else None
        case OpaquePart(dialect=dialect):
            return part if dialect == NAME else None
        case _:
            return part


def _without_ids(parts: tuple[Part, ...]) -> list[str]:
    """Searches get ids of their own; what is ``Raw`` is compared as text."""
    told = []
    for part in parts:
        match part:
            case SearchCall(query=query):
                told.append(query)
            case SearchResult(hits=hits):
                told.append(repr(hits))
            case OpaquePart(kind=kind):
                told.append(kind)
            case _:
                told.append(repr(part))
    return told
