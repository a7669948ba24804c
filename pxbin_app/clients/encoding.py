"""Bytes of a settings file as text, and back: UTF-8, with or without the mark that Windows puts before it."""

import codecs

from pxbin_app.clients.errors import ParseError


def decoded(content: bytes) -> str:
    """The text of a file, without the mark that Windows puts before UTF-8.

    Raises:
        ParseError: it is not UTF-8.
    """
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(errors="replace")
        raise ParseError.at(before, len(before), "it is not a text in UTF-8") from error


def encoded(text: str, like: bytes | None) -> bytes:
    """The bytes of a text, with that mark where the file had it."""
    mark = codecs.BOM_UTF8 if (like or b"").startswith(codecs.BOM_UTF8) else b""
    return mark + text.encode()
