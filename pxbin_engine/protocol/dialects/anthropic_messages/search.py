"""Searches of the web and what a text cites of them, as blocks of the Messages API and as canonical parts.

Source: Anthropic's "Web search tool". A page carries ``encrypted_content`` and a citation ``encrypted_index``; Anthropic
wants both back and refuses others. What another vendor (or pxbin) found is marked, so that it is known when a client
brings it back: its call by ``FOUND_ELSEWHERE``, and in the place of the encrypted content stands the page's own text.
"""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages import wire
from pxbin_engine.protocol.request import (
    SYNTHETIC_SIGNATURE,
    Citation,
    Extensions,
    Part,
    SearchCall,
    SearchHit,
    SearchResult,
)

Json = dict[str, Any]

FOUND_ELSEWHERE = "srvtoolu_pxbin-found-"
"""How the id of a search begins that was not Anthropic's."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises of JSON that an earlier pass had left raw, and so unread."""

_UNENCRYPTED = f"{SYNTHETIC_SIGNATURE}text:"
_CITED_ELSEWHERE = f"{SYNTHETIC_SIGNATURE}cited"

_QUERY = msgspec.json.Decoder(dict[str, str])
_CONTENT: msgspec.json.Decoder[list[wire.SearchHit] | wire.SearchError] = msgspec.json.Decoder(
    list[wire.SearchHit] | wire.SearchError
)
_CITATION = msgspec.json.Decoder(wire.WebCitation)
_CITATIONS = msgspec.json.Decoder(list[wire.WebCitation])


def is_anthropics(search: SearchCall | SearchResult) -> bool:
    """Whether Anthropic searched and would take this back."""
    search_id = search.id if isinstance(search, SearchCall) else search.call_id
    if not search_id.startswith("srvtoolu_") or search_id.startswith(FOUND_ELSEWHERE):
        return False
    return isinstance(search, SearchCall) or all(hit.opaque is not None for hit in search.hits)


def whole_searches(parts: Iterable[Part]) -> set[str]:
    """The ids of Anthropic's searches of which both call and result are here as it made them."""
    searches = [part for part in parts if isinstance(part, SearchCall | SearchResult)]
    own = [search for search in searches if is_anthropics(search)]
    found = {search.call_id for search in own if isinstance(search, SearchResult)}
    return {search.id for search in own if isinstance(search, SearchCall)} & found


# Blocks -> parts


def decode_search_call(
    block: wire.ServerToolUseBlock, extensions: Extensions | None
) -> SearchCall | None:
    """None for another tool than the search, or where it was asked for more than a query."""
    if block.name != "web_search":
        return None
    try:
        asked = _QUERY.decode(block.input)
    except UNREADABLE:
        return None
    return SearchCall(block.id, asked["query"], extensions) if asked.keys() == {"query"} else None


def decode_search_result(
    block: wire.WebSearchResultBlock, extensions: Extensions | None
) -> SearchResult | None:
    """None where its content has what other dialects have not."""
    try:
        content = _CONTENT.decode(block.content)
    except UNREADABLE:
        return None
    if isinstance(content, wire.SearchError):
        return SearchResult(block.tool_use_id, error=content.error_code, extensions=extensions)
    hits = tuple(_decode_hit(hit) for hit in content)
    return SearchResult(block.tool_use_id, hits, extensions=extensions)


def _decode_hit(hit: wire.SearchHit) -> SearchHit:
    text = _unencrypted(hit.encrypted_content or "")
    opaque = hit.encrypted_content if text is None else None
    return SearchHit(hit.url, hit.title or "", hit.page_age, text or "", opaque)


def decode_citation(raw: Raw) -> Citation | None:
    """None for a citation of another kind than a page of the web."""
    try:
        return _decode_citation(_CITATION.decode(raw))
    except UNREADABLE:
        return None


def decode_citations(raw: Raw) -> tuple[Citation, ...]:
    """Empty unless all are of that kind."""
    try:
        return tuple(_decode_citation(said) for said in _CITATIONS.decode(raw))
    except UNREADABLE:
        return ()


def _decode_citation(said: wire.WebCitation) -> Citation:
    opaque = None if said.encrypted_index == _CITED_ELSEWHERE else said.encrypted_index
    return Citation(said.url, said.title or "", said.cited_text, opaque)


# Parts -> blocks


def encode_search(part: SearchCall | SearchResult) -> Json:
    """The block of a search or of what it found; an id of another vendor's is marked."""
    if isinstance(part, SearchResult):
        return _encode_result(part)
    block: Json = {"type": "server_tool_use", "id": search_id(part.id), "name": "web_search"}
    return {**block, "input": {"query": part.query}}


def _encode_result(result: SearchResult) -> Json:
    content: Any = [_encode_hit(hit) for hit in result.hits]
    if result.error is not None:
        content = {"type": "web_search_tool_result_error", "error_code": result.error}
    return {
        "type": "web_search_tool_result",
        "tool_use_id": search_id(result.call_id),
        "content": content,
    }


def search_id(call_id: str) -> str:
    """The id of a search as a client of this dialect is given it."""
    return call_id if call_id.startswith("srvtoolu_") else f"{FOUND_ELSEWHERE}{call_id}"


def _encode_hit(hit: SearchHit) -> Json:
    return {
        "type": "web_search_result",
        "url": hit.url,
        "title": hit.title,
        "encrypted_content": _encrypted(hit.text) if hit.opaque is None else hit.opaque,
        "page_age": hit.age,
    }


def encode_citation(citation: Citation) -> Json:
    """One citation of a page; the SDKs insist on each of these fields."""
    return {
        "type": "web_search_result_location",
        "url": citation.url,
        "title": citation.title or None,
        "cited_text": citation.quoted,
        "encrypted_index": _CITED_ELSEWHERE if citation.opaque is None else citation.opaque,
    }


def _encrypted(text: str) -> str:
    return _UNENCRYPTED + base64.b64encode(text.encode(errors="replace")).decode()


def _unencrypted(content: str) -> str | None:
    """The text that was put there; None where Anthropic encrypted it."""
    if not content.startswith(_UNENCRYPTED):
        return None
    try:
        return base64.b64decode(content.removeprefix(_UNENCRYPTED)).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""
