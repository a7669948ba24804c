"""Schemas with and without keywords that an upstream refuses."""

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.schema_cleaner import clean_schema


def test_behaviour_16_a_schema_without_them_goes_through_byte_by_byte() -> None:
    schema = Raw(b'{"type":"object", "properties" : {"a":{"exclusiveMinimum":0}}}')
    assert clean_schema(schema, "tools[0]", ("$schema",), Losses()) is schema


def test_behaviour_16_only_refused_keywords_are_dropped_at_every_depth_and_named() -> None:
    schema = Raw(
        b'{"type":"object","$schema":"x","required":["$schema"],"properties":{"$schema":{"type":"string",'
        b'"enum":["$schema"]},"deep":{"anyOf":[{"$schema":1,"type":"null"}]}}}'
    )
    losses = Losses()
    assert msgspec.json.decode(clean_schema(schema, "tools[0]", ("$schema",), losses)) == {
        "type": "object",
        "required": ["$schema"],
        "properties": {
            "$schema": {"type": "string", "enum": ["$schema"]},
            "deep": {"anyOf": [{"type": "null"}]},
        },
    }
    assert [loss.path for loss in losses] == ["tools[0].parameters"]
