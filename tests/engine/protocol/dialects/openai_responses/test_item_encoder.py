"""The conversation as an upstream gets it, whatever order a client can put it in."""

import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.openai_responses import OpenAIResponses
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    Base64Source,
    FunctionTool,
    Image,
    Message,
    Part,
    Request,
    SearchCall,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from tests.support.validators.openai_responses_request import check_request

Json = dict[str, Any]

NAME = "openai_responses"
PICTURE = Image(Base64Source("image/png", "iVBORw0KGgo="))
SIGNED = Thinking("Hm.", "gAAA", vendor=NAME)
TOOLS = (FunctionTool("read"), FunctionTool("patch", freeform=True))


def encode(
    *messages: Message, system: tuple[Part, ...] = (), quirks: Quirks = DEFAULT_QUIRKS
) -> tuple[Json, list[str]]:
    """The body, and the paths of the losses."""
    losses = Losses()
    request = Request("m", messages, system=system, tools=TOOLS)
    body = OpenAIResponses().encode_request(request, model="m", quirks=quirks, losses=losses)
    return check_request(body), [loss.path for loss in losses]


def kinds(body: Json) -> list[str]:
    return [item.get("role") or item["type"] for item in body["input"]]


def user(*parts: Part) -> Message:
    return Message("user", parts)


def model(*parts: Part) -> Message:
    return Message("assistant", parts)


HI = user(Text("Hi"))


def test_behaviour_12_system_text_keeps_its_place() -> None:
    later = Message("system", (Text("Now be long."),))
    body, losses = encode(HI, later, HI, system=(Text("Be brief."), Text("Be kind.")))
    assert body["instructions"] == "Be brief.\n\nBe kind."
    assert kinds(body) == ["user", "system", "user"]
    assert losses == []


def test_behaviour_12_a_late_system_text_is_marked_where_it_is_refused() -> None:
    later = Message("system", (Text("Now be long."),))
    body, _ = encode(HI, later, HI, quirks=Quirks(system_anywhere=False))
    assert kinds(body) == ["user", "user", "user"]
    assert body["input"][1]["content"][0]["text"].startswith("<system-reminder>\nNow be long.")


def test_behaviour_12_where_there_is_no_system_at_all_every_instruction_is_marked() -> None:
    body, _ = encode(HI, system=(Text("Be brief."),), quirks=Quirks(system_role=False))
    assert "instructions" not in body
    assert kinds(body) == ["user", "user"]
    assert "Be brief." in body["input"][0]["content"][0]["text"]


def test_behaviour_12_what_is_no_text_or_has_a_mark_is_not_lost_with_it() -> None:
    mark = Text("rule", extensions={NAME: {"prompt_cache_breakpoint": {"mode": "explicit"}}})
    later = Message("system", (mark, PICTURE))
    body, _ = encode(HI, later, quirks=Quirks(system_anywhere=False))
    marked, picture = body["input"][1]["content"]
    assert marked["text"] == "<system-reminder>\nrule\n</system-reminder>"
    assert picture["type"] == "input_image"


def test_behaviour_12_instructions_alone_are_nothing_to_answer() -> None:
    body, losses = encode(system=(PICTURE,))
    assert kinds(body) == ["system", "user"]
    assert losses == ["messages"]


def test_behaviour_13_results_stand_straight_after_their_calls() -> None:
    calls = model(Text("I look."), ToolCall("a", "read", "{}"), ToolCall("b", "read", "{}"))
    results = user(Text("By the way"), ToolResult("b", (Text("2"),)), ToolResult("a", (PICTURE,)))
    body, losses = encode(HI, calls, results)
    assert kinds(body) == [
        "user",
        "assistant",
        "function_call",
        "function_call",
        "function_call_output",
        "function_call_output",
        "user",
    ]
    assert body["input"][4]["output"] == "2"
    assert body["input"][5]["output"][0]["type"] == "input_image"
    assert losses == []


def test_behaviour_13_an_error_is_said_to_be_one() -> None:
    def output(*parts: Text | Image) -> Any:
        turns = (
            HI,
            model(ToolCall("a", "read", "{}")),
            user(ToolResult("a", parts, is_error=True)),
        )
        return encode(*turns)[0]["input"][2]["output"]

    assert output(Text("no such file")) == "Error: no such file"
    assert output(Text("error: no such file")) == "error: no such file"
    assert output() == "Error: (no output)"
    assert output(PICTURE)[0] == {"type": "input_text", "text": "Error:"}


def test_behaviour_25_a_freeform_call_and_its_result_are_custom() -> None:
    turns = (
        HI,
        model(ToolCall("a", "patch", '{"input":"*** \\"x\\""}')),
        user(ToolResult("a", ())),
    )
    body, _ = encode(*turns)
    assert kinds(body)[1:] == ["custom_tool_call", "custom_tool_call_output"]
    assert body["input"][1]["input"] == '*** "x"'


def test_behaviour_18_reasoning_goes_back_to_its_own_vendor_through_the_rounds() -> None:
    def turn(signature: str) -> tuple[Message, Message]:
        thought = Thinking("", signature, vendor=NAME)
        called = ToolCall(signature, "read", "{}")
        return model(thought, called), user(ToolResult(signature, ()))

    body, losses = encode(HI, *turn("gAAA1"), *turn("gAAA2"))
    encrypted = [item.get("encrypted_content") for item in body["input"]]
    assert encrypted == [None, "gAAA1", None, None, "gAAA2", None, None]
    assert losses == []


def test_behaviour_18_other_thinking_is_a_loss() -> None:
    others = (Thinking("By Anthropic.", "sig", vendor="anthropic_messages"), Thinking("Unsigned."))
    body, losses = encode(HI, model(*others, Text("Yes.")))
    assert kinds(body) == ["user", "assistant"]
    assert losses == ["messages.thinking"]


def test_behaviour_18_reasoning_that_nothing_follows_is_left_out() -> None:
    body, losses = encode(HI, model(Text("Yes."), SIGNED), HI)
    assert kinds(body) == ["user", "assistant", "user"]
    assert losses == ["messages.thinking"]


def test_behaviour_18_after_a_refused_signature_none_is_sent() -> None:
    body, losses = encode(HI, model(SIGNED, Text("Yes.")), quirks=Quirks(replays_thinking=False))
    assert kinds(body) == ["user", "assistant"]
    assert losses == ["messages.thinking"]


def test_behaviour_18_an_upstream_that_wants_it_in_clear_gets_it_so() -> None:
    quirks = Quirks(reasoning_replay="reasoning")
    body, losses = encode(HI, model(Thinking("Hm."), Text("Yes.")), quirks=quirks)
    assert body["input"][1]["content"] == [{"type": "reasoning_text", "text": "Hm."}]
    assert losses == []


def test_texts_between_two_items_are_one_message_but_for_their_phase() -> None:
    final = Text("b", extensions={NAME: {"phase": "final_answer"}})
    body, _ = encode(HI, model(Text("a"), SearchCall("s", "q"), final))
    assert [len(item["content"]) for item in body["input"]] == [1, 2, 1]
    assert body["input"][2]["phase"] == "final_answer"


def test_a_long_id_is_shortened_the_same_in_call_and_result() -> None:
    long = "c" * 65
    body, _ = encode(HI, model(ToolCall(long, "read", "{}")), user(ToolResult(long, ())))
    assert body["input"][1]["call_id"] == body["input"][2]["call_id"]


PARTS: st.SearchStrategy[Part] = st.one_of(
    st.sampled_from([Text("a"), Text(""), Text(" \n"), PICTURE, SIGNED, Thinking("x")]),
    st.builds(
        lambda called, arguments: ToolCall(called[0], called[1], arguments),
        st.sampled_from([("a", "read"), ("b", "patch"), ("c", "lost.tool")]),
        st.sampled_from(["{}", "", "[1", '{"input":"x"}']),
    ),
    st.builds(
        ToolResult,
        st.sampled_from("abcd"),
        st.sampled_from([(), (Text("r"),), (Text(""), PICTURE)]),
        st.sampled_from([None, True]),
    ),
    st.builds(SearchCall, st.just("s"), st.just("q")),
)


@given(
    st.lists(
        st.builds(
            Message,
            st.sampled_from(["user", "assistant", "system"]),
            st.lists(PARTS, max_size=4).map(tuple),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_behaviour_12_any_conversation_becomes_one_that_the_api_takes(
    messages: list[Message], anywhere: bool
) -> None:
    encode(*messages, quirks=Quirks(system_anywhere=anywhere))


def test_thousands_of_calls_cost_linear_time() -> None:
    calls = tuple(ToolCall(f"c{number}", "read", "{}") for number in range(3000))
    results = tuple(ToolResult(call.id, (Text("r"),)) for call in reversed(calls))
    request = Request("m", (HI, model(*calls), user(*results)))
    start = time.perf_counter()
    OpenAIResponses().encode_request(request, model="m", quirks=DEFAULT_QUIRKS, losses=Losses())
    assert time.perf_counter() - start < 2
