"""The icons of Windows and macOS hold the pictures that they name."""

import struct

import pytest
from bundle import icons


def size_of(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("size", icons.SIZES)
def test_a_picture_is_as_big_as_its_name_says(size: int) -> None:
    assert size_of(icons.picture(size)) == (size, size)


def test_windows_finds_each_picture_where_the_table_says() -> None:
    data = icons.ico()
    reserved, kind, count = struct.unpack_from("<HHH", data)
    assert (reserved, kind) == (0, 1)
    found = []
    for number in range(count):
        width, height, *_, length, place = struct.unpack_from("<BBBBHHII", data, 6 + 16 * number)
        assert size_of(data[place : place + length]) == (width or 256, height or 256)
        found.append(width or 256)
    assert {16, 32, 48, 256} <= set(found)


def test_macos_finds_chunk_after_chunk() -> None:
    data = icons.icns()
    assert data[:4] == b"icns"
    assert struct.unpack_from(">I", data, 4)[0] == len(data)
    place, kinds = 8, {}
    while place < len(data):
        length = struct.unpack_from(">I", data, place + 4)[0]
        kinds[data[place : place + 4]] = size_of(data[place + 8 : place + length])[0]
        place += length
    assert kinds[b"ic07"] == 128
    assert kinds[b"ic09"] == kinds[b"ic14"] == 512
