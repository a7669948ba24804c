"""A program of its own: answers what vendors publish as a model's price, from the genai-prices package.

One JSON question a line on stdin, one JSON answer a line on stdout. It imports nothing of pxbin, to start fast, and it
ends with its stdin. Of a price with tiers (dearer beyond so many tokens) the first tier counts.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

_COLUMNS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
}


def find(model: str, provider: str = "", base_url: str = "") -> dict[str, str] | None:
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
        return _price(found.get_prices(datetime.now(UTC)))
    return None


def _price(prices: Any) -> dict[str, str] | None:
    values = {column: getattr(prices, name, None) for column, name in _COLUMNS.items()}
    texts = {
        column: str(getattr(value, "base", value))
        for column, value in values.items()
        if value is not None
    }
    return texts if "input" in texts or "output" in texts else None


def main() -> None:
    """Answer until stdin ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(find(**json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
