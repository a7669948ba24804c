"""The icons of Windows and macOS: both formats are tables of PNG pictures, which resources/icons has."""

import struct
from pathlib import Path

from bundle.product import ROOT

PICTURES = ROOT / "resources" / "icons"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)

_ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
# Apple's types by size in pixels; a picture serves as a small one at 2x as well.
_ICNS_TYPES = (
    (b"icp4", 16), (b"ic11", 32), (b"icp5", 32), (b"ic12", 64), (b"ic07", 128), (b"ic13", 256), (b"ic08", 256),
    (b"ic14", 512), (b"ic09", 512),
)  # fmt: skip


def picture(size: int) -> bytes:
    """The PNG of ``size`` x ``size`` pixels."""
    return (PICTURES / f"pxbin-{size}.png").read_bytes()


def ico() -> bytes:
    """An icon of Windows; PNG inside since Vista (Microsoft, "The format of icon resources")."""
    head = struct.pack("<HHH", 0, 1, len(_ICO_SIZES))
    place = len(head) + 16 * len(_ICO_SIZES)
    table, pictures = b"", b""
    for size in _ICO_SIZES:
        data = picture(size)
        side = size % 256  # 256 is written as 0
        table += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(data), place + len(pictures))
        pictures += data
    return head + table + pictures


def icns() -> bytes:
    """An icon of macOS 10.7 and newer: typed chunks, each with its length in front."""
    chunks = b"".join(
        kind + struct.pack(">I", 8 + len(data)) + data
        for kind, data in ((kind, picture(size)) for kind, size in _ICNS_TYPES)
    )
    return b"icns" + struct.pack(">I", 8 + len(chunks)) + chunks


def write_ico(folder: Path) -> Path:
    """Put the icon of Windows there."""
    path = folder / "pxbin.ico"
    path.write_bytes(ico())
    return path


def write_icns(folder: Path) -> Path:
    """Put the icon of macOS there."""
    path = folder / "pxbin.icns"
    path.write_bytes(icns())
    return path
