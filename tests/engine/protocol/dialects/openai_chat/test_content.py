"""The parts of a turn as an upstream gets them, and the notes in the place of what it cannot take."""

from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_chat.content import (
    ContentEncoder,
    compact,
    note_extensions,
)
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    Base64Source,
    Document,
    FileSource,
    Image,
    OpaquePart,
    Part,
    Text,
    TextSource,
    ToolCall,
    UrlSource,
)

PDF = Base64Source("application/pdf", "JVBE")


def encode(part: Part, quirks: Quirks = DEFAULT_QUIRKS) -> tuple[Any, list[str]]:
    losses = Losses()
    content = ContentEncoder(quirks, losses).encode([part], "messages[0]")
    return content[0] if content else None, [loss.path for loss in losses]


@pytest.mark.parametrize(
    ("part", "quirks", "sent"),
    [
        (Text("a"), DEFAULT_QUIRKS, {"type": "text", "text": "a"}),
        (Text(" \n"), DEFAULT_QUIRKS, None),
        (
            Image(UrlSource("https://example.org/a.png"), "high"),
            DEFAULT_QUIRKS,
            {
                "type": "image_url",
                "image_url": {"url": "https://example.org/a.png", "detail": "high"},
            },
        ),
        (
            Document(TextSource("words"), "a.txt"),
            DEFAULT_QUIRKS,
            {"type": "text", "text": "[a.txt]\nwords"},
        ),
        (
            Document(PDF, "a.pdf"),
            Quirks(documents=True),
            {
                "type": "file",
                "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBE"},
            },
        ),
        (
            Document(FileSource("file_1"), extensions={"openai_chat": {"file_id": "file_1"}}),
            DEFAULT_QUIRKS,
            {"type": "file", "file": {"file_id": "file_1"}},
        ),
    ],
)
def test_behaviour_19_what_the_upstream_takes_is_sent_whole(
    part: Part, quirks: Quirks, sent: Any
) -> None:
    assert encode(part, quirks) == (sent, [])


@pytest.mark.parametrize(
    ("part", "quirks", "note"),
    [
        (Image(PDF), Quirks(text_only=True), "[image: this model reads only text]"),
        (Image(FileSource("file_1")), DEFAULT_QUIRKS, "[image: left out]"),
        (Document(PDF, "a.pdf"), DEFAULT_QUIRKS, "[document a.pdf: left out]"),
        (
            Document(UrlSource("https://example.org/a.pdf")),
            Quirks(documents=True),
            "[document https://example.org/a.pdf: left out]",
        ),
        (
            OpaquePart("anthropic_messages", "search_result", Raw(b'{"a":1}')),
            DEFAULT_QUIRKS,
            '[search_result: {"a":1}]',
        ),
        (
            OpaquePart("anthropic_messages", "container", Raw(b'"%b"' % (b"x" * 600))),
            DEFAULT_QUIRKS,
            "[container: left out]",
        ),
    ],
)
def test_behaviour_13_what_it_cannot_take_leaves_a_note_and_a_loss(
    part: Part, quirks: Quirks, note: str
) -> None:
    assert encode(part, quirks) == ({"type": "text", "text": note}, ["messages[0].content[0]"])


def test_a_part_of_this_dialect_goes_through_as_it_came() -> None:
    audio = Raw(b'{"type":"input_audio", "input_audio":{}}')
    assert encode(OpaquePart("openai_chat", "input_audio", audio)) == (audio, [])


def test_a_call_outside_an_assistant_turn_is_a_loss() -> None:
    assert encode(ToolCall("a", "f", "{}")) == (None, ["messages[0].content[0]"])


def test_plain_texts_become_one_string_and_marks_keep_them_apart() -> None:
    plain: Any = {"type": "text", "text": "a"}
    assert compact([plain, plain]) == "a\n\na"
    marked: Any = {**plain, "cache_control": {}}
    assert compact([plain, marked]) == [plain, marked]


def test_behaviour_20_cache_marks_are_lost_only_where_they_are_not_taken() -> None:
    extensions: Any = {"anthropic_messages": {"cache_control": {}}, "openai_chat": {"seed": 1}}
    for quirks, paths in (
        (DEFAULT_QUIRKS, ["tools.cache_control"]),
        (Quirks(cache_control=True), []),
    ):
        losses = Losses()
        note_extensions(extensions, "tools", quirks, losses)
        note_extensions(extensions, "tools", quirks, losses)
        assert [loss.path for loss in losses] == paths
