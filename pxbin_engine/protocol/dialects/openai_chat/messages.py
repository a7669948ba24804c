"""The conversation, canonical -> Chat Completions.

What differs between the two, and what is done about it:

1. A result stands in a user turn there and is a ``tool`` message here, straight after the turn that called, in the order
   of the calls. A call that nobody answered gets an answer that says so; a result that answers no call becomes text.
2. Pictures and documents of a result go into the user message after it: ``tool`` messages are text at most upstreams.
3. Blank text is left out and so is a turn that has nothing else; content is never null or an empty list.
4. Texts of one turn are joined by a blank line into one string: many upstreams read only that.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_chat import wire
from pxbin_engine.protocol.dialects.openai_chat.content import (
    Content,
    ContentEncoder,
    compact,
    joined,
    note_extensions,
    only_text,
    text_part,
)
from pxbin_engine.protocol.dialects.openai_chat.reasoning_details import (
    is_foreign,
    own_details,
    proofs_of_calls,
    signed_call,
    vouches_for_call,
)
from pxbin_engine.protocol.dialects.openai_chat.tools import wire_call_id
from pxbin_engine.protocol.dialects.openai_chat.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    Message,
    Part,
    Request,
    Thinking,
    ToolCall,
    ToolResult,
)
from pxbin_engine.protocol.search_tool import calling_searches
from pxbin_engine.protocol.wire_names import wire_name

_Place = tuple[int, int]
_Results = dict[str, deque[tuple[_Place, ToolResult]]]
"""Position of a message, and of a part in it."""

_SILENT_TURN = {"role": "assistant", "content": " "}
"""Of the model; Mistral refuses one that has nothing in it."""

_ANY_PROOF = "skip_thought_signature_validator"
"""What Google's own signature may be replaced by (ai.google.dev/gemini-api/docs/thought-signatures, FAQ)."""

_arguments = msgspec.json.Decoder(dict[str, Raw])


def encode_messages(request: Request, quirks: Quirks, losses: Losses) -> list[dict[str, Any]]:
    """Every message for the upstream; at least one that is not ``system``."""
    return _Conversation(request, quirks, losses).encode()


class _Conversation:
    """One walk through a request's messages."""

    def __init__(self, request: Request, quirks: Quirks, losses: Losses) -> None:
        self._request = request
        self._messages = tuple(calling_searches(request.messages, "web_search"))
        self._quirks = quirks
        self._losses = losses
        self._content = ContentEncoder(quirks, losses)
        self._out: list[dict[str, Any]] = []
        self._answered: set[_Place] = set()
        self._attachments: list[Content] = []
        self._spoken = False
        """Whether a turn other than ``system`` was written."""

    def encode(self) -> list[dict[str, Any]]:
        self._system(self._request.system, "system")
        for position, message in enumerate(self._messages):
            if (text := only_text(message)) and self._plain_turn(message.role, text):
                continue
            path = f"messages[{position}]"
            note_extensions(message.extensions, "messages", self._quirks, self._losses)
            if message.role == "system":
                self._system(message.parts, path)
            elif message.role == "assistant":
                self._assistant(position, message, path)
            else:
                self._user(position, message, path)
        if self._attachments:
            self._say({"role": "user", "content": compact(self._attachments)})
            self._spoken = True
        if not self._spoken:
            self._losses.add("messages", "There was no text to answer; a placeholder was sent.")
            self._out.append({"role": "user", "content": "(no text)"})
        return self._out

    def _plain_turn(self, role: str, text: str) -> bool:
        """Write a turn that is one text, as most of a long history are, where nothing else has to go into it."""
        if role == "system" or self._attachments:
            return False
        turn = {"role": role, "content": text}
        if role == "user":
            self._say(turn)
        else:
            self._out.append(turn)
        self._spoken = True
        return True

    # System turns

    def _system(self, parts: Sequence[Part], path: str) -> None:
        content = self._content.encode(parts, path)
        if not content:
            return
        quirks = self._quirks
        if quirks.system_role and (quirks.system_anywhere or not self._spoken):
            self._instruct(content)
            return
        text = f"<system-reminder>\n{joined(content)}\n</system-reminder>"
        if quirks.system_role:
            self._say({"role": "user", "content": text})
        else:  # such templates want the roles to alternate, so it stands in the user's next turn
            self._attachments.append(text_part(text))

    def _instruct(self, content: list[Content]) -> None:
        """Add a ``system`` message; what takes them only at the beginning takes only one."""
        if self._out and not self._quirks.system_anywhere:
            held = self._out[-1]["content"]
            held = [text_part(held)] if isinstance(held, str) else held
            self._out[-1] = {"role": "system", "content": joined([*held, *content])}
        else:
            self._out.append({"role": "system", "content": compact(content)})

    # User turns

    def _say(self, turn: dict[str, Any]) -> None:
        """Add a user turn; Mistral wants the model to have spoken after the results of its calls."""
        if not self._quirks.user_after_tool and self._out and self._out[-1]["role"] == "tool":
            self._out.append(dict(_SILENT_TURN))
        self._out.append(turn)

    def _user(self, position: int, message: Message, path: str) -> None:
        kept = message.parts
        if self._answered:
            places = enumerate(message.parts)
            kept = tuple([part for at, part in places if (position, at) not in self._answered])
        attachments, self._attachments = self._attachments, []
        content = attachments + self._content.encode(kept, path)
        if content:
            self._say({"role": "user", "content": compact(content), **_own(message)})
            self._spoken = True
        elif len(kept) == len(message.parts):
            self._losses.add(path, "The turn had no text; it was left out.")

    # Assistant turns

    def _assistant(self, position: int, message: Message, path: str) -> None:
        calls: list[ToolCall] = []
        thoughts: list[Thinking] = []
        spoken: list[Part] = []
        proofs = proofs_of_calls(message.parts) if self._quirks.signs_calls else {}
        for part in message.parts:
            if isinstance(part, ToolCall):
                calls.append(part)
            elif not isinstance(part, Thinking):
                spoken.append(part)
            elif not (proofs and vouches_for_call(part)):
                thoughts.append(part)
        thinking = self._thinking(thoughts)
        content = self._content.encode(spoken, path)
        if not (content or calls or thinking):
            self._losses.add(path, "The turn had nothing that the upstream takes; it was left out.")
            return
        texts: list[Content] = [
            item for item in content if isinstance(item, dict) and item["type"] == "text"
        ]
        if len(texts) < len(content):
            self._losses.add(path, "The model's turn can hold only text; the rest was left out.")
        turn: dict[str, Any] = {
            "role": "assistant",
            "content": compact(texts),
            **_own(message),
        }
        if self._quirks.reasoning_replay and (thinking or calls):
            # DeepSeek and Moonshot refuse a turn with calls that lacks the field; Moonshot an empty one, too.
            turn[self._quirks.reasoning_replay] = thinking or " "
        if details := self._details(thoughts):
            turn["reasoning_details"] = details
        if calls:
            turn["tool_calls"] = [self._call(call, proofs.get(call.id), path) for call in calls]
        self._out.append(turn)
        self._spoken = True
        results = self._results_after(position) if calls else {}
        for call in calls:
            self._answer(position, call, results)

    def _details(self, thoughts: Sequence[Thinking]) -> list[dict[str, Any]]:
        """What the upstream itself vouched for; what others did is no proof to it."""
        if self._quirks.reasoning_replay != "reasoning" or not self._quirks.replays_thinking:
            return []
        if any(thought.signature and is_foreign(thought) for thought in thoughts):
            self._losses.add(
                "messages.thinking.signature", "Another vendor's proof of thinking was left out."
            )
        return own_details(thoughts)

    def _thinking(self, thoughts: Sequence[Thinking]) -> str:
        """Earlier thinking, where the upstream wants it back."""
        if not thoughts:
            return ""
        if self._quirks.reasoning_replay is None:
            self._losses.add(
                "messages.thinking", "The upstream takes no earlier thinking back; it was left out."
            )
            return ""
        if any(thought.redacted for thought in thoughts):
            self._losses.add(
                "messages.thinking", "Encrypted thinking is readable only where it was made."
            )
        return "\n\n".join(thought.text for thought in thoughts if thought.text)

    def _call(self, call: ToolCall, proof: str | None, path: str) -> dict[str, Any]:
        function = {"name": wire_name(call.name), "arguments": self._arguments(call, path)}
        call_id = wire_call_id(call.id, self._quirks)
        signed = signed_call(proof or _ANY_PROOF) if self._quirks.signs_calls else {}
        return {"id": call_id, "type": "function", "function": function, **signed}

    def _arguments(self, call: ToolCall, path: str) -> str:
        """The arguments as they came; many upstreams refuse what is no JSON object."""
        try:
            _arguments.decode(call.arguments)
        except wire.UNREADABLE:
            if call.arguments.strip():
                self._losses.add(
                    path,
                    f"The arguments of the call {call.id} are broken JSON; sent as an empty object.",
                )
            return "{}"
        return call.arguments

    # Tool results

    def _answer(self, position: int, call: ToolCall, results: _Results) -> None:
        """The ``tool`` message of a call."""
        answer = {"role": "tool", "tool_call_id": wire_call_id(call.id, self._quirks)}
        if not results.get(call.id):
            path = f"messages[{position}]"
            self._losses.add(path, f"The call {call.id} has no result; the upstream is told so.")
            self._out.append({**answer, "content": "[This tool call was not answered.]"})
            return
        place, result = results[call.id].popleft()
        self._answered.add(place)
        path = f"messages[{place[0]}].content[{place[1]}]"
        self._out.append({**answer, "content": self._result_text(result, path)})

    def _results_after(self, position: int) -> _Results:
        """What was not answered yet, by the call's id, wherever it stands before the next round of calls."""
        results: _Results = defaultdict(deque)
        answering = False
        for at in range(position + 1, len(self._messages)):
            message = self._messages[at]
            if message.role == "assistant" and answering:
                break
            answering = answering or message.role == "user"
            for part_at, part in enumerate(message.parts):
                place = (at, part_at)
                if isinstance(part, ToolResult) and place not in self._answered:
                    results[part.call_id].append((place, part))
        return results

    def _result_text(self, result: ToolResult, path: str) -> str:
        """The result's text; what is no text is put aside for the user message that follows."""
        note_extensions(result.extensions, "messages.tool_result", self._quirks, self._losses)
        texts = []
        for content in self._content.encode(result.parts, path):
            if isinstance(content, dict) and content["type"] == "text":
                texts.append(content["text"])
            else:
                self._attachments += (
                    text_part(f"[From the result of the tool call {result.call_id}:]"),
                    content,
                )
                texts.append("[The attachment is in the user message that follows.]")
        text = "\n".join(texts) or "(no output)"
        if result.is_error and not text.lower().startswith("error"):
            return f"Error: {text}"
        return text


def _own(message: Message) -> dict[str, Any]:
    """What only this dialect knows of a turn (``name``)."""
    return (message.extensions or {}).get(NAME, {})
