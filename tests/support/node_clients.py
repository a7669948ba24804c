"""Real command-line clients from npm, pinned by ``tests/e2e/package-lock.json`` and installed into ``.cache``."""

import asyncio
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pxbin_app.snippets import (
    GEMINI_SETTINGS,
    KEY_VARIABLE,
    Access,
    claude_code_variables,
    codex_config,
    gemini_cli_variables,
    opencode_config,
)

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "clients"
LOCK = ROOT / "tests" / "e2e"

# Quiet: nothing but the conversation leaves the client.
CLAUDE_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
}

CODEX_QUIET = """
[analytics]
enabled = false
[features]
apps = false
plugins = false
"""


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
        assert "EUSAGE" not in done.stderr, f"the lock does not fit:\n{done.stderr}"
        if done.returncode:
            pytest.skip(f"npm ci failed: {done.stderr.strip()[-400:]}")
        stamp.write_bytes(lock)
    return HOME / "node_modules"


def native_program(pattern: str, arch: Mapping[str, str]) -> Path:
    """A client's own program for this machine; skips the test where there is none.

    Args:
        pattern: below ``node_modules``, with ``{system}`` and ``{arch}``.
        arch: how the client's packages call ``x64`` and ``arm64``.
    """
    machine = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine(), "?"
    )
    wanted = pattern.format(system=sys.platform, arch=arch.get(machine, machine))
    found = sorted(installed_clients().glob(wanted))
    if not found:
        pytest.skip(f"there is no {wanted} for {sys.platform} on {platform.machine()}")
    return found[0]


def claude_binary() -> Path:
    """Claude Code."""
    return native_program("@anthropic-ai/claude-code-{system}-{arch}/claude", {})


def node() -> str:
    """Node itself; skips the test where there is none."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not on this machine")
    return found


@dataclass(frozen=True)
class Ran:
    """How a client ended."""

    code: int
    out: str
    err: str


async def run(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    timeout: float = 90,
) -> Ran:
    """A client in ``folder``, with a home directory of its own there and nothing else of this machine's environment."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    own = {"HOME": str(home), "PATH": os.environ["PATH"], **environment}
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=folder,
        env=own,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), timeout)
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
        name = Path(command[0]).name
        raise AssertionError(
            f"{name} did not end in {timeout} s: {out[-800:]!r} {err[-800:]!r}"
        ) from None
    return Ran(process.returncode or 0, out.decode(), err.decode())


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
    """``claude -p``.

    Args:
        settings: environment variables of its own; an empty one is not set.
    """
    environment = CLAUDE_QUIET | claude_code_variables(Access(key, base_url, [model]))
    environment["IS_SANDBOX"] = "1"  # it refuses to run tools unasked as root without it
    environment |= settings or {}
    return await run(
        [claude_binary(), "-p", prompt, *arguments],
        folder=folder,
        environment={name: value for name, value in environment.items() if value},
        timeout=timeout,
    )


async def run_codex(
    prompt: str,
    *arguments: str,
    base_url: str,
    key: str,
    model: str,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    built_in: bool = False,
    configuration: str = "",
) -> Ran:
    """``codex exec``, unasked and outside its sandbox.

    Args:
        arguments: more of them, such as ``resume --last``.
        settings: environment variables.
        built_in: by its own provider for OpenAI, moved to pxbin's address; else pxbin is a provider of its own.
        configuration: more lines for the top of its ``config.toml``.
    """
    program = native_program("@openai/codex-{system}-{arch}/vendor/*/bin/codex*", {})
    home = folder / "codex"
    home.mkdir(exist_ok=True)
    config = codex_config(Access(key, base_url, [model]))
    if built_in:
        config = f'model = "{model}"\nopenai_base_url = "{base_url}/v1"\n'
        (home / "auth.json").write_text(json.dumps({"OPENAI_API_KEY": key}))
    (home / "config.toml").write_text(
        f"check_for_update_on_startup = false\n{configuration}\n{config}\n{CODEX_QUIET}"
    )
    return await run(
        [
            program,
            "exec",
            "--skip-git-repo-check",
            "--dangerously-bypass-approvals-and-sandbox",
            *arguments,
            prompt,
        ],
        folder=folder,
        environment={"CODEX_HOME": str(home), KEY_VARIABLE: key, **(settings or {})},
    )


async def run_opencode(
    prompt: str,
    *,
    package: str,
    base_url: str,
    key: str,
    model: str,
    folder: Path,
    settings: Mapping[str, str] | None = None,
) -> Ran:
    """``opencode run``; ``package``: which of the AI SDK's providers it speaks through."""
    program = native_program("opencode-{system}-{arch}/bin/opencode*", {})
    configuration = json.loads(opencode_config(Access(key, base_url, [model]), package=package))
    configuration |= {"autoupdate": False, "share": "disabled", "permission": {"bash": "allow"}}
    (folder / "opencode.json").write_text(json.dumps(configuration))
    quiet = ("AUTOUPDATE", "DEFAULT_PLUGINS", "LSP_DOWNLOAD", "MODELS_FETCH")
    return await run(
        [program, "run", prompt],
        folder=folder,
        environment={
            KEY_VARIABLE: key,
            "npm_config_offline": "true",  # it would fetch its plugin interface, which nothing here needs
            **{f"OPENCODE_DISABLE_{what}": "1" for what in quiet},
            **(settings or {}),
        },
    )


async def run_gemini(
    prompt: str,
    *,
    base_url: str,
    key: str,
    model: str,
    folder: Path,
    settings: Mapping[str, str] | None = None,
) -> Ran:
    """Gemini CLI, headless and unasked."""
    program = installed_clients() / "@google" / "gemini-cli" / "bundle" / "gemini.js"
    configuration = folder / "home" / ".gemini" / "settings.json"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text(
        json.dumps(
            json.loads(GEMINI_SETTINGS)
            | {
                "general": {"enableAutoUpdate": False},
                "privacy": {"usageStatisticsEnabled": False},
                "telemetry": {"enabled": False},
            }
        )
    )
    return await run(
        [node(), program, "-m", model, "--yolo", "-p", prompt],
        folder=folder,
        environment={
            "GEMINI_CLI_TRUST_WORKSPACE": "true",
            **gemini_cli_variables(Access(key, base_url, [model])),
            **(settings or {}),
        },
    )


async def run_javascript(
    source: str, *, folder: Path, environment: Mapping[str, str] | None = None
) -> Ran:
    """A module that may import the installed packages."""
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(installed_clients())
    program = folder / "program.mjs"
    program.write_text(source)
    return await run([node(), program], folder=folder, environment=environment or {})
