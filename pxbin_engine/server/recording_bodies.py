"""What the management routes of recordings take and answer: bodies as text where they are UTF-8, else as base64."""

from base64 import b64encode
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from pxbin_engine.records import RecordedMessage, RecordedRead, RecordedSide, Recording
from pxbin_engine.server.admin_bodies import Body


class EventsQuery(Body, frozen=True, kw_only=True):
    """GET /logs/{id}/recording/events."""

    side: RecordedSide = "client_response"
    attempt: int | None = None


class RecordedMessageItem(Struct, frozen=True, kw_only=True):
    """A message of a request; its ``body`` is as ``encoding`` says. Else see ``RecordedMessage``."""

    side: RecordedSide
    attempt: int
    method: str
    url: str
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: str
    encoding: Literal["utf-8", "base64"]
    size: int
    cut: bool
    reads: tuple[RecordedRead, ...]


class RecordingItem(Struct, frozen=True, kw_only=True):
    """All messages of a request, in the order in which they began."""

    request_id: UUID
    timestamp: datetime
    messages: tuple[RecordedMessageItem, ...]


def recording_item(recording: Recording) -> RecordingItem:
    """A recording as the API tells it."""
    return RecordingItem(
        request_id=recording.request_id,
        timestamp=recording.timestamp,
        messages=tuple(map(_message_item, recording.messages)),
    )


def _message_item(message: RecordedMessage) -> RecordedMessageItem:
    text = message.text
    return RecordedMessageItem(
        side=message.side,
        attempt=message.attempt,
        method=message.method,
        url=message.url,
        status=message.status,
        headers=message.headers,
        body=b64encode(message.body).decode() if text is None else text,
        encoding="base64" if text is None else "utf-8",
        size=message.size,
        cut=message.cut,
        reads=message.reads,
    )
