"""``annotations``: the pages of the web that a text cites.

Source: OpenAI's API reference, ``message.annotations`` (``url_citation`` with ``url``, ``title``, ``start_index`` and ``end_index``);
OpenRouter adds the page's words as ``content`` ("Web Search").
"""

from collections.abc import Iterable
from typing import Any

from pxbin_engine.protocol.request import Citation, Part, Text


def decode_annotations(annotations: Iterable[dict[str, Any]] | None) -> tuple[Citation, ...]:
    """The citations; annotations of other kinds (files) are none."""
    found = (annotation.get("url_citation") for annotation in annotations or ())
    return tuple(
        Citation(said["url"], _string(said, "title"), _string(said, "content"))
        for said in found
        if isinstance(said, dict) and isinstance(said.get("url"), str)
    )


def encode_annotation(citation: Citation, start: int, end: int) -> dict[str, Any]:
    """One citation of the text between two places in the message."""
    said: dict[str, Any] = {
        "url": citation.url,
        "title": citation.title,
        "start_index": start,
        "end_index": end,
    }
    if citation.quoted:
        said["content"] = citation.quoted
    return {"type": "url_citation", "url_citation": said}


def encode_annotations(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """What the texts of a message cite, each text as the place that does."""
    annotations = []
    start = 0
    for part in parts:
        if isinstance(part, Text):
            end = start + len(part.text)
            annotations += [encode_annotation(said, start, end) for said in part.citations]
            start = end
    return annotations


def _string(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
