"""Sizes from the first bytes of a picture, and what vendors charge for it."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.picture import (
    anthropic_tokens,
    gemini_tokens,
    openai_tokens,
    picture_size,
)


def png(width: int, height: int) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\0\0\0"
    )


def jpeg(width: int, height: int, note: int = 100) -> bytes:
    segment = struct.pack(">BBH", 0xFF, 0xE1, note + 2) + b"x" * note
    tables = struct.pack(">BBH", 0xFF, 0xC4, 4) + b"ab"
    frame = struct.pack(">BBHBHH", 0xFF, 0xC2, 17, 8, height, width)
    return b"\xff\xd8" + segment + tables + frame


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 100) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


PICTURES = {
    "png": png(1024, 768),
    "gif": b"GIF89a" + struct.pack("<HH", 1024, 768) + b"\0\0\0",
    "jpeg": jpeg(1024, 768),
    "jpeg with much before its size": jpeg(1024, 768, note=40_000),
    "webp lossy": webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 1024, 768)),
    "webp lossless": webp(b"VP8L", b"\x2f" + struct.pack("<I", 1023 | 767 << 14)),
    "webp extended": webp(
        b"VP8X", b"\0" * 4 + (1023).to_bytes(3, "little") + (767).to_bytes(3, "little")
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_each_kind_tells_its_size(name: str) -> None:
    data = base64.b64encode(PICTURES[name] + b"\0" * 100_000).decode()
    assert picture_size(data) == (1024, 768)


@pytest.mark.parametrize(
    "data", ["", "AAAA", "not base64!", "é", base64.b64encode(b"%PDF-1.7").decode()]
)
def test_what_is_no_picture_has_no_size(data: str) -> None:
    assert picture_size(data) is None


def test_a_picture_of_no_size_has_none() -> None:
    assert picture_size(base64.b64encode(png(0, 5)).decode()) is None


@given(st.sampled_from(sorted(PICTURES)), st.integers(0, 60), st.binary(max_size=40))
def test_a_cut_or_broken_picture_never_raises(name: str, cut: int, rest: bytes) -> None:
    size = picture_size(base64.b64encode(PICTURES[name][:cut] + rest).decode())
    assert size is None or min(size) > 0


@pytest.mark.parametrize(
    ("width", "height", "model", "detail", "tokens"),
    [
        # The examples of OpenAI's page.
        (1024, 1024, "gpt-4o", None, 765),
        (2048, 4096, "gpt-4o", "high", 1105),
        (4096, 8192, "gpt-4.1", "low", 85),
        (1024, 1024, "gpt-5", None, 630),
        (1024, 1024, "o3", None, 675),
        (1024, 1024, "gpt-4o-mini", None, 25501),
        (1024, 1024, "gpt-4.1-mini", None, 1659),
        (1800, 2400, "gpt-5-mini", None, 2489),
        (1024, 1024, "o4-mini", None, 1762),
        (32, 32, "gpt-4.1-nano", None, 3),
    ],
)
def test_openais_rules(
    width: int, height: int, model: str, detail: str | None, tokens: int
) -> None:
    assert openai_tokens(width, height, model, detail) == tokens


@pytest.mark.parametrize(
    ("width", "height", "tokens"),
    # The table of Anthropic's page: 1.19 megapixels are about 1,590 tokens; larger ones cost no more.
    [(200, 200, 54), (1000, 1000, 1334), (1092, 1092, 1590), (4000, 3000, 1600), (8000, 100, 41)],
)
def test_anthropics_rule(width: int, height: int, tokens: int) -> None:
    assert anthropic_tokens(width, height) == pytest.approx(tokens, rel=0.01)


@pytest.mark.parametrize(
    ("width", "height", "tokens"), [(300, 384, 258), (960, 540, 258 * 6), (1, 5000, 258 * 5000)]
)
def test_geminis_tiles(width: int, height: int, tokens: int) -> None:
    assert gemini_tokens(width, height) == tokens
