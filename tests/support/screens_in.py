"""The pictures of ``tests.support.screens`` in a language: ``python -m tests.support.screens_in de DIRECTORY [SCENE ...]``.

The window's modules have tables of words, so the language is chosen before any of them is imported.
"""

import importlib
import sys
from pathlib import Path

from pxbin_app import language


def main(code: str, directory: Path, wanted: list[str]) -> int:
    """Take the pictures; returns the exit code."""
    language.use(code)
    failed: int = importlib.import_module("tests.support.screens").main(directory, wanted)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
