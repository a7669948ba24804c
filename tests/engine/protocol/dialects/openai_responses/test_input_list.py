"""What a response was asked, page by page."""

import json
from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.openai_responses.input_list import encode_input_list

ITEMS = [
    Raw(b'{"role":"user","content":"Hi"}'),
    Raw(b'{"type":"message","role":"assistant","content":"Hello"}'),
    Raw(b'{"type":"function_call_output","call_id":"c","output":"so","id":"own"}'),
]


def page(**wish: str) -> Any:
    return json.loads(encode_input_list(ITEMS, "k", wish))


def ids(**wish: str) -> list[str]:
    return [item["id"] for item in page(**wish)["data"]]


def test_every_item_has_an_id_and_a_message_has_parts() -> None:
    assert page(order="asc") == {
        "object": "list",
        "data": [
            {
                "id": "item_k_0",
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hi"}],
            },
            {
                "id": "item_k_1",
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Hello"}],
            },
            {"id": "own", "type": "function_call_output", "call_id": "c", "output": "so"},
        ],
        "first_id": "item_k_0",
        "last_id": "own",
        "has_more": False,
    }


def test_pages_follow_each_other() -> None:
    assert ids() == ["own", "item_k_1", "item_k_0"]
    first = page(limit="2")
    assert (first["has_more"], first["last_id"]) == (True, "item_k_1")
    assert ids(after=first["last_id"]) == ["item_k_0"]
    assert page(after="item_k_0")["first_id"] is None


@pytest.mark.parametrize(
    "wish", [{"order": "up"}, {"limit": "0"}, {"limit": "101"}, {"limit": "-1"}, {"after": "x"}]
)
def test_a_query_that_cannot_be_used_is_refused_by_its_name(wish: dict[str, str]) -> None:
    with pytest.raises(ProtocolError, match=next(iter(wish))):
        page(**wish)
