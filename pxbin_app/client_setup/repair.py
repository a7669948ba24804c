"""What a crash left half done in clients' own files is put right when the app starts."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from pxbin_app.tasks import run_action
from pxbin_app.theme import Tone


def repair_clients(data_dir: Path, tell: Callable[[str, Tone], None]) -> "asyncio.Task[None]":
    """Do it beside everything else, and tell what was done."""

    def told(sentences: tuple[str, ...]) -> None:
        for sentence in sentences:
            tell(sentence, "warn")

    return run_action(
        asyncio.to_thread(_repaired, data_dir),
        name="clients.repair",
        done=told,
        failed=lambda text: tell(text, "err"),
    )


def _repaired(data_dir: Path) -> tuple[str, ...]:
    if not (data_dir / "clients").exists():
        return ()  # no client was ever set up
    from pxbin_app.clients import setup_in  # noqa: PLC0415  # most starts need none of it

    return setup_in(data_dir).repair()
