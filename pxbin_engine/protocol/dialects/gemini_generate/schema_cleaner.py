"""JSON Schemas as Gemini takes them in ``parametersJsonSchema`` and ``responseJsonSchema``.

These fields take any JSON Schema and leave out what the model does not know, where the older ``parameters`` refuses a
request for each keyword that OpenAPI 3.0 has not (``$schema``, ``additionalProperties``, ``const``, ``exclusiveMinimum`` ...:
"Unknown name ... Cannot find field"). What is left to do (google-gemini/gemini-cli issue 13326, anomalyco/opencode 12295):

1. A ``$ref`` is replaced by what it names: Gemini finds not all of them ("reference to undefined schema") and takes none
   that has more beside it than a description. A schema that contains itself is cut where it begins again.
2. The root says that it is an object.

A schema that needs neither goes through byte by byte.
"""

from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.wire import UNREADABLE
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.schema_cleaner import clean_schema

NO_ARGUMENTS = Raw(b'{"type":"object","properties":{}}')

_MOST_NODES = 20_000
"""Of a schema whose references are replaced; a short one can be made that would grow without end."""

_LEFT_OUT = frozenset({"$ref", "$defs", "definitions"})
_NAMED_SCHEMAS = frozenset({"properties", "patternProperties"})
_DATA = frozenset({"const", "default", "enum", "examples", "required"})
"""Keywords whose values are no schemas, whatever they look like."""

_fields = msgspec.json.Decoder(dict[str, Raw])


def encode_parameters(
    schema: Raw | None, path: str, refused: tuple[str, ...], losses: Losses
) -> Raw:
    """The parameters of the tool at ``path``; ``refused`` are keywords that the upstream is known to refuse."""
    if schema is None:
        return NO_ARGUMENTS
    try:
        fields = _fields.decode(schema)
    except UNREADABLE:
        losses.add(
            f"{path}.parameters", "The schema is no JSON object; the tool takes no arguments."
        )
        return NO_ARGUMENTS
    if "type" not in fields:
        schema = Raw(msgspec.json.encode({"type": "object", **fields}))
    return encode_schema(schema, f"{path}.parameters", refused, losses)


def encode_schema(schema: Raw, path: str, refused: tuple[str, ...], losses: Losses) -> Raw:
    """The schema that stands at ``path``, its references replaced."""
    schema = clean_schema(schema, path.removesuffix(".parameters"), refused, losses)
    if b'"$ref"' not in bytes(schema):
        return schema
    try:
        replaced = _References(msgspec.json.decode(schema), path, losses).replace()
    except (*UNREADABLE, _TooLarge):
        losses.add(
            path, "The references in the schema could not be replaced; it was sent as it is."
        )
        return schema
    return Raw(msgspec.json.encode(replaced))


class _TooLarge(Exception):
    """The schema has too many nodes once its references are replaced."""


class _References:
    """Replaces the references of one schema."""

    def __init__(self, root: Any, path: str, losses: Losses) -> None:
        self._root = root
        self._path = path
        self._losses = losses
        self._nodes = 0
        self._inside: list[str] = []

    def replace(self) -> Any:
        """The schema without references and without the definitions that they named."""
        return self._walk(self._root)

    def _walk(self, schema: Any) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise _TooLarge
        if isinstance(schema, list):
            return [self._walk(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        reference = schema.get("$ref")
        found = self._target(reference) if isinstance(reference, str) else {}
        return found | {
            name: self._walk_field(name, value)
            for name, value in schema.items()
            if name not in _LEFT_OUT
        }

    def _walk_field(self, name: str, value: Any) -> Any:
        if name in _DATA:
            return value
        if name in _NAMED_SCHEMAS and isinstance(value, dict):
            return {key: self._walk(inner) for key, inner in value.items()}
        return self._walk(value)

    def _target(self, reference: str) -> dict[str, Any]:
        found = self._find(reference)
        if not isinstance(found, dict):
            self._losses.add(self._path, f"The schema's reference {reference} leads nowhere.")
            return {}
        if reference in self._inside:
            self._losses.add(
                self._path, f"The schema {reference} contains itself; it was cut where it repeats."
            )
            return {"type": found.get("type", "object")}
        self._inside.append(reference)
        target = self._walk(found)
        self._inside.pop()
        return target if isinstance(target, dict) else {}

    def _find(self, reference: str) -> Any:
        """What a reference into the same schema names; None for one that leads elsewhere."""
        start, *steps = reference.split("/")
        if start != "#":
            return None
        found = self._root
        for step in steps:
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or name not in found:
                return None
            found = found[name]
        return found
