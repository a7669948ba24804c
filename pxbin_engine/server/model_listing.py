"""``GET /v1/models`` in the two shapes that clients read; pure.

Claude Code drops every name that has neither "claude" nor "anthropic" in it, so Anthropic's shape offers such a model as
``claude-<name>`` too, and one with a window of a million tokens also with Claude Code's mark for that, ``[1m]``.
``gateway.routing`` knows what they stand for. (code.claude.com/docs, "llm-gateway-protocol"; seen with 2.1.330.)
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

import msgspec

from pxbin_engine.gateway.routing import CLAUDE_PREFIX, WINDOW_SUFFIX
from pxbin_engine.protocol.dialects.gemini_generate import model_list as gemini
from pxbin_engine.records import ModelRecord, UpstreamFormat

WIDE_WINDOW_TOKENS = 1_000_000
"""From this context window on, a model is offered with ``[1m]``."""

_CLAUDES_WORDS = ("claude", "anthropic")


def format_of_listing(headers: Mapping[str, str]) -> UpstreamFormat:
    """The shape that the client reads: each vendor's SDKs send its key by a header of their own, Anthropic's a version too."""
    if "X-Goog-Api-Key" in headers:
        return "gemini"
    anthropic = "Anthropic-Version" in headers or "X-Api-Key" in headers
    return "anthropic" if anthropic else "openai"


def encode_models(models: Sequence[ModelRecord], shape: str) -> bytes:
    """The whole list, on one page, as clients of this format read it."""
    if shape == "gemini":
        return gemini.encode_models(map(_offered, models))
    if shape == "anthropic":
        items = list(_anthropic_items(models))
    else:
        items = [_item(model, shape) for model in models]
    if shape != "anthropic":
        return msgspec.json.encode({"object": "list", "data": items})
    first, last = (items[0]["id"], items[-1]["id"]) if items else (None, None)
    return msgspec.json.encode(
        {"data": items, "has_more": False, "first_id": first, "last_id": last}
    )


def encode_model(model: ModelRecord, shape: str) -> bytes:
    """One model."""
    if shape == "gemini":
        return gemini.encode_model(_offered(model))
    return msgspec.json.encode(_item(model, shape))


def _anthropic_items(models: Sequence[ModelRecord]) -> Iterator[dict[str, Any]]:
    """Every model under each name that it is offered by; a model of that very name goes before what would hide it."""
    taken = {model.name for model in models}
    for model in models:
        yield _anthropic_item(model, model.name)
        for name, note in _other_names(model):
            if name not in taken:
                yield _anthropic_item(model, name, note)


def _other_names(model: ModelRecord) -> Iterator[tuple[str, str]]:
    """The names, and what to add to the name for people."""
    name = model.name
    if not any(word in name.lower() for word in _CLAUDES_WORDS):
        name = CLAUDE_PREFIX + name
        yield name, ""
    if (model.context_window or 0) >= WIDE_WINDOW_TOKENS and not name.endswith(WINDOW_SUFFIX):
        yield name + WINDOW_SUFFIX, " (1M context)"


def _anthropic_item(model: ModelRecord, name: str, note: str = "") -> dict[str, Any]:
    return {
        "type": "model",
        "id": name,
        "display_name": (model.display_name or model.name) + note,
        "created_at": model.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "max_input_tokens": model.context_window,
        "max_tokens": model.max_output_tokens,
    }


def _offered(model: ModelRecord) -> gemini.OfferedModel:
    return gemini.OfferedModel(
        model.name, model.display_name, model.context_window, model.max_output_tokens
    )


def _item(model: ModelRecord, shape: str) -> dict[str, Any]:
    if shape == "anthropic":
        return _anthropic_item(model, model.name)
    return {
        "id": model.name,
        "object": "model",
        "created": int(model.created_at.timestamp()),
        "owned_by": model.provider or "pxbin",
    }
