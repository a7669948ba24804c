"""How items become turns."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses.asked_items import Conversation, decode_items
from pxbin_engine.protocol.request import Message, Text, ToolCall, ToolResult


def decode(*items: Any) -> Conversation:
    return decode_items([Raw(msgspec.json.encode(item)) for item in items])


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def call(call_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": "f", "arguments": "{}", **more}


def output(call_id: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": call_id}


def answer(text: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text}]
    return {"type": "message", "role": "assistant", "content": content, **more}


def test_behaviour_12_instructions_before_the_first_turn_are_the_system() -> None:
    said = decode(
        {"role": "developer", "content": "a"},
        {"role": "system", "content": "b"},
        user("hi"),
        {"role": "developer", "content": "c"},
    )
    assert said.system == (Text("a"), Text("b"))
    assert [message.role for message in said.messages] == ["user", "system"]


def test_behaviour_25_items_of_the_model_that_follow_each_other_are_one_turn() -> None:
    said = decode(
        user("hi"),
        {"type": "reasoning", "summary": []},
        answer("Let me see."),
        call("c1"),
        call("c2"),
        output("c1"),
        output("c2"),
        user("and?"),
        user("hello?"),
    )
    assert [(message.role, len(message.parts)) for message in said.messages] == [
        ("user", 1),
        ("assistant", 3),
        ("user", 3),
        ("user", 1),
    ]
    assert said.messages[2].parts[0] == ToolResult("c1", (Text("c1"),))


def test_a_call_after_a_result_is_the_next_turn() -> None:
    said = decode(call("c1"), output("c1"), call("c2"), output("c2"))
    assert [message.role for message in said.messages] == ["assistant", "user"] * 2


def test_a_result_after_the_users_words_stands_by_itself() -> None:
    said = decode(call("c1"), user("wait"), output("c1"))
    assert [len(message.parts) for message in said.messages] == [1, 1, 1]


def test_behaviour_25_a_call_is_known_by_its_whole_name() -> None:
    said = decode(
        call("c1", namespace="agents"),
        {"type": "function_call", "id": "fc_9", "name": "f"},
        {"type": "custom_tool_call", "call_id": "c3", "name": "p", "input": 'a "b"'},
    )
    assert said.messages[0].parts == (
        ToolCall("c1", "agents__f", "{}"),
        ToolCall("fc_9", "f", ""),
        ToolCall("c3", "p", '{"input":"a \\"b\\""}'),
    )


def test_behaviour_25_tools_that_a_search_found_are_told_and_offered() -> None:
    spawn = {
        "type": "namespace",
        "name": "agents",
        "tools": [{"type": "function", "name": "spawn"}],
    }
    looked = {"type": "tool_search_call", "call_id": "c1", "execution": "client",
              "arguments": {"query": "agents"}}  # fmt: skip
    found = {"type": "tool_search_output", "call_id": "c1", "execution": "client", "tools": [spawn]}
    said = decode(
        looked, found, {**looked, "call_id": "c2"}, {**found, "call_id": "c2", "tools": []}
    )
    assert [message.parts[0] for message in said.messages] == [
        ToolCall("c1", "tool_search", '{"query":"agents"}'),
        ToolResult("c1", (Text("These tools can be called now: agents__spawn"),)),
        ToolCall("c2", "tool_search", '{"query":"agents"}'),
        ToolResult("c2", (Text("No tools were found."),)),
    ]
    assert [bytes(tool) for tool in said.tools] == [msgspec.json.encode(spawn)]


def test_a_search_for_tools_that_openai_did_is_its_own() -> None:
    looked = {"type": "tool_search_call", "execution": "server", "arguments": {"paths": ["x"]}}
    found = {
        "type": "tool_search_output",
        "execution": "server",
        "tools": [{"type": "function", "name": "f"}],
    }
    said = decode(looked, found)
    assert [type(part).__name__ for message in said.messages for part in message.parts] == [
        "OpaquePart"
    ]
    assert len(said.tools) == 1


def test_the_phase_of_a_message_is_this_dialects_own() -> None:
    (message,) = decode(answer("So.", phase="final_answer")).messages
    assert message.parts == (
        Text("So.", extensions={"openai_responses": {"phase": "final_answer"}}),
    )


def test_a_string_is_what_the_user_says() -> None:
    assert decode_items("hi").messages == (Message("user", (Text("hi"),)),)


@pytest.mark.parametrize(
    ("item", "named"),
    [
        (3, r"input\[0\]"),
        ({}, r"input\[0\]: .*role"),
        ({"role": "critic", "content": "x"}, r"input\[0\]\.role: 'critic'"),
        ({"role": "user", "content": [{"type": "input_text"}]}, r"input\[0\]\.content\[0\]"),
        ({"type": "function_call"}, r"input\[0\]: .*name"),
        ({"type": "function_call", "name": "f"}, r"input\[0\]\.call_id"),
        ({"type": "function_call_output", "output": "x"}, r"input\[0\]: .*call_id"),
        ({"type": "function_call_output", "call_id": "c", "output": [3]}, r"input\[0\]\.output\[0\]"),
        ({"type": 3}, r"input\[0\]"),
    ],
)  # fmt: skip
def test_an_item_that_is_wrong_is_named(item: Any, named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        decode(item)
