"""Media of a client's turns."""

import base64

import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate.asked_media import (
    Media,
    decode_blob,
    decode_file,
)
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME, Blob, FileData
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Document,
    FileSource,
    Image,
    TextSource,
    UrlSource,
)

PAGE = "https://example.org/x"
KEPT = "https://generativelanguage.googleapis.com/v1beta/files/x"


@pytest.mark.parametrize(
    ("blob", "media"),
    [
        (Blob("image/PNG", "a-_b"), Image(Base64Source("image/png", "a+/b"))),
        (Blob("audio/mpeg", "QUJD"), Audio(Base64Source("audio/mpeg", "QUJD"))),
        (
            Blob("application/pdf", "QUJD", "a"),
            Document(Base64Source("application/pdf", "QUJD"), "a"),
        ),
        (Blob("text/html", base64.b64encode("é".encode()).decode()), Document(TextSource("é"))),
        (Blob("text/plain", "/////w=="), Document(Base64Source("text/plain", "/////w=="))),
        (Blob("text/plain", "é"), Document(Base64Source("text/plain", "é"))),
        (Blob("video/mp4", "QUJD"), None),
    ],
)
def test_behaviour_19_bytes_become_what_their_type_says(blob: Blob, media: Media | None) -> None:
    assert decode_blob(blob, None, "p") == media


@pytest.mark.parametrize(
    ("file", "media"),
    [
        (FileData(PAGE, "image/webp"), Image(UrlSource(PAGE))),
        (FileData(PAGE, "audio/wav"), Audio(UrlSource(PAGE))),
        (FileData(PAGE, "application/pdf", "a"), Document(UrlSource(PAGE), "a")),
        (FileData(PAGE), Document(UrlSource(PAGE))),
        (FileData(PAGE, "video/mp4"), None),
        (
            FileData(KEPT, "image/png"),
            Image(
                FileSource(KEPT),
                extensions={
                    NAME: {"fps": 1, "fileData": {"fileUri": KEPT, "mimeType": "image/png"}}
                },
            ),
        ),
    ],
)
def test_behaviour_19_addresses_and_files_that_google_keeps(
    file: FileData, media: Media | None
) -> None:
    own = {NAME: {"fps": 1}} if file.file_uri == KEPT else None
    assert decode_file(file, own, "p") == media


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ProtocolError, match=r"p\.inlineData: mimeType"):
        decode_blob(Blob(data="QUJD"), None, "p")
    with pytest.raises(ProtocolError, match=r"p\.inlineData: mimeType"):
        decode_blob(Blob("image/png"), None, "p")
    with pytest.raises(ProtocolError, match=r"p\.fileData\.fileUri"):
        decode_file(FileData(mime_type="image/png"), None, "p")
