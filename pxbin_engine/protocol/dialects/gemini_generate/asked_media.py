"""Media of a client's turns: bytes in the request, addresses, and files that Google keeps.

Source: the API reference of ``Blob`` and ``FileData``; ai.google.dev/gemini-api/docs/files and docs/file-input-methods.
"""

import base64

import msgspec

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.gemini_generate.wire import NAME, Blob, FileData
from pxbin_engine.protocol.request import (
    Audio,
    Base64Source,
    Document,
    Extensions,
    FileSource,
    Image,
    Source,
    TextSource,
    UrlSource,
)

Media = Image | Document | Audio

_KEPT_BY_GOOGLE = ("gs://", "files/", "https://generativelanguage.googleapis.com/")
_DOCUMENTS = ("text/", "application/")


def decode_blob(blob: Blob, own: Extensions | None, path: str) -> Media | None:
    """A picture, a document or sound; None for what no other dialect knows, such as a film. Raises ``ProtocolError``."""
    media_type = (blob.mime_type or "").lower()
    if not media_type or blob.data is None:
        raise ProtocolError(f"{path}.inlineData: mimeType and data are required")
    # Python's SDK writes base64 with - and _.
    data = blob.data.replace("-", "+").replace("_", "/")
    source: Source = Base64Source(media_type, data)
    if media_type.startswith("text/") and (text := _text_of(data)) is not None:
        source = TextSource(text)
    return _media(media_type, source, blob.display_name, own)


def decode_file(file: FileData, own: Extensions | None, path: str) -> Media | None:
    """The same for what stands elsewhere."""
    if not file.file_uri:
        raise ProtocolError(f"{path}.fileData.fileUri: must not be empty")
    media_type = (file.mime_type or "").lower()
    if file.file_uri.startswith(_KEPT_BY_GOOGLE):
        said = msgspec.to_builtins(file)
        kept: Extensions = {NAME: {**(own or {}).get(NAME, {}), "fileData": said}}
        return _media(media_type, FileSource(file.file_uri), file.display_name, kept)
    return _media(media_type, UrlSource(file.file_uri), file.display_name, own)


def _media(
    media_type: str, source: Source, title: str | None, own: Extensions | None
) -> Media | None:
    if media_type.startswith("image/"):
        return Image(source, extensions=own)
    if media_type.startswith("audio/"):
        return Audio(source, own)
    if not media_type or media_type.startswith(_DOCUMENTS):
        return Document(source, title, own)
    return None


def _text_of(data: str) -> str | None:
    try:
        return base64.b64decode(data, validate=True).decode()
    except ValueError:  # no base64, or no UTF-8
        return None
