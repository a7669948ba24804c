import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import msgspec

from pxbin_engine.records import CreatedKey, RequestRecord
from pxbin_engine.server import admin_items as items
from tests.support.database import a_key, a_request


def test_money_is_a_number_and_a_time_ends_in_z() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    response = items.answer({"cost": Decimal("0.0000015"), "at": at}, status=201)
    assert response.status == 201
    assert response.body == b'{"data":{"cost":0.0000015,"at":"2026-01-02T03:04:05Z"}}'


def test_an_empty_list_is_a_list() -> None:
    response = items.answer_list((), page=1, per_page=50)
    assert json.loads(response.text or "") == {
        "data": [],
        "meta": {"total": 0, "page": 1, "per_page": 50},
    }


def test_an_error_names_its_field_where_there_is_one() -> None:
    assert (
        items.answer_error(404, "not_found_error", "no").text
        == '{"error":{"type":"not_found_error","message":"no"}}'
    )
    assert (
        json.loads(items.answer_error(400, "x", "no", field="name").text or "")["error"]["field"]
        == "name"
    )


def test_a_keys_hash_is_in_no_item() -> None:
    for key in (a_key(), a_key(type="management", permissions=("read",))):
        assert key.key_hash not in str(items.key_item(key))
        assert key.key_hash not in str(items.created_key(CreatedKey(key="pxb_x", record=key)))


def test_a_log_item_has_every_field_of_its_record() -> None:
    record = a_request(llm_key_id=uuid4(), cache_write_5m_tokens=1, cache_write_1h_tokens=2)
    item = items.log_item(record)
    fields = {field.name for field in msgspec.structs.fields(RequestRecord)}
    assert item.keys() == fields - {"metadata"} | {
        "request_metadata",
        "cache_creation_tokens",
        "created_at",
    }
    assert item["cache_creation_tokens"] == 3
