"""Google's Schema told as JSON Schema."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.schema import json_schema, usual_json_schema


def convert(schema: Any) -> Any:
    return msgspec.json.decode(json_schema(Raw(msgspec.json.encode(schema))))


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "STRING"}, {"type": "string"}),
        ({"type": "TYPE_UNSPECIFIED", "title": "x"}, {"title": "x"}),
        ({"type": ["STRING", "NULL"]}, {"type": ["string", "null"]}),
        ({"type": "INTEGER", "nullable": True}, {"type": ["integer", "null"]}),
        ({"type": "INTEGER", "nullable": False}, {"type": "integer"}),
        (
            {"type": "STRING", "enum": ["a"], "format": "enum", "nullable": True},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            {"type": "INTEGER", "enum": ["1", "-2", "x", "--3", "9" * 5000]},
            {"type": "integer", "enum": [1, -2, "x", "--3", "9" * 5000]},
        ),
        (
            {"any_of": [{"type": "STRING"}, {"type": "NUMBER"}], "nullable": True},
            {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
        ),
        (
            {"type": "ARRAY", "items": {"type": "STRING"}, "minItems": "1", "max_items": 3},
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
        ),
        ({"type": "STRING", "maxLength": "many"}, {"type": "string", "maxLength": "many"}),
        ({"type": "STRING", "example": "a"}, {"type": "string", "examples": ["a"]}),
        (
            {"ref": "#/defs/Pet", "defs": {"Pet": {"type": "OBJECT"}}},
            {"$ref": "#/$defs/Pet", "$defs": {"Pet": {"type": "object"}}},
        ),
        (
            {"type": "OBJECT", "additionalProperties": {"type": "STRING"}},
            {"type": "object", "additionalProperties": {"type": "string"}},
        ),
        (
            {"type": "OBJECT", "additional_properties": False},
            {"type": "object", "additionalProperties": False},
        ),
        (
            {"type": "STRING", "default": {"type": "X"}},
            {"type": "string", "default": {"type": "X"}},
        ),
    ],
)
def test_each_keyword_is_told_in_json_schemas_words(schema: Any, told: Any) -> None:
    assert convert(schema) == told


def test_properties_are_ordered_as_asked_and_named_as_they_were() -> None:
    names = ["type", "any_of", "nullable", "max_items"]
    schema = {
        "type": "OBJECT",
        "properties": {name: {"type": "STRING"} for name in names},
        "propertyOrdering": ["max_items", "gone", {}, "type"],
    }
    told = convert(schema)
    assert list(told["properties"]) == ["max_items", "type", "any_of", "nullable"]
    assert all(value == {"type": "string"} for value in told["properties"].values())
    assert "propertyOrdering" not in told


def test_a_json_schema_is_the_same_as_json_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": ["string", "null"], "enum": ["A"]}},
        "$defs": {},
    }
    assert convert(schema) == schema
    raw = Raw(b'{ "type" : "object", "enum": ["A"] }')
    assert usual_json_schema(raw) is raw


def test_googles_types_in_a_json_schema_are_understood() -> None:
    told = usual_json_schema(Raw(b'{"type":"OBJECT","properties":{"a":{"type":"INTEGER"}}}'))
    assert bytes(told) == b'{"type":"object","properties":{"a":{"type":"integer"}}}'
