"""Clients that pxbin can set up: what they are, and how their own files are changed and changed back. No Qt here.

::

    client, claude_code, codex, opencode, gemini_cli    what is known of each client
    machine, conflicts, reading                         where it is on this machine, and what overrides its files
    formats, encoding                                   files as text, edited in place
    status, planning, difference, undoing               how it stands, what would change, how that is shown, and its way back
    setup                                               ClientSetup: status, plan, apply, undo, repair
    journal, disk                                       what was changed, written down before; the few operations on files
    guides                                              clients that are set up by hand: what to paste, step by step
    errors                                              what can go wrong, for the person
"""

from pathlib import Path

from pxbin_app.clients.claude_code import ClaudeCode
from pxbin_app.clients.client import Client, Conflict, Connection, ModelSlot, local_url
from pxbin_app.clients.codex import Codex
from pxbin_app.clients.difference import DiffLine
from pxbin_app.clients.errors import ClientSetupError, FileChanged
from pxbin_app.clients.gemini_cli import GeminiCli
from pxbin_app.clients.machine import Machine
from pxbin_app.clients.opencode import OpenCode
from pxbin_app.clients.planning import PREVIEW_KEY, Plan
from pxbin_app.clients.setup import ClientSetup, Undone
from pxbin_app.clients.status import State, Status

__all__ = [
    "CLIENTS",
    "PREVIEW_KEY",
    "Client",
    "ClientSetup",
    "ClientSetupError",
    "Conflict",
    "Connection",
    "DiffLine",
    "FileChanged",
    "Machine",
    "ModelSlot",
    "Plan",
    "State",
    "Status",
    "Undone",
    "local_url",
    "setup_in",
]

CLIENTS: tuple[Client, ...] = (ClaudeCode(), Codex(), OpenCode(), GeminiCli())


def setup_in(data_dir: Path, machine: Machine | None = None) -> ClientSetup:
    """The set-up of all clients on this machine, its journal and backups below ``data_dir``."""
    return ClientSetup(data_dir / "clients", CLIENTS, machine or Machine.this())
