"""The conversation of a Gemini client -> canonical turns.

1. Neighbouring contents of one role are one turn: Python's SDK keeps each chunk of a streamed answer as a content of its
   own. For the same reason texts of the model's turn that follow each other are one, and so are its thoughts, up to the one
   with the signature.
2. A signature on a thought belongs to it. On any other part it becomes a thinking part without text directly before; but
   another vendor's (``answer_parts`` put it there) belongs to the thought before, where the client kept that.
3. Calls mostly have no id. They are numbered through the conversation, so that each request says the same ids again and
   prompt caches hold.
4. A response answers the call of its id, else the first call of its name that is still open. Calls stay open until the
   model speaks again.

Source: the API reference of ``Content`` and ``Part``; googleapis/python-genai ``chats.py`` (rule 1).
"""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Raw, structs

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate import wire
from pxbin_engine.protocol.dialects.gemini_generate.asked_media import decode_blob, decode_file
from pxbin_engine.protocol.dialects.gemini_generate.asked_results import decode_result
from pxbin_engine.protocol.dialects.gemini_generate.proof import decode_proof
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.request import (
    Extensions,
    Message,
    OpaquePart,
    Part,
    Text,
    Thinking,
    ToolCall,
)

_ROLES: dict[str | None, Literal["user", "assistant"]] = {
    "user": "user",
    "function": "user",
    "model": "assistant",
    None: "user",
    "": "user",
}
_ILLEGAL_IN_ID = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_NAME_IN_ID = 24
"""Ids of more than 40 characters are refused by OpenAI."""

_SAYS_MORE = ("videoMetadata", "mediaResolution", "partMetadata")
"""Fields that say something of a part of another kind."""

_part = msgspec.json.Decoder(wire.Part)
_fields = msgspec.json.Decoder(dict[str, Raw])


def decode_conversation(contents: Sequence[wire.Content]) -> tuple[Message, ...]:
    """The turns. Raises ``ProtocolError`` with a text that names the field that is wrong."""
    conversation = _Conversation()
    for position, content in enumerate(contents):
        conversation.add(content, f"contents[{position}]")
    return tuple(conversation.turns())


def decode_instruction(content: wire.Content | str | None) -> tuple[Part, ...]:
    """``systemInstruction``, whatever role it names. Raises as above."""
    if content is None:
        return ()
    if isinstance(content, str):
        return (Text(content),)
    conversation = _Conversation()
    conversation.add(structs.replace(content, role="user"), "systemInstruction")
    return tuple(part for turn in conversation.turns() for part in turn.parts)


class _Conversation:
    """One walk through the contents."""

    def __init__(self) -> None:
        self._turns: list[tuple[Literal["user", "assistant"], list[Part]]] = []
        self._calls = 0
        self._open_calls: list[ToolCall] = []

    def turns(self) -> list[Message]:
        return [Message(role, tuple(parts)) for role, parts in self._turns]

    def add(self, content: wire.Content, path: str) -> None:
        if content.role not in _ROLES:
            raise ProtocolError(
                f"{path}.role: Please use a valid role: user, model; not {content.role!r}"
            )
        role = _ROLES[content.role]
        if not self._turns or self._turns[-1][0] != role:
            self._turns.append((role, []))
            if role == "assistant":
                self._open_calls.clear()
        parts = self._turns[-1][1]
        for position, raw in enumerate(wire.items_of(content.parts)):
            signature, part = self._decode(raw, f"{path}.parts[{position}]")
            if signature is not None and not _signs_last(parts, signature):
                parts.append(signature)
            if part is not None and (signature or role == "user" or not _continues(parts, part)):
                parts.append(part)

    def _decode(self, raw: Raw, path: str) -> tuple[Thinking | None, Part | None]:
        """The part, and the signature that stands on it where it is no thought (rule 2)."""
        try:
            part = _part.decode(raw)
        except wire.UNREADABLE as error:
            raise ProtocolError(f"{path}: {error}") from error
        proof = decode_proof(part.thought_signature)
        fields = _data_fields(raw)
        if part.thought and fields.keys() <= {"text"}:
            return None, Thinking(part.text or "", proof.signature, proof.redacted, proof.vendor)
        signature = None
        if proof.vendor is not None:
            signature = Thinking("", proof.signature, proof.redacted, proof.vendor)
        is_carrier = proof.vendor not in (None, NAME) and part.text == ""
        if is_carrier or (not fields and part.thought_signature):
            return signature, None
        return signature, self._decode_kind(part, fields, path)

    def _decode_kind(self, part: wire.Part, fields: dict[str, Raw], path: str) -> Part:
        if part.text is not None:
            return Text(part.text)
        if part.function_call is not None:
            return self._call(part.function_call, f"{path}.functionCall")
        if part.function_response is not None:
            call_id = self._answered(part.function_response, f"{path}.functionResponse")
            return decode_result(part.function_response, call_id, f"{path}.functionResponse")
        media: Part | None = None
        if part.inline_data is not None:
            media = decode_blob(part.inline_data, _own(fields), path)
        elif part.file_data is not None:
            media = decode_file(part.file_data, _own(fields), path)
        return media or _opaque(fields, path)

    def _call(self, called: wire.FunctionCall, path: str) -> ToolCall:
        if not called.name:
            raise ProtocolError(f"{path}.name: must not be empty")
        self._calls += 1
        arguments = bytes(called.args) if wire.is_said(called.args) else b"{}"
        call_id = called.id or self._made_id(called.name)
        call = ToolCall(call_id, called.name, wire.in_one_line(arguments).decode())
        self._open_calls.append(call)
        return call

    def _made_id(self, name: str) -> str:
        """Rule 3."""
        told = _ILLEGAL_IN_ID.sub("_", name)[:_LONGEST_NAME_IN_ID]
        return f"call_{self._calls}_{told}"

    def _answered(self, response: wire.FunctionResponse, path: str) -> str:
        """Rule 4: the id of the call that this answers; one of its own where it answers none."""
        if not response.name and not response.id:
            raise ProtocolError(f"{path}.name: must not be empty")
        by_id = (call for call in self._open_calls if response.id and call.id == response.id)
        by_name = (call for call in self._open_calls if call.name == response.name)
        call = next(by_id, None) or next(by_name, None)
        if call is None:
            return response.id or f"unknown_{_ILLEGAL_IN_ID.sub('_', response.name or '')}"
        self._open_calls.remove(call)
        return call.id


def _continues(parts: list[Part], part: Part) -> bool:
    """Whether the part went into the last one (rule 1)."""
    match (parts[-1] if parts else None), part:
        case Text(text=text), Text(text=more):
            parts[-1] = Text(text + more)
        case Thinking(text=text, signature=None, redacted=None), Thinking(redacted=None) if text:
            parts[-1] = structs.replace(part, text=text + part.text)
        case _:
            return False
    return True


def _signs_last(parts: list[Part], signature: Thinking) -> bool:
    """Whether another vendor's signature went to the thought before it (rule 2)."""
    match parts[-1] if parts else None:
        case Thinking(text=text, signature=None, redacted=None) if (
            text and signature.vendor != NAME and signature.redacted is None
        ):
            parts[-1] = structs.replace(signature, text=text)
            return True
    return False


def _data_fields(raw: Raw) -> dict[str, Raw]:
    """What is said of a part, without what may be said of any."""
    fields = _fields.decode(raw)
    return {
        name: value
        for name, value in fields.items()
        if name not in ("thought", "thoughtSignature") and wire.is_said(value)
    }


def _own(fields: dict[str, Raw]) -> Extensions | None:
    """What only this dialect knows of a part of media."""
    rest = {name: msgspec.json.decode(fields[name]) for name in _SAYS_MORE if name in fields}
    return {NAME: rest} if rest else None


def _opaque(fields: dict[str, Raw], path: str) -> OpaquePart:
    """Code that Google ran, what its own tools did, a film, and whatever is new."""
    kind = next((name for name in fields if name not in _SAYS_MORE), None)
    if kind is None:
        raise ProtocolError(f"{path}: must have one data field, such as text")
    return OpaquePart(NAME, kind, Raw(msgspec.json.encode(fields)))
