"""The few operations on files, each of which is done whole or not at all once it returned."""

import contextlib
import os
import stat
from pathlib import Path

from pxbin_app.clients.errors import FileNotWritable

MOST_BYTES = 2 * 2**20
"""A larger file is nobody's settings."""
NEW_FILE = 0o600
"""The mode of a file that did not exist: it holds a key."""


class Disk:
    """The real one; tests let each of its operations be the last."""

    def read(self, path: Path) -> bytes | None:
        """A whole file; None where there is none.

        Raises:
            FileNotWritable: there is something, but no file that can be read.
        """
        try:
            told = path.stat()
            if not stat.S_ISREG(told.st_mode):  # a pipe would never end
                raise FileNotWritable(path, "it is not a file")
            if told.st_size > MOST_BYTES:
                raise FileNotWritable(path, "it is too large for settings")
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise not_writable(error, path) from error

    def write(self, path: Path, content: bytes, *, mode: int) -> None:
        """Write a new file, down to the disk itself; one that is in the way is an unfinished one of ours."""
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            if os.name == "posix":
                os.fchmod(descriptor, mode)  # whatever the umask is
            file.write(content)
            file.flush()
            os.fsync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Put a file in the place of another, at once."""
        source.replace(target)
        sync_directory(target.parent)

    def remove(self, path: Path) -> None:
        """Remove a file, where it is there."""
        path.unlink(missing_ok=True)
        sync_directory(path.parent)

    def make_directory(self, path: Path) -> None:
        """Make one directory, for its owner only."""
        path.mkdir(mode=0o700, exist_ok=True)

    def remove_directory(self, path: Path) -> None:
        """Remove a directory where nothing is in it."""
        with contextlib.suppress(OSError):
            path.rmdir()


def mode_of(path: Path) -> int:
    """The permissions of a file; of one that is not there, what a new one gets."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return NEW_FILE


def check_writable(path: Path) -> None:
    """Raises ``FileNotWritable`` where a file, or its nearest directory that is there, is not the person's to change."""
    nearest = path
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if nearest == path and not path.is_file():
        raise FileNotWritable(path, "it is not a file")
    if nearest != path and not nearest.is_dir():
        raise FileNotWritable(path, f"{nearest} is not a directory")
    if not os.access(nearest, os.W_OK):
        raise FileNotWritable(
            path, "it is read-only" if nearest == path else f"{nearest} is read-only"
        )


def sync_directory(folder: Path) -> None:
    """Make sure that a directory's names are on the disk; Windows cannot."""
    if os.name != "posix" or not folder.is_dir():
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def not_writable(error: OSError, path: Path) -> FileNotWritable:
    """What the system said, for a person; ``path`` where it named none."""
    reason = (error.strerror or str(error)).lower()
    return FileNotWritable(Path(error.filename) if error.filename else path, reason)
