"""The page Clients for ``tests.support.screens``: a person's home directory with clients in all states."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pxbin_app.client_setup.advice import UPSTREAM_KEY
from pxbin_app.client_setup.operations import NOTHING, SetupOperations
from pxbin_app.client_setup.probe import Probed
from pxbin_app.clients import CLIENTS, ClientSetup, Machine
from tests.support.traffic import a_days_requests

CODEX = """\
# my Codex
approval_policy = "on-request"
model = "gpt-5.2"  # the best so far
model_provider = "openrouter"

[model_providers.openrouter]
name = "OpenRouter"
base_url = "https://openrouter.ai/api/v1"
env_key = "OPENROUTER_API_KEY"

[mcp_servers.github]
command = "npx"
env = { GITHUB_TOKEN = "ghp_0123456789abcdefghij0123" }
"""
CLAUDE = """\
{
  // what Claude Code may do without asking
  "permissions": {
    "allow": ["Bash(npm test)", "Read(~/notes/**)"]
  },
  "model": "opus",
  "env": {
    "ANTHROPIC_BASE_URL": "https://gateway.example.com", // the one at work
    "ANTHROPIC_AUTH_TOKEN": "sk-ant-api03-abcdefghijklmnop"
  }
}
"""


def a_machine(folder: Path) -> Machine:
    """Claude Code and Codex with settings of their own, OpenCode without any, Gemini CLI not installed."""
    home = folder / "home" / "mia"
    for name, text in {
        ".codex/config.toml": CODEX,
        ".claude/settings.json": CLAUDE,
        ".zshrc": "export ANTHROPIC_API_KEY=sk-ant-x\n",
        ".claude.json": json.dumps({"oauthAccount": {"emailAddress": "mia@example.com"}}),
    }.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("claude", "codex", "opencode"):
        program = home / ".local/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\necho 2.1.330\n")
        program.chmod(0o755)
    return Machine(home=home, environment={}, platform="linux", root=folder / "root")


async def _page(stage: Any, *, client: str) -> Any:
    """The page on a new machine, with a client chosen."""
    setup = ClientSetup(
        Path(tempfile.mkdtemp()) / "clients", CLIENTS, a_machine(Path(tempfile.mkdtemp()))
    )
    stage.window.show_page("keys")
    stage.window.show_page("clients")
    page = stage.window.current_page
    page.presenter._operations = SetupOperations(stage.bridge, setup=setup)
    page.presenter._known = NOTHING
    page.presenter._versions = {}
    page.presenter.reload()
    await asyncio.sleep(0.4)
    page.choose(client)
    await asyncio.sleep(0.4)
    return page


async def _applied(stage: Any, client: str) -> Any:
    page = await _page(stage, client=client)
    page.presenter.apply()
    await asyncio.sleep(0.5)
    return page


async def clients(stage: Any) -> None:
    await _page(stage, client="codex")


async def clients_claude(stage: Any) -> None:
    await _page(stage, client="claude-code")


async def clients_new_file(stage: Any) -> None:
    await _page(stage, client="opencode")


async def clients_two_files(stage: Any) -> None:
    await _page(stage, client="gemini-cli")


async def clients_applied(stage: Any) -> None:
    page = await _applied(stage, "claude-code")
    stage.window._toast.hide()
    record = a_days_requests(4)[-1]
    page.presenter.result = Probed(record=replace(record, outcome="ok", status_code=200))
    page.presenter.tested.emit()


async def clients_test_failed(stage: Any) -> None:
    page = await _applied(stage, "codex")
    stage.window._toast.hide()
    record = replace(a_days_requests(4)[-1], outcome="upstream_error", status_code=403)
    page.presenter.result = Probed(
        record=record,
        problem="The upstream Z.ai refused its key: invalid api key",
        advice=UPSTREAM_KEY,
    )
    page.presenter.tested.emit()


async def clients_changed(stage: Any) -> None:
    """Another model is chosen for a client that is set up."""
    page = await _applied(stage, "claude-code")
    page.presenter.choose_model("haiku", "deepseek-chat")
    page.presenter.choose_model("opus", "gpt-5.2")
    await asyncio.sleep(0.3)


async def clients_unreadable(stage: Any) -> None:
    page = await _page(stage, client="claude-code")
    path = page.presenter.status.path
    path.write_text('{\n  "env": {\n    "A": "1",,\n  }\n}\n')
    page.presenter.reload()
    await asyncio.sleep(0.3)


async def clients_undo(stage: Any) -> None:
    page = await _applied(stage, "codex")
    page.presenter.undo()
    await asyncio.sleep(0.5)


async def clients_guide(stage: Any) -> None:
    page = await _page(stage, client="codex")
    page.choose("cursor")


async def clients_any(stage: Any) -> None:
    page = await _page(stage, client="codex")
    page.choose("any")


async def clients_vs_code(stage: Any) -> None:
    page = await _page(stage, client="codex")
    page.choose("vs-code")


async def clients_no_model(stage: Any) -> None:
    await _page(stage, client="codex")


CLIENT_SCENES: dict[str, Callable[[Any], Awaitable[None]]] = {
    "clients": clients,
    "clients-claude": clients_claude,
    "clients-new-file": clients_new_file,
    "clients-two-files": clients_two_files,
    "clients-applied": clients_applied,
    "clients-test-failed": clients_test_failed,
    "clients-changed": clients_changed,
    "clients-unreadable": clients_unreadable,
    "clients-undo": clients_undo,
    "clients-guide": clients_guide,
    "clients-vs-code": clients_vs_code,
    "clients-any": clients_any,
}

__all__ = ["CLIENT_SCENES", "a_machine", "clients_no_model"]
