import json
from typing import Any

import pytest
from msgspec import Raw, structs

from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    SYNTHETIC_SIGNATURE,
    Base64Source,
    FileSource,
    FunctionTool,
    Image,
    Message,
    OpaquePart,
    OutputFormat,
    Part,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
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


def test_behaviour_18_no_thinking_goes_back_to_an_upstream_that_refused_a_signature() -> None:
    turn = Message("assistant", (Thinking("hm", "EqQB"), Text("a")))
    asked = structs.replace(ASKED, messages=(HELLO, turn))
    body, losses = encode(asked, quirks=Quirks(replays_thinking=False))
    assert [block["type"] for block in body["messages"][1]["content"]] == ["text"]
    assert [loss.path for loss in losses] == ["messages[1]"]


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
        Text("hi", extensions={"openai_chat": {"name": "x"}}),
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


def test_a_picture_that_the_model_made_is_a_note() -> None:
    picture = Image(Base64Source("image/png", "iVBO"))
    turns = (HELLO, Message("assistant", (picture, Text("There."))), Message("user", (picture,)))
    told, losses = encode_messages(*turns)
    assert told == [("user", ["text"]), ("assistant", ["text", "text"]), ("user", ["image"])]
    assert [loss.path for loss in losses] == ["messages[1]"]


def test_what_anthropic_cannot_be_told_of_sampling_is_a_loss() -> None:
    _, losses = encode(structs.replace(ASKED, seed=7, presence_penalty=0.5, frequency_penalty=0.0))
    assert [loss.path for loss in losses] == ["seed", "presence_penalty", "frequency_penalty"]


OWN_CALL = SearchCall("srvtoolu_1", "cats")
OWN_RESULT = SearchResult("srvtoolu_1", (SearchHit("https://a.example", opaque="Ev0D"),))


@pytest.mark.parametrize(
    ("parts", "blocks"),
    [
        ((OWN_CALL, OWN_RESULT), ["server_tool_use", "web_search_tool_result"]),
        ((OWN_CALL,), ["text"]),
        ((OWN_CALL, SearchResult("srvtoolu_1", (SearchHit("u", text="Purr."),))), ["text", "text"]),
        ((SearchCall("ws_1", "cats"), SearchResult("ws_1")), ["text", "text"]),
    ],
)
def test_only_a_whole_search_of_anthropics_goes_back_as_one(
    parts: tuple[Part, ...], blocks: list[str]
) -> None:
    told, losses = encode_messages(HELLO, Message("assistant", parts))
    assert told[1] == ("assistant", blocks)
    assert [loss.path for loss in losses] == (["messages[1]"] if "text" in blocks else [])
