"""Both spellings of a field, and JSON as it came."""

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.wire import (
    in_camel_case,
    in_one_line,
    is_said,
    items_of,
)


@pytest.mark.parametrize(
    ("body", "usual"),
    [
        ({"generation_config": {"top_p": 1}}, {"generationConfig": {"topP": 1}}),
        (
            {"contents": [{"parts": [{"inline_data": {"mime_type": "a", "data": "b"}}]}]},
            {"contents": [{"parts": [{"inlineData": {"mimeType": "a", "data": "b"}}]}]},
        ),
        (
            {"tool_config": {"function_calling_config": {"allowed_function_names": ["top_p"]}}},
            {"toolConfig": {"functionCallingConfig": {"allowedFunctionNames": ["top_p"]}}},
        ),
        (
            {"generationConfig": {"thinkingConfig": {"include_thoughts": True}}},
            {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}},
        ),
    ],
)
def test_the_names_of_protobuf_become_the_usual_ones(body: object, usual: object) -> None:
    assert msgspec.json.decode(in_camel_case(msgspec.json.encode(body))) == usual


@pytest.mark.parametrize("field", ["args", "response", "parameters", "responseSchema", "labels"])
def test_names_of_the_clients_own_stay(field: str) -> None:
    body = {field: {"top_p": {"mime_type": 1}}, "function_call": 1}
    told = msgspec.json.decode(in_camel_case(msgspec.json.encode(body)))
    assert told == {field: {"top_p": {"mime_type": 1}}, "functionCall": 1}


def test_a_usual_body_is_not_touched() -> None:
    body = b'{ "contents": [ {"parts": [{"text": "say \\"top_p\\": 1e2"}]} ] }'
    assert in_camel_case(body) is body


def test_null_is_as_good_as_nothing() -> None:
    assert [is_said(Raw(said)) for said in (b"", b"null", b"{}", b"0")] == [
        False,
        False,
        True,
        True,
    ]


def test_a_list_of_one_may_be_that_one() -> None:
    for said in (b'[{"a":1}]', b'{"a":1}'):
        assert [bytes(item) for item in items_of(Raw(said))] == [b'{"a":1}']
    assert items_of(Raw(b"null")) == items_of(Raw(b"[]")) == []


def test_json_is_put_into_one_line_without_changing_a_value() -> None:
    assert in_one_line(b'{\r\n  "a": 1e2,\n "b": "\\n"}') == b'{"a":1e2,"b":"\\n"}'
    assert in_one_line(b'{"a": 1}') == b'{"a": 1}'
