"""The items themselves: what the stream's tests see only through the encoder."""

import pytest

from pxbin_engine.protocol.dialects.openai_responses.output_items import (
    MessageItem,
    OutputItem,
    ReasoningItem,
    WebSearchItem,
    encode_item,
)
from pxbin_engine.protocol.request import Citation


def test_an_item_shows_nothing_of_what_it_will_be_while_it_begins() -> None:
    assert MessageItem("1").encode("in_progress")["content"] == []
    reasoning = ReasoningItem("1", redacted=None, vendor=None)
    assert "encrypted_content" not in reasoning.encode("in_progress")


def test_a_summary_begins_with_its_first_text_and_only_then() -> None:
    item = ReasoningItem("1", redacted=None, vendor=None)
    assert [kind for kind, _ in item.due] == ["reasoning_summary_part.added"]
    assert item.begin() == []
    assert item.add("Hm") == "Hm"
    assert [kind for kind, _ in item.end()[1]] == [
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
    ]


def test_reasoning_without_text_has_no_part() -> None:
    assert ReasoningItem("1", redacted=None, vendor=None).end() == ("", [])


def test_a_citation_reaches_over_the_text_part_that_it_was_said_of() -> None:
    item = MessageItem("1")
    item.add("before ")
    assert item.end_text() == []
    item.cite(Citation("https://a.org", "A"))
    item.add("cited")
    ((kind, fields),) = item.end_text()
    assert kind == "output_text.annotation.added"
    assert fields["annotation_index"] == 0
    assert fields["annotation"] == {
        "type": "url_citation",
        "url": "https://a.org",
        "title": "A",
        "start_index": 7,
        "end_index": 12,
    }


def test_a_search_that_failed_is_not_completed() -> None:
    item = WebSearchItem("1", "cats")
    item.found((), "unavailable")
    assert item.end() == ("", [])
    assert item.encode("completed")["status"] == "failed"


def test_an_item_says_what_it_is() -> None:
    with pytest.raises(NotImplementedError):
        encode_item(OutputItem("1"), "completed")
