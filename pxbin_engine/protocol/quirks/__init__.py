"""How upstreams deviate from their dialect, as data, and the presets that offer them.

``fields`` says what can differ; ``vendors`` and ``self_hosted`` say who differs how, with the source of each claim;
``openai_models`` are OpenAI's models wherever they are served. What an upstream's own refusals taught comes on top of
this (``protocol.lessons``).
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from pxbin_engine.protocol.quirks.fields import DEFAULT_QUIRKS, AuthHeader, Quirks
from pxbin_engine.protocol.quirks.openai_models import OPENAI_MODELS
from pxbin_engine.protocol.quirks.self_hosted import SELF_HOSTED
from pxbin_engine.protocol.quirks.vendor import Vendor
from pxbin_engine.protocol.quirks.vendors import VENDORS
from pxbin_engine.records import Preset

__all__ = ["DEFAULT_QUIRKS", "PRESETS", "AuthHeader", "Quirks", "quirks_for"]

PRESETS: tuple[Preset, ...] = tuple(
    preset for vendor in (*VENDORS, *SELF_HOSTED) for preset in vendor.presets
)
"""Every choice that a person has, in the order in which it is offered."""

_BY_PRESET = {preset.id: vendor for vendor in (*VENDORS, *SELF_HOSTED) for preset in vendor.presets}


@lru_cache(maxsize=1024)
def quirks_for(base_url: str, model: str, preset: str | None = None) -> Quirks:
    """The quirks of an upstream and of a model (by its name there, with or without a vendor's prefix).

    Args:
        preset: the id of the one that the person chose; it counts where the host alone says nothing.
    """
    vendor = _vendor_at(base_url) or _BY_PRESET.get(preset or "")
    name = model.rsplit("/", 1)[-1].lower()
    rules = (*vendor.rules, *OPENAI_MODELS) if vendor else OPENAI_MODELS
    return next((quirks for pattern, quirks in rules if re.match(pattern, name)), DEFAULT_QUIRKS)


def _vendor_at(base_url: str) -> Vendor | None:
    host = urlsplit(base_url).hostname or ""
    return next(
        (
            vendor
            for vendor in VENDORS
            if any(host == domain or host.endswith(f".{domain}") for domain in vendor.hosts)
        ),
        None,
    )
