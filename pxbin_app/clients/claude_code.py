"""Claude Code: the ``env`` block of its settings.json.

https://code.claude.com/docs/en/settings, /env-vars, /model-config; what it does with them was seen with 2.1.330: a
variable of the file beats the shell's, and ``ANTHROPIC_API_KEY`` from the shell is sent beside the file's token.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pxbin_app.clients.client import (
    Client,
    Conflict,
    Connection,
    ModelSlot,
    Pointing,
    ProbeRequest,
    Setting,
    SettingsFile,
    Values,
    json_body,
)
from pxbin_app.clients.formats import jsonc, value_at
from pxbin_app.clients.machine import Machine
from pxbin_app.clients.reading import read_values

_FILE = "settings"
_URL, _TOKEN = "ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"
_MODELS = {
    "main": "ANTHROPIC_MODEL",
    "opus": "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "sonnet": "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "haiku": "ANTHROPIC_DEFAULT_HAIKU_MODEL",
}
_OURS = (_URL, _TOKEN, *_MODELS.values())
_MOST_PROJECTS = 200
_FILE_WINS = (
    "{name} is set in {place}. Claude Code prefers its settings file, so it does not matter here."
)


class ClaudeCode(Client):
    """Claude Code in the terminal, and in editors: they read the same file."""

    name = "claude-code"
    title = "Claude Code"
    program = "claude"
    slots = (
        ModelSlot(name="main", title="Main"),
        ModelSlot(name="opus", title="Opus"),
        ModelSlot(name="sonnet", title="Sonnet"),
        ModelSlot(name="haiku", title="Haiku, fast", small=True),
    )
    overriding: ClassVar[Mapping[str, str]] = {
        "CLAUDE_CODE_USE_BEDROCK": "{name} is set in {place}: Claude Code then asks Amazon Bedrock, whatever its file says.",
        "CLAUDE_CODE_USE_VERTEX": "{name} is set in {place}: Claude Code then asks Google Vertex AI, whatever its file says.",
        "CLAUDE_CODE_USE_FOUNDRY": "{name} is set in {place}: Claude Code then asks Microsoft Foundry, whatever its file says.",
        "CLAUDE_CODE_SUBAGENT_MODEL": "{name} is set in {place}: subagents ask for that model.",
        "ANTHROPIC_SMALL_FAST_MODEL": "{name} is set in {place}: side tasks may ask for that model.",
    }
    harmless: ClassVar[Mapping[str, str]] = {
        "ANTHROPIC_API_KEY": "{name} is set in {place}. Claude Code sends it along; pxbin looks at its own key only.",
        _URL: _FILE_WINS,
        _TOKEN: _FILE_WINS,
        "ANTHROPIC_MODEL": _FILE_WINS,
    }

    def files(self, machine: Machine) -> tuple[SettingsFile, ...]:
        folder = machine.folder("CLAUDE_CONFIG_DIR", ".claude")
        return (SettingsFile(_FILE, folder / "settings.json", jsonc),)

    def settings(self, connection: Connection) -> tuple[Setting, ...]:
        told = {_URL: connection.base_url, _TOKEN: connection.key}
        told |= {variable: connection.models[slot] for slot, variable in _MODELS.items()}
        return tuple(Setting(_FILE, ("env", name), value) for name, value in told.items())

    def pointing(self, values: Values) -> Pointing:
        told = _environment(values[_FILE])
        key = told.get(_TOKEN) or told.get("ANTHROPIC_API_KEY", "")
        return Pointing(base_url=told.get(_URL, ""), key=key)

    def probe(self, connection: Connection) -> ProbeRequest:
        return ProbeRequest(
            path="/v1/messages",
            headers={
                "authorization": f"Bearer {connection.key}",
                "anthropic-version": "2023-06-01",
            },
            body=json_body(
                {
                    "model": connection.model,
                    "max_tokens": 1024,
                    "stream": True,
                    "messages": [{"role": "user", "content": "Say hello."}],
                }
            ),
        )

    def conflicts(self, machine: Machine, values: Values) -> Iterator[Conflict]:
        if "ANTHROPIC_API_KEY" in _environment(values[_FILE]):
            text = "ANTHROPIC_API_KEY in the same file stays and is sent along; pxbin looks at its own key only."
            yield Conflict(text, "note")
        yield from self._of_managed_settings(machine)
        yield from self._of_projects(machine)
        account = _state(machine).get("oauthAccount")
        if (
            account
            or (machine.folder("CLAUDE_CONFIG_DIR", ".claude") / ".credentials.json").exists()
        ):
            text = (
                "Claude Code is signed in with a subscription. While it points at pxbin it uses pxbin’s upstreams"
                " in place of it; Undo brings the subscription back."
            )
            yield Conflict(text, "note")

    def _of_managed_settings(self, machine: Machine) -> Iterator[Conflict]:
        file = machine.of_all_users(
            "etc/claude-code/managed-settings.json",
            "Library/Application Support/ClaudeCode/managed-settings.json",
            "Program Files/ClaudeCode/managed-settings.json",
        )
        told = read_values(file, jsonc)
        names = [name for name in _OURS if name in _environment(told)]
        names += [name for name in ("forceLoginMethod", "availableModels") if name in told]
        if names:
            text = f"Your organisation’s settings in {file} set {', '.join(names)}; they win over this file."
            yield Conflict(text)

    def _of_projects(self, machine: Machine) -> Iterator[Conflict]:
        """A project's own settings win in its directory; Claude Code keeps a list of its projects."""
        projects = _state(machine).get("projects")
        for project in list(projects if isinstance(projects, dict) else ())[:_MOST_PROJECTS]:
            for name in ("settings.json", "settings.local.json"):
                file = Path(project) / ".claude" / name
                if file.parent == machine.folder("CLAUDE_CONFIG_DIR", ".claude"):
                    continue
                names = [ours for ours in _OURS if ours in _environment(read_values(file, jsonc))]
                if names:
                    text = (
                        f"{machine.shown(file)} sets {', '.join(names)}; it wins in that project."
                    )
                    yield Conflict(text)


def _environment(values: Mapping[str, Any]) -> dict[str, str]:
    told = value_at(dict(values), ("env",))
    return {name: str(value) for name, value in told.items()} if isinstance(told, dict) else {}


def _state(machine: Machine) -> dict[str, Any]:
    """What Claude Code remembers between starts."""
    moved = machine.environment.get("CLAUDE_CONFIG_DIR")
    return read_values((Path(moved) if moved else machine.home) / ".claude.json", jsonc)
