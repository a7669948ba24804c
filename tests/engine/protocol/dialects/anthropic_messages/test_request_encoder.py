import json
from typing import Any

import pytest
from msgspec import Raw, structs

from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    SYNTHETIC_SIGNATURE,
    FileSource,
    FunctionTool,
    Image,
    Message,
    OpaquePart,
    OutputFormat,
    Part,
    Reasoning,
    Request,
    ServerTool,
    Text,
    Thinking,
    ToolCall,
    ToolChoice,
    ToolResult,
)

HELLO = Message("user", (Text("hi"),))
ASKED = Request("gpt", (HELLO,))


def encode(
    request: Request, model: str = "claude-opus-5", quirks: Quirks = DEFAULT_QUIRKS
) -> tuple[dict[str, Any], Losses]:
    losses = Losses()
    body = ANTHROPIC_MESSAGES.encode_request(request, model=model, quirks=quirks, losses=losses)
    return json.loads(body), losses


def encode_messages(*messages: Message) -> tuple[list[Any], Losses]:
    body, losses = encode(structs.replace(ASKED, messages=messages))
    return [(m["role"], [b["type"] for b in m["content"]]) for m in body["messages"]], losses


@pytest.mark.parametrize(
    ("model", "most"),
    [
        ("claude-opus-5", 32000),
        ("claude-3-5-sonnet-20241022", 8192),
        ("claude-3-haiku-20240307", 4096),
        ("glm-5", 32000),
    ],
)
def test_behaviour_17_max_tokens_is_always_said(model: str, most: int) -> None:
    assert encode(ASKED, model)[0]["max_tokens"] == most


def test_behaviour_17_max_tokens_is_clamped_to_what_the_model_can() -> None:
    wished = structs.replace(ASKED, max_output_tokens=50_000)
    assert encode(wished, quirks=Quirks(max_output_tokens=8000))[0]["max_tokens"] == 8000
    assert encode(wished)[0]["max_tokens"] == 50_000


@pytest.mark.parametrize(
    ("model", "reasoning", "expected"),
    [
        (
            "claude-opus-5",
            Reasoning(effort="minimal"),
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
        ),
        (
            "claude-opus-4-6",
            Reasoning(effort="high"),
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
        ),
        (
            "claude-sonnet-4-5-20250929",
            Reasoning(effort="high"),
            {"thinking": {"type": "enabled", "budget_tokens": 16384}},
        ),
        (
            "claude-sonnet-4-20250514",
            Reasoning(effort="low"),
            {"thinking": {"type": "enabled", "budget_tokens": 2048}},
        ),
        (
            "glm-5",
            Reasoning(effort="medium"),
            {"thinking": {"type": "enabled", "budget_tokens": 8192}},
        ),
        ("claude-opus-5", Reasoning(effort="none"), {"thinking": {"type": "disabled"}}),
        ("claude-3-5-haiku", Reasoning(effort="high"), {}),
    ],
)
def test_behaviour_17_effort_in_the_words_of_the_model(
    model: str, reasoning: Reasoning, expected: Any
) -> None:
    body, _ = encode(structs.replace(ASKED, reasoning=reasoning), model)
    assert {key: body[key] for key in ("thinking", "output_config") if key in body} == expected


def test_behaviour_17_the_budget_leaves_room_for_the_answer() -> None:
    asked = structs.replace(ASKED, reasoning=Reasoning(effort="high"), max_output_tokens=2000)
    assert encode(asked, "claude-haiku-4-5")[0]["thinking"]["budget_tokens"] == 1999
    body, losses = encode(structs.replace(asked, max_output_tokens=500), "claude-haiku-4-5")
    assert "thinking" not in body
    assert [loss.path for loss in losses] == ["reasoning"]


def test_behaviour_12_a_call_without_its_result_gets_one() -> None:
    turns, losses = encode_messages(HELLO, Message("assistant", (ToolCall("a", "f", "{}"),)), HELLO)
    assert turns == [
        ("user", ["text"]),
        ("assistant", ["tool_use"]),
        ("user", ["tool_result", "text"]),
    ]
    assert len(losses) == 1


def test_behaviour_12_a_result_without_its_call_becomes_text() -> None:
    orphan = Message("user", (ToolResult("lost", (Text("42"),)),))
    turns, losses = encode_messages(HELLO, orphan)
    assert turns == [("user", ["text"]), ("user", ["text", "text"])]
    assert len(losses) == 1


def test_behaviour_12_blank_texts_and_empty_turns_are_repaired() -> None:
    body, _ = encode(
        structs.replace(
            ASKED,
            system=(Text(" "),),
            messages=(Message("user", (Text(""),)), Message("assistant", (Text("\n"), Text("a")))),
        )
    )
    assert "system" not in body
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "(no content)"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
    ]
    assert encode(structs.replace(ASKED, messages=()))[0]["messages"][0]["role"] == "user"


def test_behaviour_13_results_come_first_and_in_one_turn_after_their_calls() -> None:
    calls = (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}"))
    turns, losses = encode_messages(
        Message("assistant", calls[:1]),
        Message("assistant", calls[1:]),
        Message("user", (Text("by the way"), ToolResult("b", (Text("2"),)))),
        Message("system", (Text("note"),)),
        Message("user", (ToolResult("a", (Text("1"),)),)),
    )
    assert turns == [
        ("assistant", ["tool_use", "tool_use"]),
        ("user", ["tool_result", "tool_result", "text"]),
        ("system", ["text"]),
    ]
    assert losses == []


@pytest.mark.parametrize("call_id", ["functions.Bash:0", "call id", "x" * 80, ""])
def test_an_id_that_anthropic_refuses_is_changed_alike_in_call_and_result(call_id: str) -> None:
    body, _ = encode(
        structs.replace(
            ASKED,
            messages=(
                Message("assistant", (ToolCall(call_id, "f", "{}"),)),
                Message("user", (ToolResult(call_id, ()),)),
            ),
        )
    )
    call, result = (message["content"][0] for message in body["messages"])
    assert call["id"] == result["tool_use_id"]
    assert call["id"].replace("_", "").replace("-", "").isalnum()
    assert len(call["id"]) <= 64


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", {}),
        ("{}", {}),
        ('{"a":1}', {"a": 1}),
        ('{"a":', {"invalid_json": '{"a":'}),
        ("[1]", {"invalid_json": "[1]"}),
    ],
)
def test_arguments_are_always_an_object(arguments: str, expected: Any) -> None:
    body, _ = encode(
        structs.replace(ASKED, messages=(Message("assistant", (ToolCall("a", "f", arguments),)),))
    )
    assert body["messages"][0]["content"][0]["input"] == expected


@pytest.mark.parametrize("signature", [None, f"{SYNTHETIC_SIGNATURE}unsigned"])
def test_behaviour_18_thinking_of_others_never_reaches_anthropic(signature: str | None) -> None:
    turns, losses = encode_messages(Message("assistant", (Thinking("hm", signature), Text("a"))))
    assert turns == [("assistant", ["text"])]
    assert len(losses) == 1


def test_behaviour_14_tool_choice_and_parallel_calls() -> None:
    asked = structs.replace(ASKED, tools=(FunctionTool("f"),))
    assert "tool_choice" not in encode(asked)[0]
    assert encode(structs.replace(asked, parallel_tools=False))[0]["tool_choice"] == {
        "type": "auto",
        "disable_parallel_tool_use": True,
    }
    forced = structs.replace(asked, tool_choice=ToolChoice("tool", "f"))
    assert encode(forced)[0]["tool_choice"] == {"type": "tool", "name": "f"}
    assert "tool_choice" not in encode(structs.replace(ASKED, tool_choice=ToolChoice("any")))[0]


def test_a_tool_has_a_schema_of_an_object() -> None:
    tools = (FunctionTool("a"), FunctionTool("b", parameters=Raw(b'{"properties":{}}')))
    body, _ = encode(structs.replace(ASKED, tools=tools))
    assert [tool["input_schema"] for tool in body["tools"]] == [
        {"type": "object", "properties": {}}
    ] * 2


def test_what_anthropic_cannot_say_is_a_loss() -> None:
    foreign: tuple[Part, ...] = (
        OpaquePart("openai_chat", "input_audio", Raw(b"{}")),
        Image(FileSource("file-1")),
        Text("hi", {"openai_chat": {"name": "x"}}),
    )
    body, losses = encode(
        structs.replace(
            ASKED,
            messages=(Message("user", foreign),),
            tools=(ServerTool("openai_responses", "file_search", "file_search", Raw(b"{}")),),
            temperature=1.5,
            top_p=0.5,
            stop=(" ", "END"),
            output_format=OutputFormat("json_object"),
            service_tier="flex",
            cache_key="k",
            extensions={"openai_chat": {"seed": 1}},
        )
    )
    assert body["messages"][0]["content"] == [{"type": "text", "text": "hi"}]
    assert body["temperature"] == 1.0
    assert body["stop_sequences"] == ["END"]
    assert {loss.path for loss in losses} == {
        "messages[0].content[0]",
        "messages[0].content[1]",
        "messages[0].content[2].name",
        "tools[0]",
        "temperature",
        "top_p",
        "stop",
        "response_format",
        "service_tier",
        "prompt_cache_key",
        "seed",
    }


def test_instructions_in_between_are_marked_where_the_upstream_knows_no_such_turn() -> None:
    asked = structs.replace(ASKED, messages=(HELLO, Message("system", (Text("be quick"),))))
    assert encode(asked)[0]["messages"][1]["role"] == "system"
    marked = encode(asked, quirks=Quirks(system_anywhere=False))[0]["messages"][1]
    assert marked["role"] == "user"
    assert "be quick" in marked["content"][0]["text"]
