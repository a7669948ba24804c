"""Whole answers, as OpenAI's own SDK reads them."""

from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Request, Text, Thinking, ToolCall
from pxbin_engine.protocol.response import Response, StopReason, Usage
from tests.support.validators.openai_responses import check_response


def test_behaviour_25_the_client_gets_an_answer_that_its_sdk_takes() -> None:
    parts = (Thinking("Hm."), Text("So."), Text("Yes."), ToolCall("c", "f", ""))
    usage = Usage(5, 10, 3, output_tokens=7, reasoning_tokens=2)
    response = Response("chatcmpl-1", "alias", parts, StopReason("tool_use"), usage)
    body = OpenAIResponses().encode_response(response, Request("alias", ()), losses=Losses(), now=1)
    answer = check_response(body)
    assert (answer.created_at, answer.status, answer.model) == (1, "completed", "alias")
    assert answer.output_text == "So.Yes."
    assert [item.type for item in answer.output] == ["reasoning", "message", "function_call"]
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.total_tokens) == (18, 25)
