"""How large a picture is, read from the first bytes of its file; nothing is decoded."""

import binascii
import struct
from collections.abc import Iterator
from math import ceil
from struct import unpack_from

_HEAD = 1 << 16
"""Characters of base64 that are looked at: JPEG may have notes before its size, the others have it at once."""

_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's start-of-frame markers (ITU T.81, table B.1), which are followed by the size."""


def picture_size(data: str) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, JPEG, GIF or WebP in base64; None where it cannot be seen."""
    try:
        head = binascii.a2b_base64(data[:_HEAD])
    except (binascii.Error, ValueError):
        return None
    try:
        width, height = _size(head)
    except struct.error:
        return None
    return (width, height) if width and height else None


def _size(head: bytes) -> tuple[int, int]:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return unpack_from(">II", head, 16)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return unpack_from("<HH", head, 6)
    if head.startswith(b"\xff\xd8"):
        return next(_jpeg_sizes(head))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp_size(head)
    return 0, 0


def _jpeg_sizes(head: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while True:
        marker, length = unpack_from(">xBH", head, at)
        if marker in _JPEG_SIZES:
            height, width = unpack_from(">HH", head, at + 5)
            yield width, height
        at += 2 + length


def _webp_size(head: bytes) -> tuple[int, int]:
    """Of its three kinds (RFC 9649, section 2): extended, lossless, lossy."""
    kind = head[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if kind == b"VP8L":
        (bits,) = unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = unpack_from("<HH", head, 26)
    return width & 0x3FFF, height & 0x3FFF


def openai_tokens(width: int, height: int, model: str, detail: str | None = None) -> int:
    """By OpenAI's rules (developers.openai.com/api/docs/guides/images-vision): tiles of 512, or patches of 32 pixels."""
    for word, factor in (("nano", 2.46), ("mini", 1.62)):
        if word in model and not model.startswith("gpt-4o"):
            return _patches(width, height, 1.72 if model.startswith("o4") else factor)
    base, tile = _tile_costs(model)
    if detail == "low":
        return base
    shrink = min(1.0, 2048 / max(width, height))
    shrink *= min(1.0, 768 / (min(width, height) * shrink))
    tiles = ceil(width * shrink / 512) * ceil(height * shrink / 512)
    return base + tiles * tile


def _tile_costs(model: str) -> tuple[int, int]:
    if model.startswith("gpt-4o-mini"):
        return 2833, 5667
    if model.startswith("gpt-5"):
        return 70, 140
    return (75, 150) if model.startswith(("o1", "o3")) else (85, 170)


def _patches(width: int, height: int, factor: float) -> int:
    return ceil(min(1536, ceil(width / 32) * ceil(height / 32)) * factor)


def anthropic_tokens(width: int, height: int) -> int:
    """Pixels / 750, after the longer edge was shrunk to 1568 (platform.claude.com/docs, "Vision": image costs)."""
    shrink = min(1.0, 1568 / max(width, height))
    return min(1600, ceil(width * height * shrink * shrink / 750))


def gemini_tokens(width: int, height: int) -> int:
    """258, for each tile where it is larger than 384 (ai.google.dev/gemini-api/docs/image-understanding)."""
    if max(width, height) <= 384:
        return 258
    unit = max(1, min(768, int(min(width, height) / 1.5)))
    return 258 * ceil(width / unit) * ceil(height / unit)
