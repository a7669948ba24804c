"""The models that a Gemini client is offered: ``GET /v1beta/models`` and ``GET /v1beta/models/{model}``.

Source: the API reference of ``models.list`` and ``Model`` (ai.google.dev/api/models).
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from pxbin_engine.protocol.dialects.gemini_generate.wire import Json

_METHODS = ("generateContent", "countTokens")


class OfferedModel(Struct, frozen=True):
    """A model by the name that clients ask for it; limits in tokens, None where they are not known."""

    name: str
    display_name: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None


def encode_models(models: Iterable[OfferedModel]) -> bytes:
    """All of them, on one page."""
    return msgspec.json.encode({"models": [_encode(model) for model in models]})


def encode_model(model: OfferedModel) -> bytes:
    """One of them."""
    return msgspec.json.encode(_encode(model))


def _encode(model: OfferedModel) -> Json:
    known = {
        "name": f"models/{model.name}",
        "baseModelId": model.name,
        "version": "",
        "displayName": model.display_name or model.name,
        "inputTokenLimit": model.input_tokens,
        "outputTokenLimit": model.output_tokens,
        "supportedGenerationMethods": _METHODS,
    }
    return {name: value for name, value in known.items() if value is not None}
