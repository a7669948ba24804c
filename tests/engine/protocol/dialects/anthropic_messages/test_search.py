"""Searches of the web and citations: Anthropic's own come back as they were, others are marked and readable."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from pxbin_engine.protocol.dialects.anthropic_messages.parts import decode_block
from pxbin_engine.protocol.dialects.anthropic_messages.search import (
    FOUND_ELSEWHERE,
    encode_citation,
    encode_search,
    is_anthropics,
)
from pxbin_engine.protocol.request import (
    Citation,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
)

OWN_HIT: dict[str, Any] = {
    "type": "web_search_result",
    "url": "https://example.com",
    "title": "X",
    "encrypted_content": "Ev0DCioIAxgC",
    "page_age": "April 30, 2025",
}


def decode(block: Any) -> Any:
    return decode_block(Raw(json.dumps(block).encode()), "at")


def test_a_search_of_anthropics_comes_back_as_it_was() -> None:
    call = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search",
            "input": {"query": "cats"}}  # fmt: skip
    result = {
        "type": "web_search_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": [OWN_HIT],
    }
    failed = result | {
        "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"}
    }
    parts = [decode(block) for block in (call, result, failed)]
    assert parts == [
        SearchCall("srvtoolu_1", "cats"),
        SearchResult(
            "srvtoolu_1",
            (SearchHit("https://example.com", "X", "April 30, 2025", opaque="Ev0DCioIAxgC"),),
        ),
        SearchResult("srvtoolu_1", error="unavailable"),
    ]
    assert all(is_anthropics(part) for part in parts)
    assert [encode_search(part) for part in parts] == [call, result, failed]


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_what_another_found_keeps_its_text_on_the_way_through_a_client(
    text: str, title: str
) -> None:
    result = SearchResult("call_1", (SearchHit("https://a.example", title, None, text),))
    call = SearchCall("call_1", "cats")
    found = [decode(encode_search(part)) for part in (call, result)]
    marked = f"{FOUND_ELSEWHERE}call_1"
    assert found == [SearchCall(marked, "cats"), SearchResult(marked, result.hits)]
    assert not any(is_anthropics(part) for part in found)


@pytest.mark.parametrize(
    "citation",
    [
        Citation("https://a.example", "A", "It is.", "Eo8BCioIAhgB"),
        Citation("https://a.example"),
    ],
)
def test_a_citation_comes_back_as_it_was(citation: Citation) -> None:
    block = {"type": "text", "text": "So.", "citations": [encode_citation(citation)]}
    assert decode(block) == Text("So.", (citation,))


@pytest.mark.parametrize(
    "citations",
    [
        [{"type": "char_location", "cited_text": "a"}],
        [encode_citation(Citation("u")), {"type": "page_location"}],
        [],
        None,
    ],
)
def test_citations_of_other_kinds_stay_as_they_came(citations: Any) -> None:
    part = decode({"type": "text", "text": "So.", "citations": citations})
    assert part == Text("So.", extensions={"anthropic_messages": {"citations": citations}})
