"""A program of its own: answers what vendors publish as a model's price, from the genai-prices package.

One JSON question a line on stdin, one JSON answer a line on stdout: a ``records.ModelPrice`` with its figures as texts. It
imports nothing of pxbin, to start fast, and it ends with its stdin.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

_COLUMNS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "input_audio": "input_audio_mtok",
    "cache_read_audio": "cache_audio_read_mtok",
    "output_audio": "output_audio_mtok",
    "output_image": "output_image_mtok",
}
_SERVICE_TIERS = {
    "batch": ({"processing": "batch"},),
    "fast": ({"speed": "fast"}, {"service_tier": "fast"}),
    "flex": ({"service_tier": "flex"},),
    "priority": ({"service_tier": "priority"},),
}
"""What the data calls each; Anthropic's fast mode is a speed, OpenAI's a tier."""


def find(model: str, provider: str = "", base_url: str = "") -> dict[str, Any] | None:
    """The price now, as decimal texts of dollars per million tokens; None where none is published.

    Asked in this order: the provider by name, the one that answers at ``base_url``, the one that ``vendor/model``
    names, whoever is known for the model. Dated names (``gpt-4o-2024-08-06``) find their model.
    """
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415  # its data takes most of a second and 80 MB

    vendor, _, rest = model.partition("/")
    questions = [
        *([(model, provider, None)] if provider else []),
        *([(model, None, base_url)] if base_url else []),
        *([(rest, vendor, None)] if rest else []),
        (model, None, None),
    ]
    for name, provider_id, url in questions:
        try:
            _, found = get_snapshot().find_provider_model(name, None, provider_id, url)
        except LookupError:
            continue
        return _price(found, datetime.now(UTC))
    return None


def _price(model: Any, now: datetime) -> dict[str, Any] | None:
    """The base price with its tiers; None where it has neither input nor output."""
    standard = model.get_prices(now)
    price: dict[str, Any] = _figures(standard, 0)
    if not price.keys() & {"input", "output"}:
        return None
    tiers = _longer(standard, "")
    for name, context in _sold_as(model, now):
        prices = model.get_prices(now, context)
        tiers += [{"service_tier": name, **_figures(prices, 0)}, *_longer(prices, name)]
    return price | ({"tiers": tiers} if tiers else {})


def _sold_as(model: Any, now: datetime) -> Iterator[tuple[str, dict[str, str]]]:
    """The service tiers that have a price of their own now."""
    variants = [
        variant.when
        for variant in model.price_variants or ()
        if variant.constraint is None or variant.constraint.active(now)
    ]
    for name, contexts in _SERVICE_TIERS.items():
        if found := next((context for context in contexts if context in variants), None):
            yield name, found


def _longer(prices: Any, service_tier: str) -> list[dict[str, Any]]:
    """The tiers for longer prompts, each with all of its figures."""
    starts = {
        tier.start
        for name in _COLUMNS.values()
        for tier in getattr(getattr(prices, name, None), "tiers", ())
    }
    named = {"service_tier": service_tier} if service_tier else {}
    return [
        {"above_prompt_tokens": start, **named, **_figures(prices, start)}
        for start in sorted(starts)
    ]


def _figures(prices: Any, start: int) -> dict[str, str]:
    """What tokens of each class cost in a prompt longer than ``start``, as texts."""
    values = {column: getattr(prices, name, None) for column, name in _COLUMNS.items()}
    return {column: str(_at(value, start)) for column, value in values.items() if value is not None}


def _at(value: Any, start: int) -> Any:
    reached = [tier.price for tier in getattr(value, "tiers", ()) if tier.start <= start]
    return reached[-1] if reached else getattr(value, "base", value)


def main() -> None:
    """Answer until stdin ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(find(**json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
