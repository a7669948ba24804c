"""A request as a table shows it, and nothing of it beside: a sixth of a whole row's memory."""

from datetime import datetime
from decimal import Decimal
from sys import intern
from uuid import UUID

from msgspec import Struct

from pxbin_engine.records import Outcome, RequestRecord


class ListedRequest(Struct, frozen=True, kw_only=True, gc=False):
    """The fields are those of a ``RequestRecord``, but for ``tokens_in``: all input, fresh and cached."""

    id: UUID
    timestamp: datetime
    method: str
    path: str
    model: str
    asked_model: str
    upstream_model: str
    client_name: str
    status_code: int
    outcome: Outcome
    error_message: str | None
    tokens_in: int
    output_tokens: int
    cost: Decimal | None
    latency_ms: float


def tokens_in(record: RequestRecord | ListedRequest) -> int:
    """All input: fresh, read from the cache, and written to it."""
    if isinstance(record, ListedRequest):
        return record.tokens_in
    return record.input_tokens + record.cache_read_tokens + record.cache_creation_tokens


def listed(record: RequestRecord) -> ListedRequest:
    """What a table shows of it; names that many requests share are kept once."""
    return ListedRequest(
        id=record.id,
        timestamp=record.timestamp,
        method=intern(record.method),
        path=intern(record.path),
        model=intern(record.model),
        asked_model=intern(record.asked_model),
        upstream_model=intern(record.upstream_model),
        client_name=intern(record.client_name),
        status_code=record.status_code,
        outcome=record.outcome,
        error_message=record.error_message,
        tokens_in=tokens_in(record),
        output_tokens=record.output_tokens,
        cost=record.cost,
        latency_ms=record.latency_ms,
    )
