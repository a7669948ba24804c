"""Fragments of text, thinking and tool calls, in any order -> parts one after another.

Rules:

1. One part is open at a time; its fragments leave at once, those of the others wait in the order of their first one.
2. Text and thinking close when another part begins. A tool call closes when its arguments are one whole JSON object and
   another part waits, or when the answer ends.
3. A call opens when its name is known and its id is, or its arguments begin (then it gets an id).
4. A fragment belongs to the call of its ``index``; without one, to the call of its id, else to the last call, unless it
   announces another one by id and name.
5. It begins a new call instead when it names another id with a name, or another name, or brings whole arguments again,
   and the call so far is complete (or has no arguments and is announced anew). An id that only changes on the way is
   the same call: some servers make one up for each chunk.
6. A proof belongs to the thinking of its vendor just before it; without any, it is a part of its own. A call's proof is a
   part of its own just before the call. After its proof a thinking part gets no more text.
"""

from collections import deque
from typing import Literal

from pxbin_engine.protocol.dialects.openai_chat import wire
from pxbin_engine.protocol.dialects.openai_chat.reasoning_details import GEMINI
from pxbin_engine.protocol.dialects.openai_chat.response import (
    arguments_text,
    call_proof,
    is_json,
    new_call_id,
)
from pxbin_engine.protocol.request import Citation, Image
from pxbin_engine.protocol.stream import (
    PartEnd,
    StreamEvent,
    TextCitation,
    TextDelta,
    TextStart,
    ThinkingDelta,
    ThinkingSignature,
    ThinkingStart,
    ToolCallDelta,
    ToolCallStart,
    WholePart,
)

_BEGINS_ANEW = ("", "{")
"""The first character of arguments that may not go on with those before."""

_Kind = Literal["text", "thinking", "call", "image"]


class BrokenSequence(Exception):
    """The fragments cannot be put in order; the text says why, for a person."""


class _Part:
    """A part that waits, is open or is closed.

    Attributes:
        pieces: all that came of it (text and thinking: only what waits).
        citations: of a text that waits.
        vendor: who may vouch for a thinking part; ``proof`` is how.
    """

    __slots__ = (
        "citations",
        "closed",
        "id",
        "image",
        "kind",
        "name",
        "pieces",
        "proof",
        "vendor",
    )

    def __init__(self, kind: _Kind, vendor: str | None = None) -> None:
        self.kind = kind
        self.pieces: list[str] = []
        self.citations: list[Citation] = []
        self.vendor = vendor
        self.proof: str | None = None
        self.image: Image | None = None
        self.id = ""
        self.name = ""
        self.closed = False

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)

    @property
    def ready(self) -> bool:
        """Whether it can be opened (rule 3)."""
        return self.kind != "call" or bool(self.name and (self.id or self.pieces))

    @property
    def complete(self) -> bool:
        """Whether the arguments are one whole object; a cheap look at the end comes first."""
        if not self.pieces or not self.pieces[-1].rstrip().endswith("}"):
            return False
        text = self.arguments.strip()
        return text.startswith("{") and is_json(text)


class PartQueue:
    """Puts fragments in order; events are appended to the list that each method is given."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._index = -1
        self._open: _Part | None = None
        self._waiting: deque[_Part] = deque()
        self._calls: list[_Part] = []
        self._call_of_index: dict[int, _Part] = {}

    @property
    def last_arguments(self) -> str | None:
        """The arguments of the last call; None where there was none."""
        return self._calls[-1].arguments if self._calls else None

    def text(self, text: str, out: list[StreamEvent]) -> None:
        """A fragment of text."""
        if self._open is not None and self._open.kind == "text":
            out.append(TextDelta(self._index, text))
        else:
            self._begin_or_extend("text", text, out)

    def citation(self, citation: Citation, out: list[StreamEvent]) -> None:
        """What the text before it cites; without any, a text that says no more than where to look."""
        last = self._last()
        if last is None or last.kind != "text":
            self.text(f"[{citation.title or citation.url}]({citation.url})", out)
            last = self._last()
        if last is not None and last is self._open:
            out.append(TextCitation(self._index, citation))
        elif last is not None:
            last.citations.append(citation)

    def thinking(self, text: str, out: list[StreamEvent], vendor: str | None = None) -> None:
        """A fragment of thinking; ``vendor`` may yet vouch for it."""
        opened = self._open
        if opened is not None and opened.kind == "thinking" and opened.proof is None:
            out.append(ThinkingDelta(self._index, text))
        else:
            self._begin_or_extend("thinking", text, out, vendor)

    def proof(self, proof: str, vendor: str, out: list[StreamEvent]) -> None:
        """What vouches for the thinking so far (rule 6)."""
        last = self._last()
        if last is None or last.kind != "thinking" or last.proof or last.vendor != vendor:
            last = _Part("thinking", vendor)
            self._waiting.append(last)
        last.proof = proof
        if last is self._open:
            out.append(ThinkingSignature(self._index, proof))
        else:
            self._advance(out)

    def image(self, image: Image, out: list[StreamEvent]) -> None:
        """A picture, which comes at once."""
        part = _Part("image")
        part.image = image
        self._waiting.append(part)
        self._advance(out)

    def call(self, fragment: wire.ToolCall, out: list[StreamEvent]) -> None:
        """A fragment of a tool call. Raises ``BrokenSequence``."""
        function, index, part = fragment.function, fragment.index, self._open
        if (
            function is not None
            and part is not None
            and index is not None
            and self._call_of_index.get(index) is part
            and not (self._waiting or fragment.id or function.name or fragment.extra_content)
            and isinstance(more := function.arguments, str)
            and more[:1] not in _BEGINS_ANEW
        ):  # what most are: more of the open call, and nothing else that any rule looks at
            part.pieces.append(more)
            out.append(ToolCallDelta(self._index, more))
            return
        function = function or wire.FunctionCall()
        arguments = arguments_text(function.arguments)
        part = self._find(fragment, function.name or "", arguments)
        if part is None:
            return
        if proof := call_proof(fragment):
            self._prove_call(part, proof)
        part.id = part.id or fragment.id or ""
        part.name = part.name or function.name or ""
        if arguments:
            part.pieces.append(arguments)
            if part is self._open:
                out.append(ToolCallDelta(self._index, arguments))
        if self._waiting:
            self._advance(out)

    def end(self, out: list[StreamEvent]) -> None:
        """The answer has ended: all that waits, and the end of the last part. Raises ``BrokenSequence``."""
        self._advance(out, ended=True)
        self._close(out)

    def _begin_or_extend(
        self, kind: _Kind, text: str, out: list[StreamEvent], vendor: str | None = None
    ) -> None:
        last = self._waiting[-1] if self._waiting else None
        if last is None or last.kind != kind or last.proof is not None:
            last = _Part(kind, vendor)
            self._waiting.append(last)
        last.pieces.append(text)
        self._advance(out)

    def _last(self) -> _Part | None:
        """The part that began last."""
        return self._waiting[-1] if self._waiting else self._open

    def _prove_call(self, call: _Part, proof: str) -> None:
        part = _Part("thinking", GEMINI)
        part.proof = proof
        at = self._waiting.index(call) if call in self._waiting else len(self._waiting)
        self._waiting.insert(at, part)

    def _advance(self, out: list[StreamEvent], *, ended: bool = False) -> None:
        """Open what waits, as far as the open part may be closed."""
        while self._waiting:
            if not ended and not (self._may_close() and self._waiting[0].ready):
                return
            self._close(out)
            self._start(self._waiting.popleft(), out)

    def _may_close(self) -> bool:
        return self._open is None or self._open.kind != "call" or self._open.complete

    def _close(self, out: list[StreamEvent]) -> None:
        if self._open is not None:
            self._open.closed = True
            self._open = None
            out.append(PartEnd(self._index))

    def _start(self, part: _Part, out: list[StreamEvent]) -> None:
        self._open = part
        self._index = index = self._index + 1
        if part.kind == "call":
            self._start_call(part, out)
        elif part.kind == "text":
            out += (TextStart(index), TextDelta(index, "".join(part.pieces)))
            out += [TextCitation(index, citation) for citation in part.citations]
        elif part.kind == "thinking":
            self._start_thinking(part, out)
        elif part.image is not None:
            out.append(WholePart(index, part.image))
            self._open = None

    def _start_thinking(self, part: _Part, out: list[StreamEvent]) -> None:
        out.append(ThinkingStart(self._index, vendor=part.vendor))
        if part.pieces:
            out.append(ThinkingDelta(self._index, "".join(part.pieces)))
        if part.proof is not None:
            out.append(ThinkingSignature(self._index, part.proof))

    def _start_call(self, part: _Part, out: list[StreamEvent]) -> None:
        if not part.name:
            raise BrokenSequence("The upstream called a tool without naming it.")
        if not part.id or any(call.id == part.id for call in self._calls if call is not part):
            part.id = new_call_id()
        out.append(ToolCallStart(self._index, part.id, self._names.get(part.name, part.name)))
        if part.pieces:
            out.append(ToolCallDelta(self._index, part.arguments))

    def _find(self, fragment: wire.ToolCall, name: str, arguments: str) -> _Part | None:
        """The call that a fragment belongs to, a new one, or None where it only repeats what came."""
        part = self._addressed(fragment, name)
        if part is None or _is_another(part, fragment.id, name, arguments):
            return self._new_call(fragment.index)
        if arguments.startswith("{") and part.complete and arguments == part.arguments:
            return None
        if part.closed:
            if arguments.strip():
                raise BrokenSequence("The upstream went on with a tool call that was complete.")
            return None
        return part

    def _addressed(self, fragment: wire.ToolCall, name: str) -> _Part | None:
        if fragment.index is not None:
            return self._call_of_index.get(fragment.index)
        for call in self._calls:
            if fragment.id and call.id == fragment.id:
                return call
        last = self._calls[-1] if self._calls else None
        announced = bool(last and last.id and fragment.id and name)
        return None if announced else last

    def _new_call(self, index: int | None) -> _Part:
        part = _Part("call")
        if index is not None:
            self._call_of_index[index] = part
        self._calls.append(part)
        self._waiting.append(part)
        return part


def _is_another(part: _Part, call_id: str | None, name: str, arguments: str) -> bool:
    """Rule 5."""
    other_id = bool(call_id and part.id and call_id != part.id)
    other_name = bool(name and part.name and name != part.name)
    if other_id and name and not part.pieces:
        return True
    if other_id or other_name:
        return bool(name or arguments.strip()) and part.complete
    again = bool(name and part.name and arguments.strip())
    return again and part.complete and not (call_id and arguments == part.arguments)
