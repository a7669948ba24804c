"""Schemas for Gemini: references replaced, everything else byte by byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.schema_cleaner import (
    NO_ARGUMENTS,
    encode_parameters,
    encode_schema,
)
from pxbin_engine.protocol.loss import Losses


def encode(schema: Any, refused: tuple[str, ...] = ()) -> tuple[Any, list[str]]:
    losses = Losses()
    raw = Raw(json.dumps(schema).encode())
    encoded = encode_schema(raw, "tools[0].parameters", refused, losses)
    return json.loads(bytes(encoded)), [loss.path for loss in losses]


def test_a_schema_without_references_is_not_touched() -> None:
    raw = Raw(b'{ "$schema":"x", "type" : "object","properties":{"n":{"exclusiveMinimum":0}} }')
    assert encode_schema(raw, "p", (), Losses()) is raw
    assert encode_parameters(raw, "p", (), Losses()) is raw


def test_no_parameters_are_an_empty_object() -> None:
    assert encode_parameters(None, "p", (), Losses()) is NO_ARGUMENTS


def test_the_root_says_that_it_is_an_object() -> None:
    encoded = encode_parameters(Raw(b'{"properties":{"a":{ }}}'), "p", (), Losses())
    assert bytes(encoded) == b'{"type":"object","properties":{"a":{ }}}'


@pytest.mark.parametrize("schema", [b"true", b"[]", b"3", b'"x"', b"{"])
def test_what_is_no_schema_is_named(schema: bytes) -> None:
    losses = Losses()
    assert encode_parameters(Raw(schema), "tools[0]", (), losses) is NO_ARGUMENTS
    assert [loss.path for loss in losses] == ["tools[0].parameters"]


def test_a_reference_becomes_what_it_names_and_keeps_what_stands_beside_it() -> None:
    schema = {
        "$defs": {"A": {"type": "string", "description": "any"}, "a/b": {"$ref": "#/$defs/A"}},
        "properties": {
            "x": {"$ref": "#/$defs/A", "description": "this one", "default": "q"},
            "y": {"type": "array", "items": {"$ref": "#/$defs/a~1b"}},
            "z": {"$ref": "#/properties/y"},
        },
    }
    any_a = {"type": "string", "description": "any"}
    assert encode(schema) == (
        {
            "properties": {
                "x": {"type": "string", "description": "this one", "default": "q"},
                "y": {"type": "array", "items": any_a},
                "z": {"type": "array", "items": any_a},
            }
        },
        [],
    )


def test_a_property_that_is_only_named_like_a_reference_stays() -> None:
    schema = {"properties": {"$ref": {"type": "string"}, "$defs": {"type": "object"}}}
    assert encode(schema) == (schema, [])


def test_a_schema_that_contains_itself_is_cut_and_named() -> None:
    schema = {
        "definitions": {"N": {"type": "object", "properties": {"next": {"$ref": "#/definitions/N"}}}},
        "properties": {"n": {"$ref": "#/definitions/N"}, "all": {"$ref": "#"}},
    }  # fmt: skip
    encoded, lost = encode(schema)
    assert encoded["properties"]["n"]["properties"]["next"] == {"type": "object"}
    assert "$ref" not in str(encoded)
    assert set(lost) == {"tools[0].parameters"}


@pytest.mark.parametrize(
    "reference", ["#/$defs/No", "https://x/y.json", "other.json#/a", "#/a/b/c", "#anchor", ""]
)
def test_a_reference_that_leads_nowhere_is_left_out_and_named(reference: str) -> None:
    encoded, lost = encode({"a": {"b": 3}, "properties": {"x": {"$ref": reference, "title": "t"}}})
    assert encoded["properties"]["x"] == {"title": "t"}
    assert lost == ["tools[0].parameters"]


def test_a_short_schema_that_would_grow_without_end_stays_as_it_is() -> None:
    definitions: dict[str, Any] = {"n0": {"type": "string"}}
    for level in range(1, 40):
        inner = {"$ref": f"#/$defs/n{level - 1}"}
        definitions[f"n{level}"] = {"properties": {"a": inner, "b": inner}}
    schema = {"$defs": definitions, "properties": {"x": {"$ref": "#/$defs/n39"}}}
    assert encode(schema) == (schema, ["tools[0].parameters"])


def test_behaviour_16_a_keyword_that_was_refused_is_dropped() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "exclusiveMinimum": 0}}}
    encoded, lost = encode(schema, ("exclusiveMinimum",))
    assert encoded["properties"]["n"] == {"type": "integer"}
    assert lost == ["tools[0].parameters"]


SCHEMAS = st.recursive(
    st.builds(lambda at: {"$ref": at}, st.sampled_from(["#", "#/$defs/A", "#/$defs/B", "#/x"]))
    | st.just({"type": "string"}),
    lambda inner: (
        st.dictionaries(st.sampled_from(["items", "anyOf", "$defs", "not"]), inner)
        | st.builds(
            lambda fields: {"properties": fields}, st.dictionaries(st.sampled_from("ab"), inner)
        )
    ),
    max_leaves=8,
)


@given(SCHEMAS, SCHEMAS, SCHEMAS)
def test_any_references_end(root: Any, one: Any, other: Any) -> None:
    encoded, _ = encode({**root, "$defs": {"A": one, "B": other}})
    assert '"$ref"' not in json.dumps(encoded)
