"""How a client stands towards pxbin: decided from what its files hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import UUID

from pxbin_app.clients.client import Client, Pointing, SettingsFile
from pxbin_app.clients.journal import Record
from pxbin_app.clients.planning import values_of

State = Literal["connected", "moved", "elsewhere", "not set up", "not found", "unreadable"]
"""``moved``: it points at a pxbin of this machine, but not at this address. ``not found``: neither its program nor its
file is here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One client.

    Attributes:
        path: of the first of its files.
        models: what its slots hold, by the slot's name.
        undoable: pxbin changed its files and can take that back.
        key_id: of the key that was made for it.
        reason: why it is ``unreadable``.
    """

    client: Client
    state: State
    path: Path
    program: Path | None = None
    pointing: Pointing = field(default_factory=Pointing)
    models: tuple[tuple[str, str], ...] = ()
    undoable: bool = False
    key_id: UUID | None = None
    reason: str = ""


def status_of(
    client: Client,
    files: Sequence[SettingsFile],
    contents: Sequence[bytes | None],
    record: Record | None,
    *,
    base_url: str,
    program: Path | None,
) -> Status:
    """How a client stands towards the pxbin at ``base_url``.

    Raises:
        UnreadableFile: one of its files is not what its format says.
    """
    values = values_of(files, contents)
    pointing = client.pointing(values)
    there = any(content is not None for content in contents)
    return Status(
        client=client,
        state=_state(pointing, base_url, found=there or program is not None),
        path=files[0].path,
        program=program,
        pointing=pointing,
        models=tuple(client.models(values).items()),
        undoable=record is not None,
        key_id=record.key_id if record else None,
    )


def _state(pointing: Pointing, base_url: str, *, found: bool) -> State:
    if pointing.is_at(base_url):
        return "connected"
    if pointing.is_pxbin:
        return "moved"
    if pointing.base_url:
        return "elsewhere"
    return "not set up" if found else "not found"
