"""What the management API answers: the items of the lists, whose field names scripts rely on, and the envelope."""

from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from pxbin_engine.records import CreatedKey, KeyRecord, RequestRecord

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


def created_key(created: CreatedKey) -> dict[str, Any]:
    """A new key, with its plaintext."""
    record = created.record
    return {
        "key": created.key,
        "id": record.id,
        "type": record.type,
        "name": record.name,
        "created_at": record.created_at,
    }


def key_item(record: KeyRecord) -> dict[str, Any]:
    """A key without its hash; an llm key has limits and metadata, a management key permissions."""
    item = {
        "id": record.id,
        "type": record.type,
        "key_prefix": record.key_prefix,
        "name": record.name,
        "is_active": record.is_active,
        "expires_at": record.expires_at,
        "last_used_at": record.last_used_at,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }
    if record.type == "management":
        return item | {"permissions": record.permissions}
    return item | {
        "rate_limit": record.rate_limit,
        "tokens_per_minute": record.tokens_per_minute,
        "max_concurrency": record.max_concurrency,
        "allowed_models": record.allowed_models,
        "metadata": record.metadata,
    }


def log_item(record: RequestRecord) -> dict[str, Any]:
    """A row of the log; the names of the original API, then everything else that is known."""
    item = msgspec.structs.asdict(record)
    return item | {
        "cache_creation_tokens": record.cache_creation_tokens,
        "request_metadata": item.pop("metadata"),
        "created_at": record.timestamp,
    }
