"""Where the files beside the code are: in a checkout, in an installed wheel, in a frozen build."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def _root() -> Path:
    installed = _PACKAGE / "_resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def resource(name: str) -> Path:
    """The path of a file in ``resources/``, such as ``icons/pxbin.svg``.

    Raises:
        FileNotFoundError: there is none; the installation is broken, and a silent blank would hide it.
    """
    path = _root() / name
    if not path.is_file():
        raise FileNotFoundError(path)
    return path
