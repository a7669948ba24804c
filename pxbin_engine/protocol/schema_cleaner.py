"""JSON Schemas without the keywords that an upstream refuses; a schema without such goes through byte by byte."""

from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.loss import Losses


def clean_schema(schema: Raw, path: str, keywords: tuple[str, ...], losses: Losses) -> Raw:
    """The schema of a tool at ``path`` as it came, but for the keywords that its upstream is known to refuse."""
    if not keywords or not any(f'"{keyword}"'.encode() in bytes(schema) for keyword in keywords):
        return schema
    try:
        value = msgspec.json.decode(schema)
        dropped = _drop_keywords(value, frozenset(keywords))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"{path}.parameters: {error}") from error
    for keyword in dropped:
        losses.add(
            f"{path}.parameters",
            f"The upstream refuses the schema keyword {keyword!r}; it was dropped.",
        )
    return Raw(msgspec.json.encode(value))


def _drop_keywords(schema: Any, keywords: frozenset[str]) -> set[str]:
    """Drop the keywords in place, at every depth, but never a property that is only named like one."""
    dropped: set[str] = set()
    if isinstance(schema, list):
        for item in schema:
            dropped |= _drop_keywords(item, keywords)
    elif isinstance(schema, dict):
        dropped = {*keywords} & schema.keys()
        for keyword in dropped:
            del schema[keyword]
        for keyword, value in schema.items():
            named = keyword in ("properties", "$defs", "definitions", "patternProperties")
            inner = list(value.values()) if named and isinstance(value, dict) else value
            if keyword not in ("enum", "const", "default", "examples", "required"):
                dropped |= _drop_keywords(inner, keywords)
    return dropped
