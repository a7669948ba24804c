"""How a client's file goes back to what it was without pxbin: decided from its bytes, without writing anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pxbin_app.clients.encoding import decoded, encoded
from pxbin_app.clients.errors import ParseError, UnreadableFile
from pxbin_app.clients.formats import Format, value_at
from pxbin_app.clients.journal import Entry, FileEntry, digest, value_digest

Tables = tuple[tuple[str, ...], ...]
_EMPTY = ("", "{}")
"""What is left of a file in which nothing but pxbin's settings stood."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """One file: the bytes that it gets (None: it goes), and settings that stay because the person changed them."""

    entry: FileEntry
    content: bytes | None
    kept: tuple[str, ...] = ()


def way_back(
    entry: FileEntry, form: Format, content: bytes | None, backup: bytes | None
) -> WayBack:
    """To the last byte where nobody else changed the file; else setting by setting.

    Args:
        content: what the file holds now.
        backup: what its backup holds.

    Raises:
        UnreadableFile: it is not what its format says any more.
    """
    if content is None:
        return WayBack(entry, None)
    if digest(content) in entry.after:
        if not entry.existed:
            return WayBack(entry, None)
        if digest(backup) == entry.before:
            return WayBack(entry, backup)
    try:
        text, kept = undone(form, decoded(content), entry.entries, entry.tables)
    except ParseError as error:
        raise UnreadableFile(Path(entry.path), error) from error
    if not entry.existed and text.strip() in _EMPTY:
        return WayBack(entry, None)
    return WayBack(entry, encoded(text, content), kept)


def undone(
    form: Format, text: str, entries: Sequence[Entry], tables: Tables
) -> tuple[str, tuple[str, ...]]:
    """A text without what is pxbin's, and the names of settings that the person changed since: they stay."""
    kept = []
    for entry in entries:
        if form.source(text, entry.path) is None:
            continue
        if value_digest(value_at(form.values(text), entry.path)) not in entry.ours:
            kept.append(".".join(entry.path))
        elif entry.before is None:
            text = form.drop(text, entry.path)
        else:
            text = form.put(text, entry.path, entry.before)
    for table in tables:
        if value_at(form.values(text), table) == {}:
            text = form.drop(text, table)
    return text, tuple(kept)
