"""Archives whose bytes depend on what is in them alone: sorted, of one time, of root's, without the builder's names."""

import gzip
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath


@dataclass
class Tree:
    """The entries of an archive by their paths."""

    files: dict[str, Path | bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def add_folder(self, folder: Path, inside: str) -> None:
        """Add what lies in a folder, links as links."""
        for path in sorted(folder.rglob("*")):
            name = f"{inside}/{path.relative_to(folder).as_posix()}"
            if path.is_symlink():
                self.links[name] = path.readlink().as_posix()
            elif path.is_file():
                self.files[name] = path

    @property
    def installed_kib(self) -> int:
        """What it takes on the disk."""
        return sum((_size(content) + 1023) // 1024 for content in self.files.values())

    def digests_of(self) -> Iterator[tuple[str, bytes]]:
        """Each file's path and content."""
        for name, content in sorted(self.files.items()):
            yield name, content if isinstance(content, bytes) else content.read_bytes()


def write_tar(archive: tarfile.TarFile, tree: Tree, *, time: int, prefix: str = "") -> None:
    """Put all of a tree into an open archive, each folder before what is in it."""
    names = sorted([*tree.files, *tree.links])
    for folder in _folders(names):
        entry = _entry(f"{prefix}{folder}", time)
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(entry)
    for name in names:
        entry = _entry(f"{prefix}{name}", time)
        if name in tree.links:
            entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, tree.links[name], 0o777
            archive.addfile(entry)
            continue
        content = tree.files[name]
        entry.mode = 0o755 if _runs(content) else 0o644
        entry.size = _size(content)
        with _opened(content) as source:
            archive.addfile(entry, source)


def write_tar_gz(path: Path, tree: Tree, *, time: int) -> None:
    """Write a ``.tar.gz``."""
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=time) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        write_tar(archive, tree, time=time)


def write_ar(path: Path, members: Mapping[str, bytes], *, time: int) -> None:
    """Write an ``ar`` archive, which a ``.deb`` is (deb(5))."""
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, data in members.items():
            head = f"{name:<16}{time:<12}{0:<6}{0:<6}{0o100644:<8o}{len(data):<10}`\n"
            file.write(head.encode("ascii") + data + b"\n" * (len(data) % 2))


def gzipped(text: str, *, time: int) -> bytes:
    """A text as gzip packs it best."""
    target = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=target, mtime=time) as file:
        file.write(text.encode())
    return target.getvalue()


def _entry(name: str, time: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mtime, entry.uname, entry.gname = time, "root", "root"
    return entry


def _folders(names: Iterable[str]) -> list[str]:
    parents = (str(parent) for name in names for parent in PurePosixPath(name).parents)
    return sorted({parent for parent in parents if parent != "."})


def _runs(content: Path | bytes) -> bool:
    """Whether it is a program; a library is loaded, not run, whatever PyInstaller says."""
    if isinstance(content, bytes) or ".so" in content.suffixes:
        return False
    return bool(content.stat().st_mode & 0o100)


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


@contextmanager
def _opened(content: Path | bytes) -> Iterator[io.BufferedIOBase]:
    if isinstance(content, bytes):
        yield io.BytesIO(content)
    else:
        with content.open("rb") as file:
            yield file
