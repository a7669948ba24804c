"""What a client's functions answered.

Source: the API reference of ``FunctionResponse``: "Use "output" key to specify function output and "error" key to specify
error details (if any). If "output" and "error" keys are not specified, then whole "response" is treated as function
output." Python's SDK says ``result`` where it calls functions by itself (google-genai ``_extra_utils.py``).
"""

from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate import wire
from pxbin_engine.protocol.dialects.gemini_generate.asked_media import decode_blob, decode_file
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.request import (
    Audio,
    Document,
    Extensions,
    Image,
    OpaquePart,
    Text,
    ToolResult,
)

ResultPart = Text | Image | Document | Audio | OpaquePart

_OUTPUTS = ("output", "result")
_ERROR = "error"

_part = msgspec.json.Decoder(wire.Part)
_members = msgspec.json.Decoder(dict[str, Raw])


def decode_result(response: wire.FunctionResponse, call_id: str, path: str) -> ToolResult:
    """The result of the call. Raises ``ProtocolError``."""
    parts: list[ResultPart] = []
    is_error = None
    if wire.is_said(response.response):
        text, failed = _read_response(response.response, path)
        parts += [Text(text)] if text else []
        is_error = True if failed else None
    parts += (
        _media(raw, f"{path}.parts[{position}]")
        for position, raw in enumerate(response.parts or ())
    )
    return ToolResult(call_id, tuple(parts), is_error, _own(response))


def _read_response(raw: Raw, path: str) -> tuple[str, bool]:
    """What it says as text, and whether it is an error."""
    try:
        members = _members.decode(raw)
    except msgspec.ValidationError as error:
        raise ProtocolError(f"{path}.response: {error}") from error
    if len(members) != 1:
        return ("" if not members else wire.in_one_line(bytes(raw)).decode()), False
    ((name, value),) = members.items()
    if name in _OUTPUTS or name == _ERROR:
        return _text(value), name == _ERROR
    return wire.in_one_line(bytes(raw)).decode(), False


def _text(raw: Raw) -> str:
    value: Any = msgspec.json.decode(raw)
    return value if isinstance(value, str) else wire.in_one_line(bytes(raw)).decode()


def _media(raw: Raw, path: str) -> ResultPart:
    try:
        part = _part.decode(raw)
    except wire.UNREADABLE as error:
        raise ProtocolError(f"{path}: {error}") from error
    media: ResultPart | None = None
    if part.inline_data is not None:
        media = decode_blob(part.inline_data, None, path)
    elif part.file_data is not None:
        media = decode_file(part.file_data, None, path)
    elif part.text is not None:
        media = Text(part.text)
    return media or OpaquePart(NAME, "functionResponsePart", raw)


def _own(response: wire.FunctionResponse) -> Extensions | None:
    """What only a call that is answered in several pieces has."""
    said = {"willContinue": response.will_continue, "scheduling": response.scheduling}
    fields = {name: value for name, value in said.items() if value is not None}
    return {NAME: fields} if fields else None
