"""The order of turns; each case is a rule of the module's docstring."""

from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import Message, Text, ToolCall, ToolResult
from pxbin_engine.protocol.turns import ordered_turns

HELLO = Message("user", (Text("hi"),))


def order(*messages: Message) -> tuple[list[tuple[str, list[str]]], Losses]:
    losses = Losses()
    turns = ordered_turns(messages, losses)
    return [(turn.role, [type(part).__name__ for part in turn.parts]) for turn in turns], losses


def test_a_conversation_in_order_is_not_touched() -> None:
    calls = (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}"))
    results = Message("user", (ToolResult("b", ()), ToolResult("a", ()), Text("and?")))
    conversation = [
        HELLO,
        Message("assistant", calls),
        results,
        Message("assistant", (Text("ok"),)),
        HELLO,
    ]
    losses = Losses()
    assert ordered_turns(conversation, losses) == conversation
    assert losses == []


def test_behaviour_12_a_call_without_its_result_gets_one() -> None:
    turns, losses = order(HELLO, Message("assistant", (ToolCall("a", "f", "{}"),)), HELLO)
    assert turns == [
        ("user", ["Text"]),
        ("assistant", ["ToolCall"]),
        ("user", ["ToolResult", "Text"]),
    ]
    assert len(losses) == 1


def test_behaviour_12_a_result_without_its_call_becomes_text() -> None:
    orphan = Message("user", (ToolResult("lost", (Text("42"),)),))
    turns, losses = order(HELLO, orphan)
    assert turns == [("user", ["Text"]), ("user", ["Text", "Text"])]
    assert len(losses) == 1


def test_behaviour_12_an_empty_result_without_its_call_becomes_text_too() -> None:
    turns, losses = order(HELLO, Message("user", (ToolResult("lost", ()),)))
    assert turns == [("user", ["Text"]), ("user", ["Text"])]
    assert len(losses) == 1


def test_behaviour_12_calls_at_the_very_end_get_results() -> None:
    turns, _ = order(HELLO, Message("assistant", (ToolCall("a", "f", "{}"),)))
    assert turns[-1] == ("user", ["ToolResult"])


def test_behaviour_13_results_come_first_and_in_one_turn_after_their_calls() -> None:
    calls = (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}"))
    turns, losses = order(
        Message("assistant", calls[:1]),
        Message("assistant", calls[1:]),
        Message("user", (Text("by the way"), ToolResult("b", (Text("2"),)))),
        Message("system", (Text("note"),)),
        Message("user", (ToolResult("a", (Text("1"),)),)),
    )
    assert turns == [
        ("assistant", ["ToolCall", "ToolCall"]),
        ("user", ["ToolResult", "ToolResult", "Text"]),
        ("system", ["Text"]),
    ]
    assert losses == []
