"""The parts of a turn as an upstream gets them; the corpus of ``test_request_encoder`` has them whole."""

from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses.content_encoder import (
    ContentEncoder,
    note_extensions,
    only_text,
)
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Citation,
    Document,
    FileSource,
    Image,
    OpaquePart,
    Part,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    UrlSource,
)

NAME = "openai_responses"
OWN: dict[str, dict[str, Any]] = {NAME: {}}
DOCUMENTS = Quirks(documents=True)
PDF = Base64Source("application/pdf", "JVBERi0=")


def encode(part: Part, quirks: Quirks = DEFAULT_QUIRKS) -> tuple[Any, Losses]:
    losses = Losses()
    content = ContentEncoder(quirks, losses).encode((part,), "messages[0]")
    return (content[0] if content else None), losses


def spoken(part: Part) -> tuple[Any, Losses]:
    losses = Losses()
    return ContentEncoder(DEFAULT_QUIRKS, losses).spoken(part, "messages[0].content[0]"), losses


CARRIED: list[tuple[Part, Quirks, dict[str, Any]]] = [
    (Text("a"), DEFAULT_QUIRKS, {"type": "input_text", "text": "a"}),
    (
        Image(UrlSource("https://example.com/a.png")),
        DEFAULT_QUIRKS,
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"},
    ),
    (
        Image(Base64Source("image/png", "iVBO"), "high"),
        DEFAULT_QUIRKS,
        {"type": "input_image", "image_url": "data:image/png;base64,iVBO", "detail": "high"},
    ),
    (
        Image(FileSource("f"), extensions=OWN),
        DEFAULT_QUIRKS,
        {"type": "input_image", "file_id": "f", "detail": "auto"},
    ),
    (
        Document(PDF, "a.pdf"),
        DOCUMENTS,
        {
            "type": "input_file",
            "filename": "a.pdf",
            "file_data": "data:application/pdf;base64,JVBERi0=",
        },
    ),
    (
        Document(UrlSource("https://example.com/a.pdf")),
        DOCUMENTS,
        {"type": "input_file", "file_url": "https://example.com/a.pdf"},
    ),
    (
        Document(FileSource("f"), extensions=OWN),
        DEFAULT_QUIRKS,
        {"type": "input_file", "file_id": "f"},
    ),
    (
        Document(TextSource("Words."), "a.txt"),
        DEFAULT_QUIRKS,
        {"type": "input_text", "text": "[a.txt]\nWords."},
    ),
    (
        Audio(Base64Source("audio/mpeg", "SUQz")),
        DEFAULT_QUIRKS,
        {"type": "input_audio", "input_audio": {"data": "SUQz", "format": "mp3"}},
    ),
]


@pytest.mark.parametrize(("part", "quirks", "content"), CARRIED)
def test_behaviour_19_what_is_carried(part: Part, quirks: Quirks, content: dict[str, Any]) -> None:
    assert encode(part, quirks) == (content, [])


@pytest.mark.parametrize(
    ("part", "quirks", "note"),
    [
        (Image(UrlSource("u")), Quirks(text_only=True), "[image: this model reads only text]"),
        (Image(FileSource("f")), DEFAULT_QUIRKS, "[image: left out]"),
        (Document(PDF, "a.pdf"), DEFAULT_QUIRKS, "[document a.pdf: left out]"),
        (Document(UrlSource("u")), DEFAULT_QUIRKS, "[document u: left out]"),
        (Audio(Base64Source("audio/ogg", "T2dn")), DEFAULT_QUIRKS, "[audio: left out]"),
        (OpaquePart("other", "x", Raw(b"{}")), DEFAULT_QUIRKS, "[x: {}]"),
        (OpaquePart("other", "x", Raw(b"1" * 501)), DEFAULT_QUIRKS, "[x: left out]"),
    ],
)
def test_behaviour_13_what_cannot_be_read_is_noted_in_its_place(
    part: Part, quirks: Quirks, note: str
) -> None:
    content, losses = encode(part, quirks)
    assert content == {"type": "input_text", "text": note}
    assert [loss.path for loss in losses] == ["messages[0].content[0]"]


@pytest.mark.parametrize("part", [Text(""), Text(" \n")])
def test_behaviour_12_a_blank_text_says_nothing(part: Text) -> None:
    assert encode(part) == (None, [])
    assert spoken(part) == (None, [])


@pytest.mark.parametrize("part", [Thinking("x"), ToolCall("a", "f", "{}")])
def test_what_cannot_stand_in_a_users_turn_is_a_loss(part: Part) -> None:
    content, losses = encode(part)
    assert content is None
    assert len(losses) == 1


def test_a_mark_of_the_dialects_own_is_kept_and_anothers_is_a_loss() -> None:
    mark = {"mode": "explicit"}
    own = Text("a", extensions={NAME: {"prompt_cache_breakpoint": mark}})
    assert encode(own)[0]["prompt_cache_breakpoint"] == mark
    content, losses = encode(Text("a", extensions={"anthropic_messages": {"cache_control": {}}}))
    assert content == {"type": "input_text", "text": "a"}
    assert [loss.path for loss in losses] == ["messages.content.cache_control"]


def test_a_search_is_told_as_text() -> None:
    assert spoken(SearchCall("s", "q"))[0]["text"] == "[Searched the web: q]"
    result = SearchResult("s", (SearchHit("u", "A page"),))
    assert spoken(result) == ({"type": "output_text", "text": "A page\nu"}, [])


def test_the_model_says_only_text() -> None:
    cited = Text("a", (Citation("u"),))
    content, losses = spoken(cited)
    assert content == {"type": "output_text", "text": "a"}
    assert [loss.path for loss in losses] == ["messages.citations"]
    content, losses = spoken(Image(UrlSource("u")))
    assert content["text"] == "[image: left out]"
    assert len(losses) == 1


def test_plain_texts_are_one() -> None:
    a, b = {"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}
    assert only_text([a, b]) == "a\n\nb"
    assert only_text([a, {**b, "prompt_cache_breakpoint": {}}]) is None
    assert only_text([a, Raw(b"{}")]) is None


def test_fields_that_were_carried_are_no_loss() -> None:
    losses = Losses()
    extensions = {"openai_chat": {"b": 1, "a": 2, "c": 3}, NAME: {"d": 4}}
    note_extensions(extensions, "", losses, carried=("c",))
    assert [loss.path for loss in losses] == ["a", "b"]
