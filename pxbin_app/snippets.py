"""What a person pastes into a terminal to use a new key.

Claude Code reads these variables: https://code.claude.com/docs/en/env-vars and /model-config.
"""

import shlex
from collections.abc import Mapping, Sequence

ANY_MODEL = "<a model>"
"""Stands where no model is known yet."""

_BEST = ("sonnet", "opus", "claude", "gpt-5", "glm", "deepseek", "gpt")
_SMALL = ("haiku", "mini", "flash", "air", "nano", "small")


def suggested_models(names: Sequence[str]) -> tuple[str, str]:
    """A model for the work and a small one for Claude Code's side tasks (titles, summaries), out of those there are."""
    small = _first_with(_SMALL, names)
    best = _first_with(_BEST, [name for name in names if name != small])
    if best is None:
        best = small or next(iter(names), ANY_MODEL)
    return best, small or best


def claude_code(key: str, base_url: str, models: Sequence[str], *, windows: bool = False) -> str:
    """Start Claude Code on pxbin, in this terminal only."""
    model, small = suggested_models(models)
    variables = {
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_AUTH_TOKEN": key,
        "ANTHROPIC_MODEL": model,
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": small,
    }
    if windows:
        return "\n".join([*_powershell(variables), "claude"])
    return " \\\n".join([*_assignments(variables), "claude"])


def openai_clients(key: str, base_url: str, *, windows: bool = False) -> str:
    """Point OpenAI's SDKs, and what reads their variables, at pxbin."""
    variables = {"OPENAI_BASE_URL": f"{base_url}/v1", "OPENAI_API_KEY": key}
    if windows:
        return "\n".join(_powershell(variables))
    return "\n".join(f"export {line}" for line in _assignments(variables))


def management(key: str, base_url: str) -> str:
    """Ask the management API."""
    url = f"{base_url}/api/v1/stats/overview?period=24h"
    return f'curl -H "Authorization: Bearer {key}" "{url}"'


def _assignments(variables: Mapping[str, str]) -> list[str]:
    return [f"{name}={shlex.quote(value)}" for name, value in variables.items()]


def _powershell(variables: Mapping[str, str]) -> list[str]:
    quoted = {name: value.replace("'", "''") for name, value in variables.items()}
    return [f"$env:{name} = '{value}'" for name, value in quoted.items()]


def _first_with(words: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of ``names`` that has the earliest of ``words`` in it."""
    return next((name for word in words for name in names if word in name.casefold()), None)
