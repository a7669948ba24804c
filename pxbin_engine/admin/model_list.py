"""Reads an upstream's model list, page by page, in every shape that upstreams are known to answer. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from pxbin_engine.admin.listed_prices import listed_price
from pxbin_engine.errors import ProtocolError
from pxbin_engine.records import DiscoveredModel

_CONTEXT_KEYS = (
    "context_length",  # OpenRouter, Together
    "context_window",  # Groq
    "max_context_length",  # Mistral
    "max_model_len",  # vLLM, SGLang
    "max_input_tokens",  # Anthropic, LiteLLM
    "inputTokenLimit",  # Google
)
_OUTPUT_KEYS = (
    "outputTokenLimit",  # Google (ai.google.dev/api/models)
    "max_completion_tokens",  # Groq (console.groq.com/docs/models)
)


class ModelListPage(Struct, frozen=True):
    """One page; ``after_id`` is what to ask the next page with, None on the last one."""

    models: tuple[DiscoveredModel, ...]
    after_id: str | None = None


def decode_model_list(answer: object) -> ModelListPage:
    """The page in a decoded JSON ``answer``.

    OpenAI and Anthropic answer ``{"data": [...]}``, Anthropic with ``has_more`` and ``last_id``; Google ``{"models":
    [...]}`` with ``nextPageToken``; Together the bare list.

    Raises:
        ProtocolError: the answer is no model list.
    """
    items = answer.get("data", answer.get("models")) if isinstance(answer, Mapping) else answer
    if not isinstance(items, Sequence) or isinstance(items, str | bytes):
        raise ProtocolError("The answer is JSON, but not a model list.")
    after_id = None
    if isinstance(answer, Mapping):
        more = answer.get("last_id") if answer.get("has_more") is True else None
        after_id = _text(more) or _text(answer.get("nextPageToken")) or None
    return ModelListPage(tuple(_models(items)), after_id)


def _models(items: Sequence[Any]) -> Iterator[DiscoveredModel]:
    for item in items:
        if isinstance(item, Mapping) and (model_id := _id(item)):
            yield DiscoveredModel(
                id=model_id,
                owned_by=_text(item.get("owned_by")),
                context_window=_size(item, _CONTEXT_KEYS) or _trained_on(item),
                max_output_tokens=_size(item, _OUTPUT_KEYS),
                price=listed_price(item.get("pricing")),
            )


def _id(item: Mapping[str, Any]) -> str:
    """Google names a model ``models/gemini-...``, and lists also those that generate no content."""
    methods = item.get("supportedGenerationMethods")
    if isinstance(methods, Sequence) and "generateContent" not in methods:
        return ""
    return _text(item.get("id")) or _text(item.get("name")).removeprefix("models/")


def _size(item: Mapping[str, Any], keys: Sequence[str]) -> int | None:
    """The first of ``keys`` that tells a number of tokens."""
    sizes = (item.get(key) for key in keys)
    return next((size for size in sizes if type(size) is int and size > 0), None)


def _trained_on(item: Mapping[str, Any]) -> int | None:
    """llama.cpp tells no window, but the one that the model was trained with."""
    meta = item.get("meta")
    return _size(meta, ("n_ctx_train",)) if isinstance(meta, Mapping) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
