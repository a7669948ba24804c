"""Codex CLI: a provider of its own in config.toml.

https://developers.openai.com/codex/config-reference; seen with 0.169: ``experimental_bearer_token`` is sent as it stands,
``wire_api = "chat"`` is refused, and a provider of one's own does not look at OPENAI_BASE_URL or OPENAI_API_KEY.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from pxbin_app.clients.client import (
    PROVIDER,
    Client,
    Conflict,
    Connection,
    Pointing,
    ProbeRequest,
    Setting,
    SettingsFile,
    Values,
    json_body,
)
from pxbin_app.clients.formats import toml, value_at
from pxbin_app.clients.machine import Machine
from pxbin_app.clients.reading import read_values

_FILE = "config"
_TOKEN = "experimental_bearer_token"
_DECIDING = ("model", "model_provider")
_MOST_PROJECTS = 200
_OWN_PROVIDER = (
    "{name} is set in {place}. Codex does not look at it where it has a provider of its own."
)


class Codex(Client):
    """Codex in the terminal; its editor extensions read the same file."""

    name = "codex"
    title = "Codex CLI"
    program = "codex"
    harmless: ClassVar[Mapping[str, str]] = {
        "OPENAI_BASE_URL": _OWN_PROVIDER,
        "OPENAI_API_KEY": _OWN_PROVIDER,
    }

    def files(self, machine: Machine) -> tuple[SettingsFile, ...]:
        folder = machine.folder("CODEX_HOME", ".codex")
        return (SettingsFile(_FILE, folder / "config.toml", toml),)

    def settings(self, connection: Connection) -> tuple[Setting, ...]:
        provider = {
            "name": PROVIDER,
            "base_url": f"{connection.base_url}/v1",
            _TOKEN: connection.key,
            "wire_api": "responses",
        }
        return (
            Setting(_FILE, ("model",), connection.model),
            Setting(_FILE, ("model_provider",), PROVIDER),
            *(
                Setting(_FILE, ("model_providers", PROVIDER, name), value)
                for name, value in provider.items()
            ),
        )

    def pointing(self, values: Values) -> Pointing:
        told = dict(values[_FILE])
        chosen = told.get("model_provider", "")
        provider = value_at(told, ("model_providers", str(chosen)))
        if not isinstance(provider, dict):
            return Pointing(base_url=str(told.get("openai_base_url", "")))
        return Pointing(
            base_url=str(provider.get("base_url", "")), key=str(provider.get(_TOKEN, ""))
        )

    def probe(self, connection: Connection) -> ProbeRequest:
        asked = {"role": "user", "content": [{"type": "input_text", "text": "Say hello."}]}
        return ProbeRequest(
            path="/v1/responses",
            headers={"authorization": f"Bearer {connection.key}"},
            body=json_body(
                {"model": connection.model, "stream": True, "store": False, "input": [asked]}
            ),
        )

    def conflicts(self, machine: Machine, values: Values) -> Iterator[Conflict]:
        told = dict(values[_FILE])
        if "profile" in told:
            text = f"The file chooses the profile {told['profile']!s}; what that profile says wins over these lines."
            yield Conflict(text)
        managed = machine.root / "etc/codex/managed_config.toml"
        names = [name for name in _DECIDING if name in read_values(managed, toml)]
        if names:
            text = f"Your organisation’s settings in {managed} set {', '.join(names)}; they win over this file."
            yield Conflict(text)
        yield from _of_projects(machine, told)
        if (machine.folder("CODEX_HOME", ".codex") / "auth.json").exists():
            text = (
                "Codex is signed in to OpenAI. While it points at pxbin it uses pxbin’s upstreams in place of that;"
                " Undo brings it back."
            )
            yield Conflict(text, "note")


def _of_projects(machine: Machine, told: dict[str, object]) -> Iterator[Conflict]:
    """A trusted project may choose another model; the provider it may not."""
    projects = told.get("projects")
    for project in list(projects if isinstance(projects, dict) else ())[:_MOST_PROJECTS]:
        file = Path(project) / ".codex" / "config.toml"
        if "model" in read_values(file, toml) and file.parent != machine.home / ".codex":
            yield Conflict(f"{machine.shown(file)} sets model; it wins in that project.")
