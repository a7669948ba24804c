"""Rows: what they derive, and what they never show."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from pxbin_engine.records import (
    CreatedKey,
    KeyRecord,
    ModelRecord,
    RecordedMessage,
    Recording,
    RequestRecord,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ID = UUID(int=1)


def test_a_key_never_shows_its_plaintext_or_hash() -> None:
    record = KeyRecord(
        id=ID,
        type="llm",
        name="laptop",
        key_prefix="pxb_1234",
        key_hash="f" * 64,
        created_at=NOW,
        updated_at=NOW,
    )
    shown = repr(CreatedKey(key="pxb_secret", record=record))
    assert "secret" not in shown
    assert "ffff" not in shown


def test_cache_creation_is_both_lifetimes() -> None:
    record = RequestRecord(
        id=ID,
        timestamp=NOW,
        method="POST",
        path="/",
        cache_write_5m_tokens=2,
        cache_write_1h_tokens=3,
    )
    assert record.cache_creation_tokens == 5


def test_a_models_price_row_keeps_unknown_apart_from_zero() -> None:
    model = ModelRecord(
        id=ID,
        name="m",
        input_cost_per_million=Decimal(0),
        price_source="model",
        created_at=NOW,
        updated_at=NOW,
    )
    assert model.price.input == 0
    assert model.price.output is None


def test_a_message_of_a_recording_is_found_by_its_side_and_attempt() -> None:
    asked = RecordedMessage(side="client_request", headers=(("X-A", "1"), ("x-a", "2")))
    first, second = (
        RecordedMessage(side="upstream_response", attempt=n, status=500) for n in (1, 2)
    )
    recording = Recording(request_id=ID, timestamp=NOW, messages=(asked, first, second))
    assert recording.of("upstream_response") == (first, second)
    assert recording.find("upstream_response") == second
    assert recording.find("upstream_response", 1) == first
    assert recording.find("upstream_response", 3) is None
    assert recording.find("client_response") is None
    assert (asked.header("X-a"), asked.header("x-b")) == ("1", "")
