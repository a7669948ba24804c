"""Google's ``Schema`` -> JSON Schema.

``Schema`` is a part of OpenAPI 3.0 (ai.google.dev/api/caching#Schema): types in capitals, ``nullable``, 64-bit limits as
strings, an order of its properties, and names in two spellings. Keywords that both know stay as they are.
"""

import re
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.wire import Json

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_CAPITAL_TYPE = re.compile(rb'"type"\s*:\s*"[A-Z]')

_RENAMED = {
    "additional_properties": "additionalProperties",
    "any_of": "anyOf",
    "defs": "$defs",
    "max_items": "maxItems",
    "max_length": "maxLength",
    "max_properties": "maxProperties",
    "min_items": "minItems",
    "min_length": "minLength",
    "min_properties": "minProperties",
    "property_ordering": "propertyOrdering",
    "ref": "$ref",
}
_LIMITS = ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties")
_BY_NAME = ("properties", "$defs")
_SCHEMAS = ("anyOf", "items", "additionalProperties", "prefixItems", "oneOf", "allOf")
_UNSPECIFIED = "TYPE_UNSPECIFIED"


def json_schema(schema: Raw) -> Raw:
    """The JSON Schema that says the same. Raises ``msgspec.DecodeError`` or ``RecursionError``."""
    return Raw(msgspec.json.encode(_convert(msgspec.json.decode(schema))))


def usual_json_schema(schema: Raw) -> Raw:
    """A JSON Schema as it came; Gemini CLI writes Google's types in some, and Google takes them. Raises as above."""
    if _CAPITAL_TYPE.search(bytes(schema)) is None:
        return schema
    return json_schema(schema)


def _convert(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_convert(item) for item in schema]
    return _convert_object(schema) if isinstance(schema, dict) else schema


def _convert_object(schema: Json) -> Json:
    converted = {_RENAMED.get(name, name): value for name, value in schema.items()}
    for name, value in converted.items():
        converted[name] = _convert_value(name, value)
    _convert_type(converted)
    if "example" in converted:
        converted["examples"] = [converted.pop("example")]
    _order_properties(converted)
    return converted


def _convert_value(name: str, value: Any) -> Any:
    if name in _BY_NAME and isinstance(value, dict):
        return {key: _convert(inner) for key, inner in value.items()}
    if name in _SCHEMAS:
        return _convert(value)
    if name in _LIMITS:
        return _number(value)
    if name == "$ref" and isinstance(value, str):
        return value.replace("#/defs/", "#/$defs/")
    return value


def _convert_type(schema: Json) -> None:
    """Types in small letters; ``nullable`` as a second type or a further choice."""
    kind = schema.get("type")
    if kind == _UNSPECIFIED:
        del schema["type"]
    elif isinstance(kind, str):
        schema["type"] = kind.lower()
    elif isinstance(kind, list):
        schema["type"] = [each.lower() if isinstance(each, str) else each for each in kind]
    _convert_enum(schema)
    if schema.pop("nullable", None) is True:
        _allow_null(schema)


def _convert_enum(schema: Json) -> None:
    """Google's values are always strings, also of numbers; ``format: enum`` only says that there are some."""
    values = schema.get("enum")
    if not isinstance(values, list):
        return
    if schema.get("format") == "enum":
        del schema["format"]
    if schema.get("type") == "integer":
        schema["enum"] = [_number(value) for value in values]


def _number(value: Any) -> Any:
    """A number that was said as a string; anything else as it is."""
    return int(value) if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value) else value


def _allow_null(schema: Json) -> None:
    if isinstance(kind := schema.get("type"), str):
        schema["type"] = [kind, "null"]
    elif isinstance(choices := schema.get("anyOf"), list):
        schema["anyOf"] = [*choices, {"type": "null"}]
    if isinstance(values := schema.get("enum"), list) and None not in values:
        schema["enum"] = [*values, None]


def _order_properties(schema: Json) -> None:
    """Of JSON Schema the properties' own order is their order."""
    order = schema.pop("propertyOrdering", None)
    properties = schema.get("properties")
    if isinstance(order, list) and isinstance(properties, dict):
        named = [name for name in order if isinstance(name, str) and name in properties]
        first = {name: properties[name] for name in named}
        schema["properties"] = first | properties
