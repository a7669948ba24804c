"""The conversation, canonical -> Responses items.

1. Instructions before the first turn are ``instructions`` where they are plain text; all others keep their place as a
   ``system`` message.
2. What the model said, thought and called are items of their own, in its order; its texts between two of them are one message.
3. Results stand straight after the turn that called, each for a call, as a text where they are nothing else.
4. Thinking goes back only to the vendor that signed it, and never as the last item of a turn: OpenAI refuses reasoning
   that nothing follows. An upstream that wants it back in clear gets it as ``reasoning_text``.
5. Items carry no ids: with ``store: false`` OpenAI looks for none, and refuses ids that it cannot find.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses.content_encoder import (
    Content,
    ContentEncoder,
    only_text,
    text_part,
)
from pxbin_engine.protocol.dialects.openai_responses.wire import NAME, UNREADABLE
from pxbin_engine.protocol.freeform import freeform_input
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    FunctionTool,
    Message,
    OpaquePart,
    Part,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from pxbin_engine.protocol.turns import ordered_turns
from pxbin_engine.protocol.wire_names import digest, wire_name

Json = dict[str, Any]

_LONGEST_CALL_ID = 64
_THINKING = "messages.thinking"
_arguments = msgspec.json.Decoder(dict[str, Raw])


def encode_conversation(
    request: Request, quirks: Quirks, losses: Losses
) -> tuple[str | None, list[Content]]:
    """``instructions``, if any, and ``input``, which has at least one item."""
    return _Conversation(request, quirks, losses).encode()


class _Conversation:
    """One walk through a request's messages."""

    def __init__(self, request: Request, quirks: Quirks, losses: Losses) -> None:
        self._request = request
        self._quirks = quirks
        self._losses = losses
        self._content = ContentEncoder(quirks, losses)
        self._items: list[Content] = []
        self._freeform = {
            tool.name for tool in request.tools if isinstance(tool, FunctionTool) and tool.freeform
        }
        self._freeform_calls: set[str] = set()

    def encode(self) -> tuple[str | None, list[Content]]:
        content = self._content.encode(self._request.system, "system")
        instructions = only_text(content) if content and self._quirks.system_role else None
        if instructions is None:
            self._instruct(content, as_system=self._quirks.system_role)
        for position, message in enumerate(ordered_turns(self._request.messages, self._losses)):
            self._message(message, f"messages[{position}]")
        if not any(_is_turn(item) for item in self._items):
            self._losses.add("messages", "There was no text to answer; a placeholder was sent.")
            self._items.append(_message("user", [text_part("(no text)")]))
        return instructions, self._items

    def _message(self, message: Message, path: str) -> None:
        self._content.note(message.extensions, "messages")
        if message.role == "system":
            allowed = self._quirks.system_role and self._quirks.system_anywhere
            self._instruct(self._content.encode(message.parts, path), as_system=allowed)
        elif message.role == "assistant":
            self._assistant(message.parts, path)
        else:
            self._user(message.parts, path)

    def _instruct(self, content: list[Content], *, as_system: bool) -> None:
        """Instructions, marked as such within a user's turn where there is no other place for them."""
        if content and as_system:
            self._items.append(_message("system", content))
        elif content:
            texts = [part["text"] for part in content if isinstance(part, dict) and "text" in part]
            rest = [part for part in content if not (isinstance(part, dict) and "text" in part)]
            text = "\n\n".join(texts)
            marked = text_part(f"<system-reminder>\n{text}\n</system-reminder>")
            self._items.append(_message("user", [marked, *rest]))

    # User turns

    def _user(self, parts: Sequence[Part], path: str) -> None:
        said: list[Part] = []
        for at, part in enumerate(parts):
            match part:
                case ToolResult():
                    self._items.append(self._result(part, f"{path}.content[{at}]"))
                case OpaquePart(dialect=dialect, kind=kind, raw=raw) if _is_item(dialect, kind):
                    self._say(said, path)
                    self._items.append(raw)
                case _:
                    said.append(part)
        self._say(said, path)

    def _say(self, parts: list[Part], path: str) -> None:
        if content := self._content.encode(parts, path):
            self._items.append(_message("user", content))
        parts.clear()

    def _result(self, result: ToolResult, path: str) -> Json:
        self._content.note(result.extensions, "messages.tool_result")
        freeform = result.call_id in self._freeform_calls
        return {
            "type": "custom_tool_call_output" if freeform else "function_call_output",
            "call_id": _wire_call_id(result.call_id),
            "output": self._output(result, path),
        }

    def _output(self, result: ToolResult, path: str) -> str | list[Content]:
        content = self._content.encode(result.parts, path)
        text = only_text(content)
        if text is None:
            failed: list[Content] = [text_part("Error:")]
            return failed + content if result.is_error else content
        text = text or "(no output)"
        if result.is_error and not text.lower().startswith("error"):
            return f"Error: {text}"
        return text

    # Assistant turns

    def _assistant(self, parts: Sequence[Part], path: str) -> None:
        items: list[Content] = []
        for at, part in enumerate(parts):
            match part:
                case Thinking():
                    items += self._thinking(part)
                case ToolCall():
                    items.append(self._call(part, path))
                case OpaquePart(dialect=dialect, raw=raw) if dialect == NAME:
                    items.append(raw)
                case _:
                    self._speak(items, part, f"{path}.content[{at}]")
        while items and _is_reasoning(items[-1]):
            self._losses.add(_THINKING, "Thinking that nothing followed is refused.")
            items.pop()
        self._items += items

    def _speak(self, items: list[Content], part: Part, path: str) -> None:
        """Add to the model's message that is being written, or begin one."""
        spoken = self._content.spoken(part, path)
        if spoken is None:
            return
        phase = _own(part).get("phase")
        last = items[-1] if items else None
        if isinstance(last, dict) and last["type"] == "message" and last.get("phase") == phase:
            last["content"].append(spoken)
        else:
            said = _message("assistant", [spoken])
            items.append({**said, "phase": phase} if phase else said)

    def _thinking(self, thinking: Thinking) -> list[Json]:
        signed = thinking.signature is not None and thinking.vendor == NAME
        if signed and self._quirks.replays_thinking:
            summary = [{"type": "summary_text", "text": thinking.text}] if thinking.text else []
            encrypted = thinking.signature
            return [{"type": "reasoning", "summary": summary, "encrypted_content": encrypted}]
        if thinking.text and self._quirks.reasoning_replay is not None:
            content = [{"type": "reasoning_text", "text": thinking.text}]
            return [{"type": "reasoning", "summary": [], "content": content}]
        self._losses.add(
            _THINKING,
            "A signature of its thinking was refused."
            if signed
            else "The upstream takes back only thinking that it signed; the rest was left out.",
        )
        return []

    def _call(self, call: ToolCall, path: str) -> Json:
        named = {"call_id": _wire_call_id(call.id), "name": wire_name(call.name)}
        if call.name in self._freeform:
            self._freeform_calls.add(call.id)
            text = freeform_input(call.arguments)
            return {"type": "custom_tool_call", **named, "input": text}
        arguments = self._call_arguments(call, path)
        return {"type": "function_call", **named, "arguments": arguments}

    def _call_arguments(self, call: ToolCall, path: str) -> str:
        """The arguments as they came; many upstreams refuse what is no JSON object."""
        try:
            _arguments.decode(call.arguments)
        except UNREADABLE:
            if call.arguments.strip():
                self._losses.add(
                    path,
                    f"The arguments of the call {call.id} are broken JSON; sent as an empty object.",
                )
            return "{}"
        return call.arguments


def _message(role: str, content: list[Content]) -> Json:
    return {"type": "message", "role": role, "content": content}


def _is_turn(item: Content) -> bool:
    """Whether there is something to answer: instructions alone are not."""
    return not isinstance(item, dict) or item.get("role") != "system"


def _is_item(dialect: str, kind: str) -> bool:
    """Whether a part that only this dialect knows is an item; the others are content of a message."""
    return dialect == NAME and not kind.startswith("input_")


def _is_reasoning(item: Content) -> bool:
    return isinstance(item, dict) and item["type"] == "reasoning"


def _own(part: Part) -> Json:
    """What only this dialect knows of a text (``phase``)."""
    return (part.extensions or {}).get(NAME, {}) if isinstance(part, Text) else {}


def _wire_call_id(call_id: str) -> str:
    """OpenAI refuses more than 64 characters ("Invalid 'input[3].call_id': string too long")."""
    return call_id if len(call_id) <= _LONGEST_CALL_ID else f"call_{digest(call_id)[:24]}"
