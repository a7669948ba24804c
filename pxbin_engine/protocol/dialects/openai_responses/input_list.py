"""The list of what a remembered response was asked, a page at a time.

Source: OpenAI's API reference ("List input items") and its SDK's types: the newest first unless ``order`` is ``asc``, 20 to a
page unless ``limit`` (1 to 100) says otherwise, after the item that ``after`` names; every item has an id, and a message's
content is a list.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.errors import ProtocolError

Json = dict[str, Any]

_PAGE, _LARGEST_PAGE = 20, 100


def encode_input_list(items: Iterable[Raw], key: str, wish: Mapping[str, str]) -> bytes:
    """One page.

    Args:
        items: the whole conversation that was answered, oldest first.
        key: what the ids are made of that clients left out.
        wish: the query's ``order``, ``limit`` and ``after``.

    Raises:
        ProtocolError: the query cannot be used.
    """
    told = [_with_id(item, f"item_{key}_{position}") for position, item in enumerate(items)]
    order = wish.get("order", "desc")
    if order not in ("asc", "desc"):
        raise ProtocolError(f"order: expected asc or desc, not {order!r}")
    if order == "desc":
        told.reverse()
    told = told[_start(told, wish.get("after")) :]
    size = _size(wish.get("limit"))
    page = told[:size]
    answer = {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": len(told) > size,
    }
    return msgspec.json.encode(answer)


def _with_id(raw: Raw, made: str) -> Json:
    item: Json = {"id": made, "type": "message", **msgspec.json.decode(raw, type=Json)}
    if item["type"] == "message" and isinstance(item.get("content"), str):
        kind = "output_text" if item.get("role") == "assistant" else "input_text"
        item["content"] = [{"type": kind, "text": item["content"]}]
    return item


def _start(told: list[Json], after: str | None) -> int:
    if after is None:
        return 0
    ids = [item["id"] for item in told]
    if after not in ids:
        raise ProtocolError(f"after: there is no item {after!r}")
    return ids.index(after) + 1


def _size(limit: str | None) -> int:
    if limit is None:
        return _PAGE
    if not limit.isdecimal() or not 1 <= int(limit) <= _LARGEST_PAGE:
        raise ProtocolError(f"limit: expected 1 to {_LARGEST_PAGE}, not {limit!r}")
    return int(limit)
