"""Rows: what they derive, and what they never show."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from pxbin_engine.records import CreatedKey, KeyRecord, ModelRecord, RequestRecord

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
