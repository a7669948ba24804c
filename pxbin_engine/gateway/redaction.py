"""What an upstream says, without the keys that it was sent: some repeat them in their errors."""

from collections.abc import Iterable

_SHORTEST_SECRET = 12
"""Characters below which a key is no secret (``ollama``, ``none``) but a word that may stand in any text."""

_IN_PLACE = "(the key)"


def without_secrets(text: str, secrets: Iterable[str | None]) -> str:
    """``text`` with each of ``secrets`` taken out."""
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, _IN_PLACE)
    return text


def bytes_without_secret(content: bytes, secret: str) -> bytes:
    """The same for bytes and one secret."""
    if len(secret) < _SHORTEST_SECRET:
        return content
    return content.replace(secret.encode(), _IN_PLACE.encode())
