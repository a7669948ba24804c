"""Clients that are set up by hand: step by step, what to click and what to paste.

Cursor: its settings page, https://cursor.com/docs; VS Code: "Custom Endpoint" of the language models view, since 1.122,
https://code.visualstudio.com/docs (Copilot Chat, bring your own key).
"""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pxbin_app.snippets import Access

BASH, FISH, POWERSHELL = "bash, zsh", "fish", "PowerShell"


class Step(NamedTuple):
    """What to do, and what is pasted there; empty where nothing is."""

    text: str
    snippet: str = ""


class Guide(NamedTuple):
    """One client; ``note``: what one should know before."""

    name: str
    title: str
    subtitle: str
    note: str
    steps: Callable[[Access], Sequence[Step]]


def variables(access: Access) -> dict[str, str]:
    """What most clients of either vendor read from the environment."""
    return {
        "ANTHROPIC_BASE_URL": access.base_url,
        "ANTHROPIC_AUTH_TOKEN": access.key,
        "OPENAI_BASE_URL": f"{access.base_url}/v1",
        "OPENAI_API_KEY": access.key,
    }


def exported(values: Mapping[str, str], shell: str) -> str:
    """The lines that set variables in a shell."""
    forms: dict[str, Callable[[str, str], str]] = {
        BASH: lambda name, value: f"export {name}={shlex.quote(value)}",
        FISH: lambda name, value: f"set -gx {name} {_fish(value)}",
        POWERSHELL: lambda name, value: f"$env:{name} = {_powershell(value)}",
    }
    return "\n".join(forms[shell](name, value) for name, value in values.items())


def _cursor(access: Access) -> Sequence[Step]:
    return (
        Step("Open Cursor Settings, Models, and there API Keys."),
        Step("Switch OpenAI API Key on, and paste the key.", access.key),
        Step("Switch Override OpenAI Base URL on, and paste the address.", f"{access.base_url}/v1"),
        Step("Add a custom model by its name, and choose it in the chat.", access.model),
    )


def _vs_code(access: Access) -> Sequence[Step]:
    model = {
        "id": access.model,
        "name": f"{access.model} (pxbin)",
        "url": f"{access.base_url}/v1/chat/completions",
        "toolCalling": True,
        "vision": True,
        "maxInputTokens": 200_000,
        "maxOutputTokens": 32_000,
    }
    provider = {
        "name": "pxbin",
        "vendor": "customendpoint",
        "apiKey": access.key,
        "apiType": "chat-completions",
        "models": [model],
    }
    return (
        Step("Run Chat: Manage Language Models from the command palette (VS Code 1.122 or later)."),
        Step(
            "Choose Add Models, then Custom Endpoint; give it the name pxbin, and paste the key.",
            access.key,
        ),
        Step(
            "In chatLanguageModels.json, which opens then, let the models stand as here; the key that VS Code put there stays.",
            json.dumps([provider], indent=2, ensure_ascii=False),
        ),
        Step("Choose the model in the chat."),
    )


def _any(access: Access) -> Sequence[Step]:
    values = variables(access)
    return (
        Step(
            "bash or zsh: in a terminal, or in ~/.bashrc or ~/.zshrc to stay.",
            exported(values, BASH),
        ),
        Step(
            "fish: in a terminal, or in ~/.config/fish/config.fish to stay.", exported(values, FISH)
        ),
        Step(
            "PowerShell: in a window, or in the file that $PROFILE names to stay.",
            exported(values, POWERSHELL),
        ),
    )


GUIDES = (
    Guide(
        "cursor",
        "Cursor",
        "steps to follow",
        "Cursor sends every request through its own servers, which cannot reach this machine: pxbin must have an address"
        " on the internet (a tunnel, a server of yours), and that address takes the place of the one below.",
        _cursor,
    ),
    Guide(
        "vs-code",
        "VS Code",
        "steps to follow",
        "For the chat of VS Code itself. Claude Code and Codex in VS Code read the same files as in the terminal.",
        _vs_code,
    ),
    Guide(
        "any",
        "Any other client",
        "environment variables",
        "Most clients of Anthropic and OpenAI read these; each model is asked for by its name in pxbin.",
        _any,
    ),
)


def _fish(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _powershell(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
