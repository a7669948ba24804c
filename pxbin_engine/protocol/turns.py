"""Turns put in the order that Anthropic and OpenAI's Responses insist on, whoever wrote them.

1. The results of an assistant's calls stand first in the user turn that follows at once.
2. Every call has a result; a missing one is made up as an error, so that the model knows.
3. A result without its call becomes text: the words are kept, the reference is not.

A conversation that is in order goes through unchanged.
"""

from collections.abc import Collection, Iterable, Sequence

from msgspec import structs

from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    Message,
    Part,
    Text,
    ToolCall,
    ToolResult,
)

_NO_RESULT = Text("No result of this call was recorded.")


def ordered_turns(messages: Sequence[Message], losses: Losses) -> list[Message]:
    """The turns in order; see the rules above."""
    turns = _with_joined_calls(messages)
    ordered: list[Message] = []
    start = 0
    while start < len(turns):
        end = start
        while end < len(turns) and turns[end].role != "assistant":
            end += 1
        ordered += _answers(ordered[-1] if ordered else None, turns[start:end], losses)
        ordered += turns[end : end + 1]
        start = end + 1
    if ordered and ordered[-1].role == "assistant":
        ordered += _answers(ordered[-1], [], losses)
    return ordered


def _with_joined_calls(messages: Iterable[Message]) -> list[Message]:
    """Assistant turns that follow each other become one where the first has calls: their results come after all."""
    turns: list[Message] = []
    for message in messages:
        last = turns[-1] if turns else None
        if last and message.role == last.role == "assistant" and _calls(last):
            turns[-1] = structs.replace(last, parts=last.parts + message.parts)
        else:
            turns.append(message)
    return turns


def _answers(asked: Message | None, turns: Sequence[Message], losses: Losses) -> list[Message]:
    """The turns between two of the assistant's, the results of ``asked`` in front."""
    calls = _calls(asked) if asked else {}
    results: dict[str, ToolResult] = {}
    rest = [_take_results(turn, calls, results, losses) for turn in turns]
    for call_id in calls:
        if call_id not in results:
            losses.add(
                f"tool_use {call_id}", "No result was sent for this call; an error stands in."
            )
            results[call_id] = ToolResult(call_id, (_NO_RESULT,), is_error=True)
    if results and rest and rest[0].role == "user":
        rest[0] = structs.replace(rest[0], parts=(*results.values(), *rest[0].parts))
    elif results:
        rest.insert(0, Message("user", tuple(results.values())))
    return [turn for turn in rest if turn.parts]


def _take_results(
    turn: Message, calls: Collection[str], results: dict[str, ToolResult], losses: Losses
) -> Message:
    """The turn without its results, which go to ``results``; one without a call stays as text."""
    kept: list[Part] = []
    for part in turn.parts:
        if not isinstance(part, ToolResult):
            kept.append(part)
        elif part.call_id in calls and part.call_id not in results:
            results[part.call_id] = part
        else:
            losses.add(f"tool_result {part.call_id}", "No call before it has this id.")
            kept += (Text(f"[Result of an earlier tool call, {part.call_id}]"), *part.parts)
    has_results = any(isinstance(part, ToolResult) for part in turn.parts)
    return structs.replace(turn, parts=tuple(kept)) if has_results else turn


def _calls(message: Message) -> dict[str, None]:
    """The ids of its calls, in order, each quickly found."""
    if message.role != "assistant":
        return {}
    return {part.id: None for part in message.parts if isinstance(part, ToolCall)}
