"""What can go wrong with a client's own files; every message is for the person.

::

    PxbinError
    └── ClientSetupError       the file stays as it is
        ├── UnreadableFile         it is not what its format says; .line and .column where that is known
        ├── FileNotWritable        the system does not let it be changed
        └── FileChanged            another program changed it after it was planned
"""

from pathlib import Path

from pxbin_engine.errors import PxbinError


class ClientSetupError(PxbinError):
    """A client's file cannot be changed; it stays as it is."""


class UnreadableFile(ClientSetupError):
    """A file is not what its format says."""

    def __init__(self, path: Path, error: "ParseError") -> None:
        place = f", line {error.line}, column {error.column}" if error.line else ""
        super().__init__(f"{path}{place}: {error.reason}. Nothing was changed.")
        self.path, self.line, self.column = path, error.line, error.column


class FileNotWritable(ClientSetupError):
    """The system does not let a file be changed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be changed: {reason}.")
        self.path = path


class FileChanged(ClientSetupError):
    """Another program changed a file after it was planned."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} was changed by another program meanwhile. Look at the new changes, then apply again."
        )
        self.path = path


class ParseError(ValueError):
    """A text is not what its format says; ``line`` and ``column`` count from 1, 0 where they are not known."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line, self.column = reason, line, column

    @classmethod
    def at(cls, text: str, place: int, reason: str) -> "ParseError":
        """For an offset into a text."""
        before = text[:place]
        return cls(reason, before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1)
