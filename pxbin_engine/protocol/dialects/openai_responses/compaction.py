"""Compaction for upstreams that have none: the model is asked for a handover, and its text travels as a ``compaction`` item.

Codex condenses its history remotely when it believes that it talks to OpenAI (its built-in provider, whatever the base URL):
the ``input`` of an ordinary streamed request ends with ``{"type": "compaction_trigger"}``, and exactly one ``compaction``
item must come back (codex-rs/core/src/compact_remote_v2.rs). It keeps the user's newest messages and that item, and sends
both from then on. OpenAI's item is encrypted and stays opaque; pxbin's is marked and read back here, so the conversation can
go on at any upstream.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Raw, structs

from pxbin_engine.protocol.dialects.openai_responses.wire import NAME
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.request import Message, OpaquePart, Request, Text, ToolChoice
from pxbin_engine.protocol.response import StopReason
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    OpaqueStart,
    PartEnd,
    Ping,
    StreamEvent,
    StreamFailed,
    TextDelta,
)

_MARK = "pxbin-summary:"

_WISH = Text(
    "This conversation is about to be cut: whoever goes on with it will see my messages, but nothing of what you said, did "
    "and found out. Write the handover for them, as text, and call no tools. Say what I want and how far it is done; what "
    "was decided, and why; what was learned about files, commands, names and errors, exactly where it matters; what is "
    "still to do, and what the next step is. Leave out what no longer matters."
)

_SUMMARY = (
    "[The conversation so far was condensed. This is the handover of the model that led it:]\n\n"
)


def ask_for_summary(request: Request) -> Request:
    """The request for the handover instead of an answer; the tools stay, since the history may name them."""
    return structs.replace(
        request,
        messages=(*request.messages, Message("user", (_WISH,))),
        tool_choice=ToolChoice("none") if request.tools else None,
        output_format=None,
    )


def wants_summary(request: Request) -> bool:
    """Whether the answer to this request is to be a ``compaction`` item."""
    return bool(request.messages) and request.messages[-1].parts == (_WISH,)


def encode_summary(item_id: str, summary: str) -> dict[str, str]:
    """The item."""
    return {"type": "compaction", "id": item_id, "encrypted_content": f"{_MARK}{summary}"}


def decode_summary(encrypted: str | None) -> str | None:
    """What the user's turn says instead of an item of pxbin's; None for OpenAI's own, which only OpenAI can read."""
    if encrypted is None or not encrypted.startswith(_MARK):
        return None
    return _SUMMARY + encrypted.removeprefix(_MARK)


def is_summary(text: str) -> bool:
    """Whether a user's turn is such a condensed history and no word of the user's."""
    return text.startswith(_SUMMARY)


class SummaryEvents:
    """An answer's events -> those of an answer that is one ``compaction`` item."""

    def __init__(self) -> None:
        self._item_id = ""
        self._texts: list[str] = []

    def translate(self, events: Iterable[StreamEvent]) -> list[StreamEvent]:
        """The events to encode instead of these."""
        told: list[StreamEvent] = []
        for event in events:
            match event:
                case MessageStart():
                    self._item_id = f"cmp_{event.id.removeprefix('resp_')}"
                    told.append(event)
                case TextDelta(text=text):
                    self._texts.append(text)
                case MessageEnd():
                    told += self._end(event)
                case StreamFailed() | Ping():
                    told.append(event)
                case _:
                    pass  # thinking is not handed over, and no tool was to be called
        return told

    def _end(self, event: MessageEnd) -> list[StreamEvent]:
        """A summary that was cut is better than a session that can never go on."""
        summary = "".join(self._texts).strip()
        if not summary or event.stop.unified == "refusal":
            message = "The model was asked to condense the conversation and wrote no summary."
            return [StreamFailed(ApiError("api", 502, message))]
        raw = Raw(msgspec.json.encode(encode_summary(self._item_id, summary)))
        end = MessageEnd(StopReason("end_turn", event.stop.raw), event.usage)
        return [OpaqueStart(0, OpaquePart(NAME, "compaction", raw)), PartEnd(0), end]
