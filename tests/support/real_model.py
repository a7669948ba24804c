"""A real model on loopback: llama.cpp's own server and SmolLM2 135M, both from wheels pinned by hash."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.engine_process import ROOT, free_port

ALIAS = "smollm2-135m"
CONTEXT = 8192
LOCK = ROOT / "packaging" / "requirements-model.lock"
HOME = ROOT / ".cache" / "model"


def installed_model() -> Path:
    """Where the wheels are unpacked; skips the test where they cannot be had."""
    stamp = HOME / "installed.lock"
    if not stamp.exists() or stamp.read_bytes() != LOCK.read_bytes():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:",
                   "--require-hashes", "--requirement", str(LOCK), "--target", str(HOME), "--upgrade"]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:
            pytest.skip(f"the model's wheels cannot be installed: {done.stderr.strip()[-400:]}")
        stamp.write_bytes(LOCK.read_bytes())
    loaded = subprocess.run(
        [sys.executable, "-c", "import xllamacpp"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    if loaded.returncode:
        pytest.skip(
            f"the model's library does not load here: {loaded.stderr.strip().splitlines()[-1]}"
        )
    return HOME


@contextlib.asynccontextmanager
async def running_model() -> AsyncIterator[str]:
    """The base URL of the running server; it is ended by pid."""
    home = installed_model()
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        sys.executable,
        str(ROOT / "tests" / "support" / "model_server.py"),
        str(home),
        str(port),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await _until_ready(f"{url}/health", process)
        yield url
    finally:
        process.kill()  # nothing of it is worth an orderly end
        process.wait(timeout=20)


async def _until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.2)
    raise RuntimeError(f"the model server did not come up (exit code {process.poll()})")
