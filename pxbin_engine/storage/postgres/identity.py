"""As whom PostgreSQL runs: it refuses to be root, so root's server runs in a user namespace or as another account."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pxbin_engine.errors import ServerStartError
from pxbin_engine.programs import NO_WINDOW, UNPRIVILEGED, part_command

_ACCOUNTS = ("pxbin", "postgres")
_CLEARED = ("PG", "LC_", "LANG")
_CREATION_FLAGS = 0
if sys.platform == "win32":
    _CREATION_FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | NO_WINDOW


@dataclass(frozen=True, slots=True)
class Identity:
    """How a command of PostgreSQL is started; ``account`` is a user id to change to, ``wrapper`` goes before it."""

    owner: int
    """The user id that the files belong to."""
    account: int | None = None
    group: int | None = None
    wrapper: tuple[str, ...] = ()

    def popen(
        self,
        command: Sequence[str],
        *,
        input: int = subprocess.DEVNULL,  # noqa: A002 - it is the process's
        output: int | IO[bytes] = subprocess.DEVNULL,
    ) -> "subprocess.Popen[bytes]":
        """Start ``command`` in a session of its own, so that no terminal's Ctrl-C reaches it; no shell is involved."""
        return subprocess.Popen(
            [*self.wrapper, *command],
            stdin=input,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=clean_environment(),
            start_new_session=True,
            creationflags=_CREATION_FLAGS,
            user=self.account,
            group=self.group,
            extra_groups=None if self.account is None else [],
        )

    def give(self, path: Path) -> None:
        """Make ``path`` the account's, when there is one."""
        if self.account is not None:
            os.chown(path, self.account, -1 if self.group is None else self.group)


def own_identity() -> Identity:
    """We ourselves; the owner means nothing on Windows."""
    return Identity(owner=0 if sys.platform == "win32" else os.geteuid())


def clean_environment() -> dict[str, str]:
    """Ours without what would change how PostgreSQL behaves; its messages are English so that we can read them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CLEARED)}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def choose_identity(root: Path) -> Identity:
    """Decide for the server below ``root``; data that an account owns stays that account's.

    Raises:
        ServerStartError: we are root and the kernel allows no user namespace, nor is there an account.
    """
    own = own_identity()
    if own.owner != 0 or sys.platform == "win32":
        return own
    owner = root.stat().st_uid
    if owner != 0:
        return _of_account(owner)
    namespace = Identity(0, wrapper=tuple(part_command(UNPRIVILEGED, bare=True)))
    if (root / "data").exists() or _works(namespace):
        return namespace
    return _existing_account()


def _works(identity: Identity) -> bool:
    if sys.platform != "linux":
        return False
    process = identity.popen(["/bin/sh", "-c", ""])
    return process.wait(30) == 0


if sys.platform != "win32":
    import pwd

    def _existing_account() -> Identity:
        for account in pwd.getpwall():
            if account.pw_name in _ACCOUNTS:
                return Identity(account.pw_uid, account.pw_uid, account.pw_gid)
        raise ServerStartError(
            "PostgreSQL does not run as root, and this system allows no user namespace. Run pxbin as an ordinary user, "
            "make an account named pxbin, or give a database_url."
        )

    def _of_account(uid: int) -> Identity:
        try:
            return Identity(uid, uid, pwd.getpwuid(uid).pw_gid)
        except KeyError:
            raise ServerStartError(
                f"The database's files belong to user id {uid}, which has no account here."
            ) from None
