"""Canonical events of an answer -> the parts that a Gemini client is given, streamed or whole.

1. A call is one part, however it arrived. One whose arguments are no JSON object is left out, and the answer ends as Gemini
   ends then (``MALFORMED_FUNCTION_CALL``): a client that knows that asks again.
2. Reasoning is told as thoughts where the client asked for them (``includeThoughts``), as Gemini does.
3. Google's own signature stands on the thought that it belongs to. Another vendor's stands on the part that comes next, which
   clients bring back while they drop thoughts (Gemini CLI, ``stripThoughts``), and so does one of a thought that was not told.
4. What was searched and cited is told at the end (``groundingMetadata``).
"""

from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.grounding_encoder import GroundingEncoder
from pxbin_engine.protocol.dialects.gemini_generate.proof import Proof, encode_proof, is_base64
from pxbin_engine.protocol.dialects.gemini_generate.wire import (
    NAME,
    UNREADABLE,
    Json,
    in_one_line,
)
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.request import (
    Base64Source,
    Image,
    OpaquePart,
    Request,
    SearchCall,
    SearchResult,
    UrlSource,
)
from pxbin_engine.protocol.stream import (
    OpaqueStart,
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

_object = msgspec.json.Decoder(dict[str, Raw])


class AnswerParts:
    """One answer.

    Attributes:
        grounding: what was searched and cited.
        broken_call: a call that could not be told, as ``finishMessage`` names it.
    """

    def __init__(self, request: Request, losses: Losses) -> None:
        self.grounding = GroundingEncoder(losses)
        self.broken_call: str | None = None
        self._losses = losses
        self._shows_thoughts = bool(request.reasoning and request.reasoning.summary)
        self._open: TextStart | ThinkingStart | ToolCallStart | None = None
        self._texts: list[str] = []
        self._told = False
        self._signature: str | None = None
        """Of what comes next."""

    @property
    def unsigned(self) -> bool:
        """Whether the next part has no signature to carry."""
        return self._signature is None

    def take(self, event: StreamEvent) -> list[Json]:
        """The parts that are complete, or can be told already, by this event."""
        match event:
            case TextDelta(text=text):
                self.grounding.text(text)
                return self._signed({"text": text})
            case ThinkingDelta(text=text):
                return self._thought(text)
            case ThinkingSignature(signature=text) | ToolCallDelta(arguments=text):
                self._texts.append(text)
            case TextStart() | ThinkingStart() | ToolCallStart():
                return self._begin(event)
            case PartEnd():
                return self._end()
            case TextCitation(citation=citation):
                self.grounding.cite(citation)
            case WholePart(index=index, part=part):
                return self._whole(part, index)
            case OpaqueStart(index=index, part=opaque):
                return self._opaque(opaque, index)
            case _:
                pass  # a delta of a part of another dialect, whose start was a loss; a ping; the message itself
        return []

    def end(self) -> list[Json]:
        """What is still due when the answer ends."""
        return self._leftover_signature()

    def _begin(self, event: TextStart | ThinkingStart | ToolCallStart) -> list[Json]:
        self._open = event
        self._texts.clear()
        self._told = False
        return self._leftover_signature() if isinstance(event, ThinkingStart) else []

    def _thought(self, text: str) -> list[Json]:
        if self._shows_thoughts:
            self._told = True
            return [{"text": text, "thought": True}]
        self._losses.add(
            "answer.thinking", "The client did not ask for thoughts (includeThoughts)."
        )
        return []

    def _end(self) -> list[Json]:
        part, self._open = self._open, None
        match part:
            case TextStart():
                self.grounding.end_text()
                return self._leftover_signature()
            case ThinkingStart():
                return self._end_thinking(part)
            case ToolCallStart():
                return self._end_call(part)
            case None:
                return []

    def _end_thinking(self, start: ThinkingStart) -> list[Json]:
        signature = encode_proof(Proof("".join(self._texts), start.redacted, start.vendor))
        if signature is not None and self._told and start.vendor == NAME:
            return [{"text": "", "thought": True, "thoughtSignature": signature}]
        self._signature = signature
        return []

    def _end_call(self, start: ToolCallStart) -> list[Json]:
        text = "".join(self._texts)
        arguments = encode_arguments(text)
        if arguments is None:
            self.broken_call = f"Malformed function call: {start.name}({text})"
            self._losses.add(
                f"answer.parts[{start.index}]",
                f"The arguments of the call of {start.name} are no JSON object; it was left out.",
            )
            return []
        call = {"id": start.id, "name": start.name, "args": arguments}
        return self._signed({"functionCall": call})

    def _whole(self, part: SearchCall | SearchResult | Image, index: int) -> list[Json]:
        match part:
            case SearchCall(query=query):
                self.grounding.search(query)
            case SearchResult():
                self.grounding.found(part)
            case Image(source=Base64Source(media_type=media_type, data=data)) if is_base64(data):
                return self._signed({"inlineData": {"mimeType": media_type, "data": data}})
            case Image(source=UrlSource(url=url)):
                return self._signed({"fileData": {"fileUri": url}})
            case Image():
                self._losses.add(
                    f"answer.parts[{index}]",
                    "The picture's bytes are not there, or cannot be read.",
                )
        return []

    def _opaque(self, part: OpaquePart, index: int) -> list[Json]:
        if part.dialect == NAME:
            return self._signed(dict(_object.decode(part.raw)))
        self._losses.add(f"answer.parts[{index}]", f"Gemini knows no {part.kind}; it was left out.")
        return []

    def _signed(self, part: dict[str, Any]) -> list[Json]:
        if self._signature is not None:
            part["thoughtSignature"], self._signature = self._signature, None
        return [part]

    def _leftover_signature(self) -> list[Json]:
        """On an empty text, as Gemini 3 ends a stream."""
        return [] if self._signature is None else self._signed({"text": ""})


def encode_arguments(text: str) -> Raw | None:
    """A call's arguments as the model wrote them, in one line; None where they are no JSON object."""
    if not text or text.isspace():
        return Raw(b"{}")
    try:
        _object.decode(text)
    except UNREADABLE:
        return None
    return Raw(in_one_line(text.encode()))
