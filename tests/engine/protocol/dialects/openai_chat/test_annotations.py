"""Citations as OpenAI's annotations, and back."""

from typing import Any

import pytest

from pxbin_engine.protocol.dialects.openai_chat.annotations import (
    decode_annotations,
    encode_annotations,
)
from pxbin_engine.protocol.request import Citation, Text, Thinking

CITED = Citation("https://a.example", "A", "It is.")


def test_each_text_is_the_place_that_cites() -> None:
    parts = (Text("So: "), Thinking("Hm."), Text("it is.", (CITED, Citation("https://b.example"))))
    annotations = encode_annotations(parts)
    places = [
        (said["url_citation"]["start_index"], said["url_citation"]["end_index"])
        for said in annotations
    ]
    assert places == [(4, 10), (4, 10)]
    assert decode_annotations(annotations) == (CITED, Citation("https://b.example"))


@pytest.mark.parametrize(
    "annotation",
    [
        {"type": "file", "file": {"hash": "x"}},
        {"type": "url_citation"},
        {"type": "url_citation", "url_citation": {"title": "no address"}},
    ],
)
def test_other_annotations_are_no_citations(annotation: dict[str, Any]) -> None:
    assert decode_annotations([annotation]) == ()
    assert decode_annotations(None) == ()
