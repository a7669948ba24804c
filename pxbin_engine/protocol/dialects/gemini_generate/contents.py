"""The conversation, canonical -> ``contents``.

What differs between the two, and what is done about it:

1. Turns alternate between ``user`` and ``model``: neighbours of one role become one. The first is the user's.
2. A result is a ``functionResponse`` straight after the turn that called, one for each call, in their order and by the
   function's name; Gemini counts them ("the number of function response parts is equal to the number of function call parts").
3. Pictures and documents of a result stand inside it where the model takes them there (Gemini 3 and later:
   "function_response.parts is not supported for this model" at older ones), else after all results.
4. Instructions in between are text of the user's, marked; those before the first turn go to ``systemInstruction``.
5. Blank text is left out and so is a turn that has nothing else.
6. Gemini 3 refuses the first call of a step without a signature ("missing a thought_signature"). One that another model
   made, or whose signature a client lost, gets the value that Google documents for it.
"""

from collections.abc import Sequence

from pxbin_engine.protocol.dialects.gemini_generate.function_names import wire_name
from pxbin_engine.protocol.dialects.gemini_generate.proof import UNSIGNED
from pxbin_engine.protocol.dialects.gemini_generate.thinking import is_gemini_3, version_of
from pxbin_engine.protocol.dialects.gemini_generate.upstream_parts import (
    PartEncoder,
    note_extensions,
)
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME, Json
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Document,
    Image,
    Message,
    OpaquePart,
    Part,
    Request,
    Text,
    ToolCall,
    ToolResult,
)
from pxbin_engine.protocol.turns import ordered_turns

_TYPES_IN_RESULTS = ("image/png", "image/jpeg", "image/webp", "application/pdf")
"""What a ``functionResponse`` may hold (ai.google.dev/gemini-api/docs/function-calling, "Multimodal function responses")."""


class Conversation:
    """One walk through a request's messages.

    Attributes:
        system: the parts of ``systemInstruction``.
        contents: every turn; at least one.
    """

    def __init__(self, request: Request, model: str, quirks: Quirks, losses: Losses) -> None:
        self.system: list[Json] = []
        self.contents: list[Json] = []
        self._losses = losses
        self._parts = PartEncoder(quirks, losses)
        self._media_in_results = is_gemini_3(model) and not quirks.text_only
        self._calls: list[ToolCall] = []
        self._instruct(request.system, "system")
        for position, message in enumerate(ordered_turns(request.messages, losses)):
            self._add(message, f"messages[{position}]")
        self._begin_with_user()
        if is_gemini_3(model) or (quirks.signs_calls and version_of(model) is None):
            self._sign_calls()

    def _add(self, message: Message, path: str) -> None:
        note_extensions(message.extensions, "messages", self._losses)
        if message.role == "system":
            self._instruct(message.parts, path)
        elif message.role == "assistant":
            self._calls = [part for part in message.parts if isinstance(part, ToolCall)]
            self._append("model", self._parts.encode(message.parts, path), path)
        else:
            answers = self._answers(message.parts, path)
            self._append("user", [*answers, *self._parts.encode(message.parts, path)], path)

    def _instruct(self, parts: Sequence[Part], path: str) -> None:
        texts = [part for part in parts if isinstance(part, Text)]
        if len(texts) < len(parts):
            self._losses.add(path, "Gemini's instructions are text; the rest was left out.")
        encoded = self._parts.encode(texts, path)
        if encoded and self.contents:
            text = "\n\n".join(part["text"] for part in encoded)
            marked = {"text": f"<system-reminder>\n{text}\n</system-reminder>"}
            self._append("user", [marked], path)
        else:
            self.system += encoded

    def _append(self, role: str, parts: list[Json], path: str) -> None:
        if not parts:
            self._losses.add(path, "The turn had nothing that Gemini takes; it was left out.")
        elif self.contents and self.contents[-1]["role"] == role:
            self.contents[-1]["parts"] += parts
        else:
            self.contents.append({"role": role, "parts": parts})

    def _begin_with_user(self) -> None:
        if not self.contents or self.contents[0]["role"] != "user":
            self._losses.add("messages", "The user said nothing first; a placeholder was sent.")
            self.contents.insert(0, {"role": "user", "parts": [{"text": "(no text)"}]})

    # Results

    def _answers(self, parts: Sequence[Part], path: str) -> list[Json]:
        """The results in the order of their calls, and after them what did not fit into them."""
        results = {part.call_id: part for part in parts if isinstance(part, ToolResult)}
        calls, self._calls = self._calls, []
        answers: list[Json] = []
        attached: list[Json] = []
        for call in calls:
            answer: Json = {"id": call.id, "name": wire_name(call.name)}
            answer |= self._response(results[call.id], path, attached)
            answers.append({"functionResponse": answer})
        return [*answers, *attached]

    def _response(self, result: ToolResult, path: str, attached: list[Json]) -> Json:
        """``response`` and ``parts`` of a result; what cannot stand in it goes to ``attached``."""
        note_extensions(result.extensions, "messages.tool_result", self._losses)
        texts: list[str] = []
        inside: list[Json] = []
        for at, part in enumerate(result.parts):
            for encoded in self._parts.encode_part(part, f"{path}.tool_result[{at}]"):
                if "text" in encoded:
                    texts.append(encoded["text"])
                elif self._media_in_results and _fits_in_result(part):
                    inside.append(encoded)
                else:
                    texts.append("[The attachment follows the results.]")
                    label = {"text": f"[From the result of the tool call {result.call_id}:]"}
                    attached += (label, encoded)
        told = "\n".join(texts) or ("" if inside else "(no output)")
        response: Json = {"response": {"error" if result.is_error else "output": told}}
        if inside:
            response["parts"] = inside
        return {**response, **(result.extensions or {}).get(NAME, {})}

    # Signatures

    def _sign_calls(self) -> None:
        """Rule 6."""
        for content in self.contents:
            first = next((part for part in content["parts"] if "functionCall" in part), None)
            if first is not None:
                first.setdefault("thoughtSignature", UNSIGNED)


def _fits_in_result(part: Part) -> bool:
    if isinstance(part, OpaquePart):
        return part.kind == "functionResponsePart"
    if not isinstance(part, Image | Document | Audio) or not isinstance(part.source, Base64Source):
        return False
    return part.source.media_type in _TYPES_IN_RESULTS
