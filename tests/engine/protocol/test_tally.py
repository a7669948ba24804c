"""What a request is made of, kind by kind."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Document,
    FileSource,
    FunctionTool,
    Image,
    Message,
    OpaquePart,
    Part,
    Request,
    SearchCall,
    SearchHit,
    SearchResult,
    ServerTool,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    ToolResult,
    UrlSource,
)
from pxbin_engine.protocol.tally import Tally, tally
from tests.engine.protocol.test_picture import png

WORDS = "one two three four five six seven eight nine ten"
CORPUS = Path(__file__).parents[2] / "corpus" / "token_counts"


def of(*parts: Part, **fields: Any) -> Tally:
    return tally(Request("m", (Message("user", parts),), **fields), "gpt-5")


def picture(width: int, height: int) -> Base64Source:
    return Base64Source("image/png", base64.b64encode(png(width, height)).decode())


def pdf(content: bytes) -> Document:
    return Document(
        Base64Source("application/pdf", base64.b64encode(b"%PDF-1.7 " + content).decode())
    )


TEXTS = {
    "text": Text(WORDS),
    "thinking": Thinking(WORDS),
    "redacted thinking": Thinking("", redacted=WORDS),
    "call": ToolCall("id", "", WORDS),
    "result": ToolResult("id", (Text(WORDS),)),
    "document": Document(TextSource(WORDS)),
    "opaque": OpaquePart("d", "k", Raw(WORDS.encode())),
    "search": SearchCall("id", WORDS),
    "found": SearchResult("id", (SearchHit("", WORDS),)),
}


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_counts_wherever_it_stands(name: str) -> None:
    assert of(TEXTS[name]).latin == pytest.approx(of(Text(WORDS)).latin)
    assert of(TEXTS[name]).latin == pytest.approx(10, rel=0.15)


MEDIA = {
    "by its size": (Image(picture(1024, 1024)), 630),
    "low detail": (Image(picture(1024, 1024), detail="low"), 70),
    "by address": (Image(UrlSource("https://x.test/a.png")), 1500),
    "broken": (Image(Base64Source("image/png", "????")), 1500),
    "in a result": (ToolResult("id", (Image(picture(1024, 1024)),)), 630),
    "three pages": (pdf(b"/Type /Page /Type/Page /Type /Pages /Type /Page>"), 6600),
    "packed pages": (pdf(b"<< /Type /Pages /Count 12 >>"), 26400),
    "pages that cannot be seen": (pdf(b"x" * 130_000), 6600),
    "document that was uploaded": (Document(FileSource("file_1")), 2200),
    "broken document": (Document(Base64Source("application/pdf", "????")), 2200),
    "ten seconds": (Audio(Base64Source("audio/mpeg", "A" * 53_333)), 320),
}


@pytest.mark.parametrize("name", MEDIA)
def test_pictures_pages_and_sound(name: str) -> None:
    part, tokens = MEDIA[name]
    assert of(part).media == pytest.approx(tokens, rel=0.01)


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("gpt-5", 630),
        ("vendor/gpt-5", 630),
        ("claude-opus", 1399),
        ("gemini-3", 1032),
        ("glm", 1399),
    ],
)
def test_a_picture_costs_what_its_vendor_charges(model: str, tokens: int) -> None:
    request = Request("m", (Message("user", (Image(picture(1024, 1024)),)),))
    assert tally(request, model).media == tokens


def test_scripts_are_told_apart_from_latin() -> None:
    assert of(Text(WORDS)).scripts == 0
    counted = of(Text("漢字かな交じり文"))
    assert counted.scripts > 10 * counted.latin


def test_tools_stand_for_themselves() -> None:
    tools = (
        FunctionTool("look", WORDS, Raw(b'{"type":"object"}')),
        FunctionTool("bare"),
        ServerTool("d", "k", "n", Raw(b'{"type":"k"}')),
    )
    assert of(tools=tools).latin == 0
    assert of(tools=tools).tools > 15
    assert of(tools=tools).frame == of().frame + 30


def test_messages_and_calls_have_their_frame() -> None:
    assert of().frame == 7
    assert of(system=(Text("x"),)).frame == 11
    assert of(ToolCall("i", "n", ""), ToolResult("i", ())).frame == 23


def test_real_clients_bodies_are_counted_within_the_bounds() -> None:
    """A whole prompt that a tokenizer can count: texts of the corpus as the turns of a conversation."""
    truth = json.loads((CORPUS / "counts.json").read_text())
    messages = tuple(
        Message("user", (Text((CORPUS / f"{name}.txt").read_text(encoding="utf-8")),))
        for name in truth
    )
    for vocabulary, model in (("o200k", "gpt-5"), ("cl100k", "gpt-4"), ("qwen", "qwen3")):
        true = sum(counts[vocabulary] for counts in truth.values()) + 4 * len(messages) + 3
        assert 0.95 <= sum(tally(Request("m", messages), model).kinds) / true <= 1.10
