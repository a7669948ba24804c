"""``GET /v1/models`` in the two shapes that clients read; pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import msgspec

from pxbin_engine.records import ModelRecord, UpstreamFormat


def format_of_listing(headers: Mapping[str, str]) -> UpstreamFormat:
    """The shape that the client reads: Anthropic's SDKs send a version, and their key as ``x-api-key``."""
    anthropic = "Anthropic-Version" in headers or "X-Api-Key" in headers
    return "anthropic" if anthropic else "openai"


def encode_models(models: Sequence[ModelRecord], shape: UpstreamFormat) -> bytes:
    """The whole list, on one page."""
    items = [_item(model, shape) for model in models]
    if shape != "anthropic":
        return msgspec.json.encode({"object": "list", "data": items})
    first, last = (items[0]["id"], items[-1]["id"]) if items else (None, None)
    return msgspec.json.encode(
        {"data": items, "has_more": False, "first_id": first, "last_id": last}
    )


def encode_model(model: ModelRecord, shape: UpstreamFormat) -> bytes:
    """One model."""
    return msgspec.json.encode(_item(model, shape))


def _item(model: ModelRecord, shape: UpstreamFormat) -> dict[str, Any]:
    if shape == "anthropic":
        return {
            "type": "model",
            "id": model.name,
            "display_name": model.display_name or model.name,
            "created_at": model.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    return {
        "id": model.name,
        "object": "model",
        "created": int(model.created_at.timestamp()),
        "owned_by": model.provider or "pxbin",
    }
