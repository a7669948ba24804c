"""A client's own bytes made fit for another upstream of Chat Completions: nothing is changed but what must be.

1. The model's name becomes the upstream's.
2. A stream's usage is always asked for.
3. What another vendor vouched for (``mark_foreign``) is left out of ``reasoning_details``: no upstream knows the mark.
"""

import re
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_chat import wire
from pxbin_engine.protocol.json_patch import read_members, write_members
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import Quirks

_MARKED = re.compile(rb"pxbin-[a-z_]+:")
_messages = msgspec.json.Decoder(list[dict[str, Raw]])
_details = msgspec.json.Decoder(list[Raw])


def patch_request(body: bytes, *, model: str, quirks: Quirks, losses: Losses) -> bytes:
    """The body for an upstream that calls the model ``model``. Raises ``ProtocolError``."""
    members = read_members(body)
    changes = {"model": msgspec.json.encode(model)}
    if bytes(members.get("stream", b"")) == b"true" and quirks.stream_options:
        options = _stream_options(members)
        if options.get("include_usage") is not True:
            changes["stream_options"] = msgspec.json.encode({**options, "include_usage": True})
    if _MARKED.search(body) and (messages := _without_foreign(members, losses)):
        changes["messages"] = messages
    return write_members({**members, **changes})


def asks_usage_chunk(body: bytes) -> bool:
    """Whether a client's body asks for the chunk with the usage."""
    return _stream_options(read_members(body)).get("include_usage") is True


def _stream_options(members: dict[str, Raw]) -> dict[str, Any]:
    try:
        options = msgspec.json.decode(members.get("stream_options", b"null"))
    except wire.UNREADABLE as error:
        raise ProtocolError(f"stream_options: {error}") from error
    return options if isinstance(options, dict) else {}


def _without_foreign(members: dict[str, Raw], losses: Losses) -> bytes | None:
    """The messages without such details; None where there are none, or where they are no messages at all."""
    try:
        messages = _messages.decode(members.get("messages", b"[]"))
        changed = [_left_out(message, i, losses) for i, message in enumerate(messages)]
    except msgspec.ValidationError:
        return None  # that is for the upstream to say
    return msgspec.json.encode(messages) if any(changed) else None


def _left_out(message: dict[str, Raw], position: int, losses: Losses) -> bool:
    """Take them out of the message; whether there were any."""
    details = _details.decode(message.get("reasoning_details") or b"[]")
    own = [detail for detail in details if not _MARKED.search(detail)]
    if len(own) == len(details):
        return False
    losses.add(f"messages[{position}].reasoning_details", "Another vendor's proof of thinking.")
    if own:
        message["reasoning_details"] = Raw(msgspec.json.encode(own))
    else:
        del message["reasoning_details"]
    return True
