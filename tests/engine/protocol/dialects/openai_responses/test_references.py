"""What a request only points to, put in its place; what is not known stays."""

import json
from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses.references import (
    Turn,
    conversation,
    item_id,
    put_in_place,
)


class Remembered:
    """A memory as plain as can be."""

    def __init__(self, *turns: Turn) -> None:
        self._turns = {turn.id: turn for turn in turns}
        self._items = {
            item["id"]: item for turn in turns for item in json.loads(turn.answer)["output"]
        }

    def turn(self, response_id: str) -> Turn | None:
        return self._turns.get(response_id)

    def item(self, item_id: str) -> Raw | None:
        item = self._items.get(item_id)
        return Raw(json.dumps(item).encode()) if item else None


CALL = {"id": "fc_1", "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
SEARCH = {"id": "ws_1", "type": "web_search_call", "action": {"type": "search", "query": "q"}}
SAID = {"id": "msg_2", "type": "message", "role": "assistant", "content": []}
RESULT = {"type": "function_call_output", "call_id": "c", "output": "so"}


def turn(number: int, asked: Any, *output: Any, previous: str | None = None) -> Turn:
    answer = {"id": f"resp_{number}", "output": output}
    return Turn(f"resp_{number}", previous, json.dumps(asked).encode(), json.dumps(answer).encode())


MEMORY = Remembered(
    turn(1, "Hi", CALL, SEARCH),
    turn(2, [{"type": "item_reference", "id": "ws_1"}, RESULT], SAID, previous="resp_1"),
    turn(3, "Bye", previous="resp_lost"),
)
HI = {"type": "message", "role": "user", "content": "Hi"}


def nameless(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "id"}


def reference(item: str) -> dict[str, Any]:
    return {"type": "item_reference", "id": item}


@pytest.mark.parametrize(
    ("body", "items"),
    [
        ({"input": [reference("fc_1"), RESULT]}, [nameless(CALL), RESULT]),
        ({"input": [reference("ws_1")]}, [SEARCH]),
        ({"input": [reference("fc_1"), reference("gone")]}, [nameless(CALL), reference("gone")]),
        (
            {"previous_response_id": "resp_1", "input": [RESULT]},
            [HI, nameless(CALL), SEARCH, RESULT],
        ),
        ({"previous_response_id": "resp_1"}, [HI, nameless(CALL), SEARCH]),
        (
            {"input": "And?", "previous_response_id": "resp_2"},
            [
                HI,
                nameless(CALL),
                SEARCH,
                SEARCH,
                RESULT,
                nameless(SAID),
                {"type": "message", "role": "user", "content": "And?"},
            ],
        ),
    ],
    ids=["a call", "a search", "one is gone", "previous", "nothing more", "two turns, a text"],
)
def test_what_is_known_is_put_in_its_place(body: dict[str, Any], items: list[Any]) -> None:
    put = json.loads(put_in_place(json.dumps({"model": "m", **body}).encode(), MEMORY))
    assert put == {"model": "m", "input": items}


@pytest.mark.parametrize(
    "body",
    [
        b'{"model": "m", "input": "previous_response_id"}',
        b'{"model": "m", "input": [{"type": "item_reference", "id": "gone"}]}',
        b'{"model": "m", "input": "Hi", "previous_response_id": "gone"}',
        b'{"model": "m", "input": "Hi", "previous_response_id": "resp_3"}',
        b'{"model": "m", "input": "Hi", "previous_response_id": null}',
        b'{"model": "m", "input": 3, "previous_response_id": "resp_1"}',
        b'{"model": "m", "input": "Hi", "previous_response_id": 3}',
        b'{"model": "m", "input": [{"type": "item_reference", "id": 3}, 4, "item_reference"]}',
        b'["item_reference"]',
        b'{"previous_response_id"',
        b'{"previous_response_id": "\xff"}',
    ],
)
def test_a_request_that_points_to_nothing_known_is_not_touched(body: bytes) -> None:
    assert put_in_place(body, MEMORY) is body


def test_what_is_not_known_stays_beside_what_is() -> None:
    body = {"input": [reference("fc_1")], "previous_response_id": "gone"}
    put = json.loads(put_in_place(json.dumps(body).encode(), MEMORY))
    assert put == {"input": [nameless(CALL)], "previous_response_id": "gone"}


def test_a_conversation_is_known_whole_or_not_at_all() -> None:
    assert conversation("resp_3", MEMORY) is None
    assert conversation(None, MEMORY) == []


@pytest.mark.parametrize(
    ("item", "known"), [(b'{"id":"a"}', "a"), (b"{}", None), (b'{"id":3}', None), (b"[", None)]
)
def test_ids_of_items(item: bytes, known: str | None) -> None:
    assert item_id(item) == known
