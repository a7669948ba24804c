"""Texts without the keys that do not belong there: an upstream's, which it repeats in its errors, and pxbin's own, which a
client put into a path."""

import re
from collections.abc import Iterable

SHORTEST_SECRET = 12
"""Characters below which a key is no secret (``ollama``, ``none``) but a word that may stand in any text."""

_IN_PLACE = "(the key)"


def without_secrets(text: str, secrets: Iterable[str | None]) -> str:
    """``text`` with each of ``secrets`` taken out."""
    for secret in secrets:
        if secret and len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, _IN_PLACE)
    return text


def bytes_without_secret(content: bytes, secret: str) -> bytes:
    """The same for bytes and one secret."""
    if len(secret) < SHORTEST_SECRET:
        return content
    return content.replace(secret.encode(), _IN_PLACE.encode())


_OWN_KEY = re.compile(r"(px[bm]_[0-9a-f]{4})[0-9a-f]{8,}", re.IGNORECASE)


def without_own_keys(text: str) -> str:
    """``text`` with the keys of pxbin in it cut to what lists show of them."""
    return _OWN_KEY.sub("\\1\N{HORIZONTAL ELLIPSIS}", text) if "_" in text else text
