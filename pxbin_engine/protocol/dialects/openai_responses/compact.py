"""``POST /v1/responses/compact``, made of one ordinary call of any model: pure functions for both ends of it.

What is sent (OpenAI's reference; Codex's ``CompactionInput``): ``model``, ``input`` and ``instructions`` of a request, with
its tools and options, never streamed. What is expected (``CompactedResponse``): all user messages, then one ``compaction``
item. Codex keeps of them the user's own words and that item, and sends both with every request from then on
(codex-rs/core/src/compact_remote.rs); ``compaction.decode_summary`` reads the item back.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses.compaction import (
    ask_for_summary,
    encode_summary,
    is_summary,
    wants_summary,
)
from pxbin_engine.protocol.dialects.openai_responses.request import decode_request
from pxbin_engine.protocol.dialects.openai_responses.response_object import (
    encode_response_id,
    encode_usage,
)
from pxbin_engine.protocol.estimate import estimate_tokens
from pxbin_engine.protocol.request import (
    Base64Source,
    Image,
    Message,
    Part,
    Request,
    Text,
    UrlSource,
)
from pxbin_engine.protocol.response import Response, Usage

Json = dict[str, Any]

_MOST_KEPT_TOKENS = 64_000
"""Of the user's messages, the newest first, as OpenAI's endpoint keeps them (codex-rs, ``RETAINED_MESSAGE_TOKEN_BUDGET``)."""


def decode_compact_request(body: bytes) -> Request:
    """The request for the summary that the answer is to be made of. Raises ``ProtocolError``."""
    request = decode_request(body)
    return request if wants_summary(request) else ask_for_summary(request)


def encode_compact_response(response: Response, request: Request, *, now: int = 0) -> bytes:
    """The compacted response; ``request`` is what ``decode_compact_request`` gave.

    Raises:
        ProtocolError: the model wrote no summary.
    """
    summary = "".join(part.text for part in response.parts if isinstance(part, Text)).strip()
    if not summary:
        raise ProtocolError(
            "The model was asked to condense the conversation and wrote no summary."
        )
    response_id = encode_response_id(response.id)
    key = response_id.removeprefix("resp_")
    answer = {
        "id": response_id,
        "object": "response.compaction",
        "created_at": now,
        "output": [
            *_user_messages(request.messages[:-1], key),
            encode_summary(f"cmp_{key}", summary),
        ],
        "usage": encode_usage(response.usage or Usage()),
    }
    return msgspec.json.encode(answer)


def _user_messages(messages: Iterable[Message], key: str) -> list[Json]:
    """What the user said, as items, as far as the newest fit."""
    kept: list[Json] = []
    left = _MOST_KEPT_TOKENS
    for message in reversed([message for message in messages if message.role == "user"]):
        content = [encoded for part in message.parts if (encoded := _content(part))]
        left -= sum(estimate_tokens(len(part.get("text", ""))) for part in content)
        if left < 0:
            break
        if content:
            kept.append({"role": "user", "content": content})
    return [
        {"type": "message", "id": f"msg_{key}_{i}", "status": "completed", **message}
        for i, message in enumerate(reversed(kept))
    ]


def _content(part: Part) -> Json | None:
    """The part as it was asked; None for what is no word of the user's own."""
    match part:
        case Text(text=text) if not is_summary(text):
            return {"type": "input_text", "text": text}
        case Image(source=Base64Source(media_type=media_type, data=data), detail=detail):
            url = f"data:{media_type};base64,{data}"
            return {"type": "input_image", "image_url": url, "detail": detail or "auto"}
        case Image(source=UrlSource(url=url), detail=detail):
            return {"type": "input_image", "image_url": url, "detail": detail or "auto"}
        case _:
            return None
