"""Parts for Gemini: where signatures go, what stands in the place of what it does not take."""

from typing import Any

import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate.upstream_parts import PartEncoder
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.quirks import DEFAULT_QUIRKS, Quirks
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Document,
    FileSource,
    Image,
    OpaquePart,
    Part,
    SearchCall,
    SearchResult,
    Text,
    TextSource,
    Thinking,
    ToolCall,
    UrlSource,
)


def encode(*parts: Part, quirks: Quirks = DEFAULT_QUIRKS) -> tuple[list[dict[str, Any]], Losses]:
    losses = Losses()
    return PartEncoder(quirks, losses).encode(parts, "messages[0]"), losses


def own(text: str, signature: str | None = None) -> Thinking:
    return Thinking(text, signature, vendor=NAME)


@pytest.mark.parametrize(
    ("parts", "encoded"),
    [
        ([own("a")], [{"text": "a", "thought": True}]),
        ([own("a", "s")], [{"text": "a", "thought": True, "thoughtSignature": "s"}]),
        ([own("", "s"), Text("b")], [{"text": "b", "thoughtSignature": "s"}]),
        ([Text("b"), own("", "s")], [{"text": "b"}, {"text": "", "thoughtSignature": "s"}]),
        ([own("", "s"), Text(" ")], [{"text": "", "thoughtSignature": "s"}]),
        (
            [own("", "s"), own("", "t"), Text("b")],
            [{"text": "", "thoughtSignature": "s"}, {"text": "b", "thoughtSignature": "t"}],
        ),
        (
            [own("", "s"), own("a"), Text("b")],
            [{"text": "", "thoughtSignature": "s"}, {"text": "a", "thought": True}, {"text": "b"}],
        ),
    ],
)
def test_behaviour_18_a_signature_stands_on_the_part_that_follows(
    parts: list[Part], encoded: list[dict[str, Any]]
) -> None:
    assert encode(*parts) == (encoded, [])


def test_a_search_was_never_signed() -> None:
    encoded, _ = encode(own("", "s"), SearchCall("1", "x"), SearchResult("1", error="unavailable"))
    assert encoded[0] == {"text": "", "thoughtSignature": "s"}
    assert [part.keys() for part in encoded[1:]] == [{"text"}, {"text"}]


@pytest.mark.parametrize(
    "thinking",
    [
        Thinking("Hm."),
        Thinking("Hm.", "ErQ=", vendor="anthropic_messages"),
        Thinking("Hm.", "pxbin-synthetic:unsigned"),
        Thinking("", redacted="x", vendor="anthropic_messages"),
    ],
)
def test_behaviour_18_another_vendors_thinking_stays_away_and_is_named(thinking: Thinking) -> None:
    encoded, losses = encode(thinking, Text("b"))
    assert encoded == [{"text": "b"}]
    assert [loss.path for loss in losses] == ["messages.thinking"]


def test_behaviour_18_no_signature_goes_back_after_one_was_refused() -> None:
    encoded, losses = encode(own("a", "s"), own("", "t"), Text("b"), quirks=Quirks(replays_thinking=False))  # fmt: skip
    assert encoded == [{"text": "b"}]
    assert [loss.path for loss in losses] == ["messages.thinking"]


@pytest.mark.parametrize(
    ("part", "encoded"),
    [
        (Image(Base64Source("image/gif", "AA")), {"inlineData": {"mimeType": "image/gif", "data": "AA"}}),
        (Audio(Base64Source("audio/wav", "AA")), {"inlineData": {"mimeType": "audio/wav", "data": "AA"}}),
        (Image(UrlSource("https://x/a.webp?b=.png")), {"fileData": {"mimeType": "image/webp", "fileUri": "https://x/a.webp?b=.png"}}),
        (Document(UrlSource("https://x/a")), {"fileData": {"mimeType": "application/pdf", "fileUri": "https://x/a"}}),
        (Audio(UrlSource("https://x/a")), {"fileData": {"mimeType": "audio/mpeg", "fileUri": "https://x/a"}}),
        (Document(TextSource("body"), "t.txt"), {"text": "[t.txt]\nbody"}),
        (Document(TextSource("body")), {"text": "body"}),
    ],
)  # fmt: skip
def test_behaviour_19_media(part: Part, encoded: dict[str, Any]) -> None:
    assert encode(part) == ([encoded], [])


@pytest.mark.parametrize(
    ("part", "quirks", "text"),
    [
        (Image(FileSource("f")), DEFAULT_QUIRKS, "[image: left out]"),
        (Document(FileSource("f"), "a.pdf"), DEFAULT_QUIRKS, "[a.pdf: left out]"),
        (Image(UrlSource("https://x")), Quirks(text_only=True), "[image: this model reads only text]"),
        (OpaquePart("other", "thing", Raw(b'{"type":"thing"}')), DEFAULT_QUIRKS, '[thing: {"type":"thing"}]'),
        (OpaquePart("other", "thing", Raw(b'"%b"' % (b"x" * 600))), DEFAULT_QUIRKS, "[thing: left out]"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_leaves_a_note_and_a_loss(
    part: Part, quirks: Quirks, text: str
) -> None:
    encoded, losses = encode(part, quirks=quirks)
    assert encoded == [{"text": text}]
    assert [loss.path for loss in losses] == ["messages[0].content[0]"]


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ('{"b":1.0,"a":"é"}', b'{"b":1.0,"a":"\xc3\xa9"}'),
        ("", b"{}"),
        (" ", b"{}"),
        ('{"a":', b'{"invalid_json":"{\\"a\\":"}'),
        ("[1]", b'{"invalid_json":"[1]"}'),
        ("[" * 3000, b'{"invalid_json":"' + b"[" * 3000 + b'"}'),
    ],
)
def test_arguments_stay_the_text_they_were_and_broken_ones_are_seen(
    arguments: str, sent: bytes
) -> None:
    encoded, losses = encode(ToolCall("a", "f", arguments))
    assert bytes(encoded[0]["functionCall"]["args"]) == sent
    assert bool(losses) is (b"invalid_json" in sent)
