"""The keyring against a real Secret Service (gnome-keyring on a D-Bus session of its own), unlocked, locked and absent."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pxbin_engine.errors import SecretStoreUnavailable
from pxbin_engine.storage import os_keyring
from pxbin_engine.storage.os_keyring import OsKeyring

real_secret_service = pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
    reason="no dbus-run-session and gnome-keyring-daemon here: the real Secret Service is not tested",
)

PROGRAM = """
import asyncio, json, sys, time
from pxbin_engine.errors import SecretStoreUnavailable
from pxbin_engine.storage.os_keyring import OsKeyring

async def main():
    keyring, seen = OsKeyring(timeout=float(sys.argv[1])), {}
    started = time.monotonic()
    try:
        seen["name"] = await keyring.probe()
        await keyring.set("upstream", "one")
        await keyring.set("upstream", "s\\u00fc\\n two")
        seen["got"] = await keyring.get("upstream")
        seen["other"] = await keyring.get("another")
        await keyring.delete("upstream")
        await keyring.delete("upstream")
        seen["deleted"] = await keyring.get("upstream")
    except SecretStoreUnavailable as error:
        seen["unavailable"] = error.message
    seen["took"] = time.monotonic() - started
    print(json.dumps(seen))

asyncio.run(main())
"""


@pytest.fixture
def home() -> Iterator[Path]:
    # Not tmp_path: a socket's path must be short.
    directory = Path(tempfile.mkdtemp(prefix="pxk"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def run(home: Path, shell: str = "", *, timeout: float = 5, **environment: str) -> dict[str, Any]:
    """What the program saw, run in a fresh home; ``shell`` starts a keyring on a fresh D-Bus session."""
    program = [sys.executable, "-c", PROGRAM, str(timeout)]
    session = ["dbus-run-session", "--", "sh", "-c", f'{shell}; exec "$@"', "sh"] if shell else []
    kept = {
        name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "PYTHONPATH"}
    }
    place = {
        name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")
    }
    done = subprocess.run(
        [*session, *program],
        env=kept | place | environment,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


@real_secret_service
def test_a_real_secret_service_keeps_gives_back_and_forgets(home: Path) -> None:
    seen = run(home, "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null")
    seen.pop("took")
    assert seen == {
        "name": "Secret Service keyring",
        "got": "sü\n two",
        "other": None,
        "deleted": None,
    }


@real_secret_service
def test_a_locked_secret_service_is_unavailable_in_time(home: Path) -> None:
    # Not unlocked and without a display to ask for the password.
    seen = run(home, "gnome-keyring-daemon --start --components=secrets >/dev/null", timeout=2)
    assert "keyring" in seen["unavailable"]
    assert seen["took"] < 10
    assert "got" not in seen


def test_no_keyring_at_all_is_said(home: Path) -> None:
    seen = run(home, DBUS_SESSION_BUS_ADDRESS=f"unix:path={home}/none")
    assert seen["unavailable"] == "There is no keyring on this machine."


@pytest.mark.parametrize("backend", ["keyring.backends.null.Keyring", "plain.Keyring"])
def test_a_keyring_that_keeps_nothing_or_keeps_it_in_plain_text_is_refused(
    home: Path, backend: str
) -> None:
    (home / "plain.py").write_text(
        textwrap.dedent(
            """
            from keyring.backend import KeyringBackend
            class Keyring(KeyringBackend):
                priority = 9
                entries = {}
                def get_password(self, service, name): return self.entries.get(name)
                def set_password(self, service, name, secret): self.entries[name] = secret
                def delete_password(self, service, name): del self.entries[name]
            """
        )
    )
    seen = run(home, PYTHON_KEYRING_BACKEND=backend, PYTHONPATH=str(home))
    assert seen["unavailable"] == f"The keyring {backend} is not one of the operating system's own."


class FakeBackend:
    """What a test tells it to be."""

    def __init__(self, get: Any) -> None:
        self.get_password = get


async def test_a_call_that_hangs_ends_in_time_and_holds_nothing_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()
    backend = FakeBackend(lambda *_: release.wait(30))
    monkeypatch.setattr(os_keyring, "_trusted_backend", lambda: backend)
    with pytest.raises(SecretStoreUnavailable, match="did not answer in time"):
        await OsKeyring(timeout=0.05).get("upstream")
    hanging = [thread for thread in threading.enumerate() if thread.name == "keyring"]
    assert all(thread.daemon for thread in hanging)
    release.set()
    for thread in hanging:
        thread.join(5)


async def test_whatever_a_backend_raises_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("no such collection")

    monkeypatch.setattr(os_keyring, "_trusted_backend", lambda: FakeBackend(broken))
    with pytest.raises(SecretStoreUnavailable, match="no such collection"):
        await OsKeyring().get("upstream")
