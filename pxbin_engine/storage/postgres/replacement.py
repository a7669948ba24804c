"""The embedded server's directory replaced by one that was made beside it; killed at any moment, a whole one is found again.

1. What was made gets the name of something whole before the old one is touched: what is half made has another name.
2. The old one is put aside, under a name with the time in it, and the new one takes its place.
3. ``settle`` ends what was broken off between the two, before anybody can make an empty one there.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

logger = logging.getLogger(__name__)


def building_place(root: Path) -> Path:
    """Where one is made that shall take the place of ``root``; the builder clears it away."""
    return root.with_name("moving")


def replace(root: Path, built: Path, now: datetime) -> Path | None:
    """Put a stopped server's directory, made in the ``building_place``, at ``root``; returns where the old one is, if any.

    Raises:
        OSError: it cannot be; all is as it was.
    """
    whole = _whole(root)
    built.rename(whole)
    if not root.exists():
        whole.rename(root)
        return None
    aside = root.with_name(f"{root.name}-before-{now:%Y%m%d-%H%M%S}")
    root.rename(aside)
    try:
        whole.rename(root)
    except OSError:
        aside.rename(root)
        raise
    return aside


def settle(root: Path) -> None:
    """End a replacement that was killed: the new one takes its place where it is whole, else the newest old one does.

    Raises:
        OSError: it cannot be put there.
    """
    if root.exists():
        return
    for left in _left(root):
        try:
            left.rename(root)
        except OSError:
            if not root.exists():  # else another process was faster
                raise
        else:
            logger.warning("postgres.replacement_settled taken=%s", left)
        return


def _whole(root: Path) -> Path:
    return building_place(root) / "whole"


def _left(root: Path) -> Iterator[Path]:
    """Databases that may take the place of a missing one, the best first."""
    aside = sorted(root.parent.glob(f"{root.name}-before-[0-9]*-[0-9]*"), reverse=True)
    return (one for one in (_whole(root), *aside) if (one / "data" / "PG_VERSION").is_file())
