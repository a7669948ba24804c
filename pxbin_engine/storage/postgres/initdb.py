"""A new data directory: made beside its place and then moved there, so that a killed initdb leaves nothing half made."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from pxbin_engine.errors import ServerStartError
from pxbin_engine.storage.postgres.binaries import Binaries
from pxbin_engine.storage.postgres.conf import INCLUDE_LINE
from pxbin_engine.storage.postgres.endpoint import ROLE
from pxbin_engine.storage.postgres.identity import Identity
from pxbin_engine.storage.postgres.layout import MEGABYTE, Layout

LEAST_FREE = 120 * MEGABYTE
"""A new server takes 40 MB; less than this would soon be a full disk."""


def initialise(layout: Layout, binaries: Binaries, identity: Identity) -> None:
    """Make ``layout.data`` and the password of its one role; takes half a second.

    Raises:
        ServerStartError: the disk is too full, or initdb failed; with its words.
    """
    free = shutil.disk_usage(layout.root).free
    if free < LEAST_FREE:
        raise ServerStartError(
            f"Only {free // MEGABYTE} MB are free where {layout.root} is; "
            f"a new database needs {LEAST_FREE // MEGABYTE} MB."
        )
    for half_made in layout.root.glob("init-*"):
        shutil.rmtree(half_made, ignore_errors=True)
    identity.give(layout.root)
    _write_password(layout.password_file, identity)
    directory = layout.root / f"init-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        _run_initdb(binaries, identity, directory, layout.password_file)
        with (directory / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(INCLUDE_LINE)
        directory.rename(layout.data)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def _run_initdb(
    binaries: Binaries, identity: Identity, directory: Path, password_file: Path
) -> None:
    process = identity.popen(
        [binaries.program("initdb"), *_arguments(directory, password_file)],
        output=subprocess.PIPE,
    )
    said = process.communicate()[0].decode(errors="replace").strip()
    if process.returncode != 0:
        raise ServerStartError(f"initdb failed: {said or f'exit status {process.returncode}'}")


def _arguments(directory: Path, password_file: Path) -> list[str]:
    return [
        f"--pgdata={directory}",
        f"--username={ROLE}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        # The builtin provider sorts alike on every machine: no C library's or ICU's update breaks an index.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--no-instructions",
        "--text-search-config=english",
        # The password has 256 random bits: stretching it would only make each connection slower.
        "--set=scram_iterations=1",
    ]


def _write_password(path: Path, identity: Identity) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32))
    identity.give(path)
