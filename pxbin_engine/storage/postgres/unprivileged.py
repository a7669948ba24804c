"""Run a command as an unprivileged user without making an account: ``python -I -S unprivileged.py COMMAND ARG...``.

PostgreSQL refuses to run as root. In a user namespace that maps another id to ours, ``geteuid()`` is not 0 while every
file is still made and read as root: nothing is chown-ed and no account is needed. It runs as a script of its own because
a threaded process can neither enter a user namespace nor safely run Python between fork and exec.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
REFUSED = 125
"""The exit status when the kernel allows no user namespace (a container's seccomp filter, a sysctl)."""


def unprivileged_account() -> pwd.struct_passwd:
    """The account whose ids are shown inside; ``initdb`` wants its id to have a name."""
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return next(account for account in pwd.getpwall() if account.pw_uid != 0)


def enter_user_namespace(uid: int, gid: int) -> None:
    """Show this process's ids as ``uid`` and ``gid`` from now on.

    Raises:
        OSError: the kernel refuses.
    """
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")  # without it gid_map may not be written
    (own / "uid_map").write_text(f"{uid} {outer_uid} 1")
    (own / "gid_map").write_text(f"{gid} {outer_gid} 1")


def main(command: list[str]) -> None:
    """Become ``command``; does not return unless the kernel refuses."""
    account = unprivileged_account()
    try:
        enter_user_namespace(account.pw_uid, account.pw_gid)
    except OSError as error:
        sys.stderr.write(f"no user namespace: {error}\n")
        sys.exit(REFUSED)
    os.execv(command[0], command)  # noqa: S606 - to run that command is what this is for


if __name__ == "__main__":
    main(sys.argv[1:])
