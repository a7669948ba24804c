"""The formats of settings files, edited in place: what is not ours keeps every character.

::

    jsonc      JSON with comments: text is spliced at the places of the values
    toml       the same for TOML
    dotenv     NAME=value lines

A setting is named by its path of keys. Its *source* is the value as it stands in the text, so that what stood there before
comes back exactly as it was written.
"""

from typing import Any, Protocol

Path = tuple[str, ...]


class Format(Protocol):
    """One format. All raise ``ParseError`` for a text that cannot be read, or a key on the way that holds no table."""

    def values(self, text: str) -> dict[str, Any]:
        """The whole text, read."""

    def source(self, text: str, path: Path) -> str | None:
        """A value as it is written; None where it is not there."""

    def written(self, value: Any) -> str:
        """A value's source, as this format writes it."""

    def put(self, text: str, path: Path, source: str) -> str:
        """The text with this source as the value, in its old place or a new one; tables on the way are made."""

    def drop(self, text: str, path: Path) -> str:
        """The text without this key; unchanged where it is not there."""


def value_at(values: dict[str, Any], path: Path) -> Any:
    """A value by its path; None where it is not there."""
    found: Any = values
    for key in path:
        if not isinstance(found, dict) or key not in found:
            return None
        found = found[key]
    return found
