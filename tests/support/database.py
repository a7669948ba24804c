"""A migrated, empty database for a test, and rows to put into it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from pxbin_engine.records import (
    BudgetRecord,
    KeyRecord,
    ModelRecord,
    RequestRecord,
    UpstreamKeyRecord,
    UpstreamRecord,
)
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.migrations import migrate

NOW = datetime(2026, 11, 23, 12, 34, 56, 789000, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str, schema: str) -> AsyncIterator[Database]:
    """A pool on a schema of this test alone, with all tables, empty."""
    await migrate(database_url, schema=schema)
    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=5)
    yield database
    await database.close()


def uuid7(at: datetime = NOW) -> UUID:
    """A version 7 id whose time is ``at``."""
    milliseconds = round(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | uuid4().int & (1 << 62) - 1)


def a_key(**values: Any) -> KeyRecord:
    """An LLM key with a hash of its own."""
    defaults = {
        "id": uuid4(),
        "type": "llm",
        "name": "laptop",
        "key_prefix": "pxb_0000",
        "key_hash": uuid4().hex,
    }
    return KeyRecord(**defaults | {"created_at": NOW, "updated_at": NOW} | values)


def an_upstream(**values: Any) -> UpstreamRecord:
    """An upstream named ``main``."""
    defaults = {
        "id": uuid4(),
        "name": "main",
        "base_url": "http://127.0.0.1:9/v1",
        "format": "openai",
    }
    return UpstreamRecord(**defaults | {"created_at": NOW, "updated_at": NOW} | values)


def an_upstream_key(**values: Any) -> UpstreamKeyRecord:
    """One of an upstream's keys."""
    defaults = {"id": uuid4(), "secret_place": "keyring", "created_at": NOW, "updated_at": NOW}
    return UpstreamKeyRecord(**defaults | values)


def a_model(**values: Any) -> ModelRecord:
    """A model without targets."""
    return ModelRecord(
        **{"id": uuid4(), "name": "gpt-4o", "created_at": NOW, "updated_at": NOW} | values
    )


def a_request(*, at: datetime = NOW, **values: Any) -> RequestRecord:
    """A request that arrived ``at`` and went well."""
    defaults = {
        "id": uuid7(at),
        "timestamp": at,
        "method": "POST",
        "path": "/v1/messages",
        "status_code": 200,
    }
    return RequestRecord(**defaults | values)


def a_budget(**values: Any) -> BudgetRecord:
    """Ten dollars a month for all."""
    defaults = {"id": uuid4(), "name": "all", "limit": Decimal(10)}
    return BudgetRecord(**defaults | {"created_at": NOW, "updated_at": NOW} | values)
