"""What would change in a client's files: decided from their bytes, without writing anything."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pxbin_app.clients.client import Client, Conflict, Connection, Setting, SettingsFile, Values
from pxbin_app.clients.difference import DiffLine, as_it_is, difference
from pxbin_app.clients.disk import NEW_FILE
from pxbin_app.clients.encoding import decoded, encoded
from pxbin_app.clients.errors import ParseError, UnreadableFile
from pxbin_app.clients.formats import Format, value_at
from pxbin_app.clients.journal import Entry, FileEntry, digest, value_digest
from pxbin_app.clients.undoing import Tables, undone

PREVIEW_KEY = "pxb_…"
"""Stands for a key that is only made once the person applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """One file: ``before`` and ``after`` are its bytes (None: it is not there), ``entry`` what the journal will say."""

    file: SettingsFile
    before: bytes | None
    after: bytes
    mode: int
    entry: FileEntry
    new_backup: Path | None = None

    @property
    def target(self) -> Path:
        """The file itself, where its path is a link."""
        return Path(self.entry.target)

    @property
    def changes(self) -> bool:
        """Whether anything would be written."""
        return self.before != self.after

    @property
    def lines(self) -> tuple[DiffLine, ...]:
        """The change for people, secrets masked."""
        return difference(decoded(self.before or b""), decoded(self.after))

    @property
    def present(self) -> tuple[DiffLine, ...]:
        """The whole file as it is, secrets masked."""
        return as_it_is(decoded(self.before or b""))

    @property
    def backup(self) -> Path | None:
        """The copy of the file as it was before pxbin, whether it is taken now or was taken earlier."""
        return Path(self.entry.backup) if self.entry.backup else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be done to point a client at pxbin."""

    client: Client
    connection: Connection
    files: tuple[FilePlan, ...]
    conflicts: tuple[Conflict, ...] = ()
    again: bool = False
    elsewhere: tuple[FileEntry, ...] = ()
    """What pxbin wrote earlier into files that the client does not read any more; an undo takes that back, too."""

    @property
    def already_ours(self) -> bool:
        """Whether the files say all of it already."""
        return not any(file.changes for file in self.files)

    @property
    def backups(self) -> tuple[Path, ...]:
        """The copies of the files as they were before pxbin."""
        return tuple(file.backup for file in self.files if file.backup)


def values_of(files: Sequence[SettingsFile], contents: Sequence[bytes | None]) -> Values:
    """What a client's files say.

    Raises:
        UnreadableFile: one of them is not what its format says.
    """
    values = {}
    for file, content in zip(files, contents, strict=True):
        try:
            values[file.name] = file.format.values(decoded(content or b""))
        except ParseError as error:
            raise UnreadableFile(file.path, error) from error
    return values


def plan_file(
    file: SettingsFile,
    settings: Sequence[Setting],
    before: bytes | None,
    *,
    earlier: FileEntry | None,
    adopted: bool,
    mode: int = NEW_FILE,
    new_backup: Path | None = None,
) -> FilePlan:
    """What is written into one file.

    Args:
        earlier: what the journal says of it: pxbin wrote into it before.
        adopted: it points at pxbin, and the journal does not know why: what was there before is not known.
        new_backup: where a copy goes, if one is needed: never of a file that points at pxbin already.

    Raises:
        UnreadableFile: it is not what its format says, or a setting of ours does not fit into it.
    """
    try:
        text, entries, tables = _edited(file, settings, decoded(before or b""), earlier, adopted)
    except ParseError as error:
        raise UnreadableFile(file.path, error) from error
    after = encoded(text, before) if before is not None or text else b""
    fresh = earlier is None and before is not None and not adopted
    backup = new_backup if fresh and after != before else None
    target = Path(os.path.realpath(file.path))
    entry = FileEntry(
        name=file.name,
        path=str(file.path),
        target=str(target),
        existed=earlier.existed if earlier else before is not None,
        before=earlier.before if earlier else digest(before),
        after=_exact(before, after, earlier, adopted),
        backup=earlier.backup if earlier else str(backup or ""),
        temporary=str(target.with_name(f".{target.name}.pxbin")),
        directories=earlier.directories if earlier else _missing_directories(target),
        tables=tables,
        entries=entries,
    )
    return FilePlan(
        file=file, before=before, after=after, mode=mode, entry=entry, new_backup=backup
    )


def _edited(
    file: SettingsFile,
    settings: Sequence[Setting],
    text: str,
    earlier: FileEntry | None,
    adopted: bool,
) -> tuple[str, tuple[Entry, ...], Tables]:
    form = file.format
    known = {entry.path: entry for entry in earlier.entries} if earlier else {}
    wanted = {setting.path for setting in settings}
    text, _ = undone(form, text, [entry for path, entry in known.items() if path not in wanted], ())
    expected = form.values(text)
    tables = list(earlier.tables) if earlier else _ways(settings) if adopted else []
    entries = []
    for setting in settings:
        entry = _entry(form, text, setting, known.get(setting.path), adopted)
        present = form.source(text, setting.path) is not None
        same = present and value_at(form.values(text), setting.path) == setting.value
        if not same:
            tables[:0] = _missing_tables(form.values(text), setting.path, tables)
            text = form.put(text, setting.path, form.written(setting.value))
            _put_value(expected, setting.path, setting.value)
        if not same or adopted or setting.path in known:
            entries.append(entry)
    if value_digest(form.values(text)) != value_digest(expected):
        raise ParseError(
            "it is written in a way that pxbin cannot change without touching the rest"
        )
    return text, tuple(entries), tuple(tables)


def _entry(form: Format, text: str, setting: Setting, known: Entry | None, adopted: bool) -> Entry:
    before = None if adopted else form.source(text, setting.path)
    ours: tuple[str, ...] = (value_digest(setting.value),)
    if known and value_digest(value_at(form.values(text), setting.path)) in known.ours:
        before = known.before
    if known:
        ours = tuple(dict.fromkeys((*ours, *known.ours)))
    return Entry(setting.path, before, ours)


def _missing_tables(
    values: dict[str, Any], path: tuple[str, ...], known: Sequence[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Tables on the way that are not there yet, the innermost first."""
    return [way for way in _above(path) if value_at(values, way) is None and way not in known]


def _ways(settings: Sequence[Setting]) -> list[tuple[str, ...]]:
    """All tables that pxbin's settings stand in, the innermost first."""
    ways = {way for setting in settings for way in _above(setting.path)}
    return sorted(ways, key=len, reverse=True)


def _above(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [path[:depth] for depth in range(len(path) - 1, 0, -1)]


def _put_value(values: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        values = values.setdefault(key, {})
    values[path[-1]] = value


def _exact(
    before: bytes | None, after: bytes, earlier: FileEntry | None, adopted: bool
) -> tuple[str, ...]:
    """From which bytes the file may go back to the last byte."""
    if earlier is None:
        return () if adopted and before is not None else (digest(after),)
    unbroken = digest(before) in earlier.after
    return tuple(dict.fromkeys((digest(after), *earlier.after))) if unbroken else ()


def _missing_directories(target: Path) -> tuple[str, ...]:
    missing = []
    folder = target.parent
    while not folder.exists():
        missing.append(str(folder))
        folder = folder.parent
    return tuple(reversed(missing))
