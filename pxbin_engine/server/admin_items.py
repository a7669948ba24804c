"""What the management API answers: the items of the lists, whose field names scripts rely on, and the envelope."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import Struct

from pxbin_engine.records import CreatedKey, KeyRecord, KeyType, Permission, RequestRecord


class Deleted(TypedDict):
    """How many are gone."""

    deleted: int


class CreatedKeyItem(TypedDict):
    """A new key, with its plaintext: shown once, here only."""

    key: str
    id: UUID
    type: KeyType
    name: str
    created_at: datetime


class _AnyKeyItem(Struct, frozen=True, kw_only=True, tag_field="type"):
    id: UUID
    key_prefix: str
    name: str
    is_active: bool
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ManagementKeyItem(_AnyKeyItem, frozen=True, tag="management"):
    """A key of the management API; never its hash."""

    permissions: tuple[Permission, ...]


class LlmKeyItem(_AnyKeyItem, frozen=True, tag="llm"):
    """A key of the proxy; never its hash."""

    rate_limit: int | None
    tokens_per_minute: int | None
    max_concurrency: int | None
    allowed_models: tuple[str, ...]
    metadata: dict[str, Any]


KeyItem = LlmKeyItem | ManagementKeyItem

LogItem = msgspec.defstruct(
    "LogItem",
    [
        *(
            ("request_metadata" if field.name == "metadata" else field.name, field.type)
            for field in msgspec.structs.fields(RequestRecord)
        ),
        ("cache_creation_tokens", int),
        ("created_at", datetime),
    ],
)
"""A row of the log, as ``log_item`` gives it."""

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: object, *, status: int = 200) -> web.Response:
    """``value`` as JSON: money as numbers, times in RFC 3339 with Z."""
    return web.Response(body=_encoder.encode(value), status=status, content_type="application/json")


def answer(data: object, *, status: int = 200) -> web.Response:
    """One thing in the envelope."""
    return encode({"data": data}, status=status)


def answer_page(
    items: Sequence[object], *, total: int, page: int, per_page: int, **more: object
) -> web.Response:
    """One page of a list in the envelope."""
    meta = {"total": total, "page": page, "per_page": per_page, **more}
    return encode({"data": items, "meta": meta})


def answer_list(items: Sequence[object], *, page: int, per_page: int) -> web.Response:
    """The page of a list that is whole in memory."""
    first = (page - 1) * per_page
    return answer_page(
        items[first : first + per_page], total=len(items), page=page, per_page=per_page
    )


def answer_error(status: int, kind: str, message: str, *, field: str = "") -> web.Response:
    """The one shape of an error, everywhere under /api/."""
    error = {"type": kind, "message": message} | ({"field": field} if field else {})
    return encode({"error": error}, status=status)


def created_key(created: CreatedKey) -> CreatedKeyItem:
    """A new key, with its plaintext."""
    record = created.record
    return {
        "key": created.key,
        "id": record.id,
        "type": record.type,
        "name": record.name,
        "created_at": record.created_at,
    }


def key_item(record: KeyRecord) -> KeyItem:
    """A key without its hash; an llm key has limits and metadata, a management key permissions."""
    kind = ManagementKeyItem if record.type == "management" else LlmKeyItem
    return kind(**{name: getattr(record, name) for name in kind.__struct_fields__})


def log_item(record: RequestRecord) -> dict[str, Any]:
    """A row of the log; the names of the original API, then everything else that is known."""
    item = msgspec.structs.asdict(record)
    return item | {
        "cache_creation_tokens": record.cache_creation_tokens,
        "request_metadata": item.pop("metadata"),
        "created_at": record.timestamp,
    }
