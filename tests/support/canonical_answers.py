"""Hypothesis strategies for canonical answers: every part that a model's turn can have, from every vendor."""

import msgspec
from hypothesis import strategies as st
from msgspec import Raw

from pxbin_engine.protocol.request import (
    Base64Source,
    Citation,
    Image,
    OpaquePart,
    Part,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
    UrlSource,
)
from pxbin_engine.protocol.response import Response, StopReason, Usage

VENDORS = ("anthropic_messages", "openai_chat", "openai_responses", "gemini_generate")

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1)
urls = st.sampled_from(["https://a.example", "https://b.example/cats?q=1"])
citations = st.builds(Citation, urls, words, words)
texts = st.builds(Text, words, st.lists(citations, max_size=2).map(tuple))


@st.composite
def thoughts(draw: st.DrawFn) -> Thinking:
    """Signed by a vendor, encrypted by one, or by nobody."""
    vendor = draw(st.sampled_from(VENDORS))
    if vendor == "openai_chat":
        detail = {"data": draw(st.sampled_from("abc")), "type": "reasoning.encrypted"}
        return Thinking(draw(words), msgspec.json.encode(detail).decode(), vendor=vendor)
    proof = draw(st.text("abcXYZ019+/=", min_size=1))
    return draw(
        st.sampled_from(
            [
                Thinking(draw(words), proof, vendor=vendor),
                Thinking("", proof, vendor=vendor),
                Thinking("", redacted=proof, vendor=vendor),
                Thinking(draw(words)),
            ]
        )
    )


@st.composite
def searches(draw: st.DrawFn) -> tuple[Part, ...]:
    """A search and what it found."""
    number = draw(st.integers(0, 99))
    hits = draw(st.lists(st.builds(SearchHit, urls, words, st.none() | words, words), max_size=2))
    return SearchCall(f"ws_{number}", draw(words)), SearchResult(f"ws_{number}", tuple(hits))


images = st.sampled_from(
    [Image(Base64Source("image/png", "iVBO")), Image(UrlSource("https://a.example/a.png"))]
)
opaque_parts = st.sampled_from(
    [OpaquePart(vendor, "code_execution", Raw(b'{"type":"code_execution"}')) for vendor in VENDORS]
)


@st.composite
def answers(draw: st.DrawFn) -> Response:
    """A whole answer; its calls stand last, each with an id of its own."""
    single = st.one_of(texts, thoughts(), images, opaque_parts).map(lambda part: (part,))
    pieces = draw(st.lists(st.one_of(single, searches()), max_size=6))
    names = draw(st.lists(st.sampled_from(["read", "patch"]), max_size=3))
    calls = tuple(
        ToolCall(f"call_{number}", name, '{"input":"a"}') for number, name in enumerate(names)
    )
    parts = tuple(part for piece in pieces for part in piece) + calls
    stop = StopReason("tool_use" if calls else "end_turn")
    return Response("id_1", "m", parts, stop, Usage(input_tokens=3, output_tokens=4))
