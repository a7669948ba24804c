"""How each dialect counts tokens: what its clients ask and are answered, and what its vendor's endpoint takes and answers."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from pxbin_engine.protocol.dialects import dialect_for
from pxbin_engine.protocol.dialects.anthropic_messages import ANTHROPIC_MESSAGES
from pxbin_engine.protocol.dialects.gemini_generate import request as gemini
from pxbin_engine.protocol.json_patch import read_members
from pxbin_engine.protocol.request import Request

_ANTHROPICS_FIELDS = frozenset(
    {"messages", "model", "output_config", "system", "thinking", "tool_choice", "tools"}
)
_RESPONSES_FIELDS = frozenset(
    {
        "input",
        "instructions",
        "model",
        "parallel_tool_calls",
        "reasoning",
        "text",
        "tool_choice",
        "tools",
    }
)


class Asked(Struct, frozen=True):
    """What a client of a dialect asks and is answered; ``decode`` raises ``ProtocolError``."""

    decode: Callable[[bytes], Request]
    encode: Callable[[int], bytes]


class Endpoint(Struct, frozen=True):
    """Where an upstream of a dialect counts.

    Attributes:
        path: for the model's name, from the version on.
        body: of the endpoint, for a body that asks to generate, and the model's name.
        field: of the answer, which holds the count.
        rename: puts the model's name into the body of a client that speaks the same dialect, where its patch of a
            generation would not do.
    """

    path: Callable[[str], str]
    body: Callable[[bytes, str], bytes]
    field: str
    rename: Callable[[bytes, str], bytes] | None = None

    def read(self, content: bytes) -> int | None:
        """The count in an answer; None where there is none."""
        try:
            answer = msgspec.json.decode(content, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        count = answer.get(self.field)
        return count if type(count) is int and count >= 0 else None


def _decode_responses(body: bytes) -> Request:
    """``input`` may be missing there (openai SDK, ``InputTokenCountParams``)."""
    members = read_members(body)
    members.setdefault("input", Raw(b"[]"))
    return dialect_for("openai-responses").decode_request(msgspec.json.encode(members))


def _encode_responses(tokens: int) -> bytes:
    return msgspec.json.encode({"object": "response.input_tokens", "input_tokens": tokens})


def _only(fields: frozenset[str]) -> Callable[[bytes, str], bytes]:
    """Unknown fields are refused (``max_tokens: Extra inputs are not permitted``)."""

    def body(generation: bytes, _model: str) -> bytes:
        members = read_members(generation)
        return msgspec.json.encode({name: members[name] for name in members if name in fields})

    return body


def _geminis_body(generation: bytes, model: str) -> bytes:
    members: dict[str, object] = {"model": f"models/{model}", **read_members(generation)}
    return msgspec.json.encode({"generateContentRequest": members})


def _geminis_rename(body: bytes, model: str) -> bytes:
    """The path says the model; only a whole request in the body repeats it."""
    members = read_members(body)
    for name in ("generateContentRequest", "generate_content_request"):
        if name in members:
            whole: dict[str, object] = {
                **read_members(bytes(members[name])),
                "model": f"models/{model}",
            }
            members[name] = Raw(msgspec.json.encode(whole))
    return msgspec.json.encode(members)


ASKED: Mapping[str, Asked] = {
    "anthropic": Asked(
        ANTHROPIC_MESSAGES.decode_count_request,
        lambda tokens: msgspec.json.encode({"input_tokens": tokens}),
    ),
    "openai-responses": Asked(_decode_responses, _encode_responses),
    "gemini": Asked(gemini.decode_count_request, gemini.encode_count),
}
"""Format of the client's path -> how it asks; Chat Completions has no such endpoint."""

ENDPOINTS: Mapping[str, Endpoint] = {
    # platform.claude.com/docs/en/api/messages/count_tokens
    "anthropic": Endpoint(
        lambda _model: "/v1/messages/count_tokens", _only(_ANTHROPICS_FIELDS), "input_tokens"
    ),
    # developers.openai.com/api/reference/resources/responses/subresources/input_tokens
    "openai-responses": Endpoint(
        lambda _model: "/v1/responses/input_tokens", _only(_RESPONSES_FIELDS), "input_tokens"
    ),
    # ai.google.dev/api/tokens
    "gemini": Endpoint(
        lambda model: f"/v1beta/models/{model}:countTokens",
        _geminis_body,
        "totalTokens",
        _geminis_rename,
    ),
}
"""Format of the upstream -> where it counts; many that follow a vendor have no such endpoint and answer 404."""
