"""Real command-line clients from npm, pinned by ``tests/e2e/package-lock.json`` and installed into ``.cache``."""

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "clients"
LOCK = ROOT / "tests" / "e2e"

# Quiet: nothing but the conversation leaves the client.
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
}


def installed_clients() -> Path:
    """The ``node_modules`` with the pinned clients; skips the test where there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not on this machine: real clients cannot be installed")
    lock = (LOCK / "package-lock.json").read_bytes()
    stamp = HOME / "installed-lock.json"
    if not stamp.exists() or stamp.read_bytes() != lock:
        HOME.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCK / name, HOME / name)
        # Their install scripts only pick a binary for this Node; the binaries need no Node at all.
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(HOME)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            pytest.skip(f"npm ci failed: {done.stderr.strip()[-400:]}")
        stamp.write_bytes(lock)
    return HOME / "node_modules"


def claude_binary() -> Path:
    """Claude Code's own program for this machine."""
    arch = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine(), "?"
    )
    package = f"claude-code-{sys.platform}-{arch}"
    binary = installed_clients() / "@anthropic-ai" / package / "claude"
    if not binary.exists():
        pytest.skip(f"Claude Code has no program for {sys.platform} on {platform.machine()}")
    return binary


@dataclass(frozen=True)
class Ran:
    """How a client ended."""

    code: int
    out: str
    err: str


async def run_claude(
    prompt: str,
    *arguments: str,
    base_url: str,
    key: str,
    model: str,
    folder: Path,
    timeout: float = 90,
    settings: Mapping[str, str] | None = None,
) -> Ran:
    """``claude -p`` in ``folder``, with a home directory of its own and nothing else of this machine's environment.

    Args:
        settings: environment variables of its own; an empty one is not set.
    """
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = QUIET | {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_API_KEY": key,
        "ANTHROPIC_MODEL": model,
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": model,
        "IS_SANDBOX": "1",  # it refuses to run tools unasked as root without it
    }
    environment |= settings or {}
    environment = {name: value for name, value in environment.items() if value}
    process = await asyncio.create_subprocess_exec(
        str(claude_binary()), "-p", prompt, *arguments, cwd=folder, env=environment,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await asyncio.wait_for(process.communicate(), timeout)
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
        raise AssertionError(
            f"claude did not end in {timeout} s: {out[-800:]!r} {err[-800:]!r}"
        ) from None
    return Ran(process.returncode or 0, out.decode(), err.decode())
