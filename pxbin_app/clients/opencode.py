"""OpenCode: a provider of its own in opencode.json.

https://opencode.ai/docs/config and /providers; later files are laid over earlier ones, and it lists no models that are
not written down.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pxbin_app.clients.client import (
    PROVIDER,
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

_FILE = "config"
_PROVIDER = ("provider", PROVIDER)
_PACKAGE = "@ai-sdk/openai-compatible"
_DECIDING = ("model", "small_model", "provider", "enabled_providers", "disabled_providers")


class OpenCode(Client):
    """OpenCode in the terminal and on the desktop."""

    name = "opencode"
    title = "OpenCode"
    program = "opencode"
    slots = (
        ModelSlot(name="main", title="Model"),
        ModelSlot(name="small", title="Side tasks", small=True),
    )
    overriding: ClassVar[Mapping[str, str]] = {
        "OPENCODE_CONFIG": "{name} is set in {place}: that file is laid over this one.",
        "OPENCODE_CONFIG_DIR": "{name} is set in {place}: the files in that directory are laid over this one.",
        "OPENCODE_CONFIG_CONTENT": "{name} is set in {place}: what it says is laid over this file.",
    }

    def files(self, machine: Machine) -> tuple[SettingsFile, ...]:
        folder = machine.folder("XDG_CONFIG_HOME", ".config") / "opencode"
        path = folder / "opencode.jsonc"  # read last, so it wins where both are there
        if not path.exists():
            path = folder / "opencode.json"
        return (SettingsFile(_FILE, path, jsonc),)

    def settings(self, connection: Connection) -> tuple[Setting, ...]:
        small = connection.models["small"]
        names = dict.fromkeys((*connection.offered, connection.model, small))
        values: dict[tuple[str, ...], Any] = {
            ("model",): f"{PROVIDER}/{connection.model}",
            ("small_model",): f"{PROVIDER}/{small}",
            (*_PROVIDER, "npm"): _PACKAGE,
            (*_PROVIDER, "name"): PROVIDER,
            (*_PROVIDER, "options", "baseURL"): f"{connection.base_url}/v1",
            (*_PROVIDER, "options", "apiKey"): connection.key,
            **{(*_PROVIDER, "models", name): {"name": name} for name in names},
        }
        return tuple(Setting(_FILE, path, value) for path, value in values.items())

    def pointing(self, values: Values) -> Pointing:
        told = dict(values[_FILE])
        chosen = str(told.get("model", "")).partition("/")[0]
        options = value_at(told, ("provider", chosen, "options"))
        if not isinstance(options, dict):
            return Pointing()
        return Pointing(
            base_url=str(options.get("baseURL", "")), key=str(options.get("apiKey", ""))
        )

    def probe(self, connection: Connection) -> ProbeRequest:
        return ProbeRequest(
            path="/v1/chat/completions",
            headers={"authorization": f"Bearer {connection.key}"},
            body=json_body(
                {
                    "model": connection.model,
                    "stream": True,
                    "stream_options": {"include_usage": True},
                    "messages": [{"role": "user", "content": "Say hello."}],
                }
            ),
        )

    def conflicts(self, machine: Machine, values: Values) -> Iterator[Conflict]:
        told = values[_FILE]
        enabled, disabled = told.get("enabled_providers"), told.get("disabled_providers")
        if isinstance(disabled, list) and PROVIDER in disabled:
            yield Conflict(f"disabled_providers in the same file switches {PROVIDER} off.")
        if isinstance(enabled, list) and PROVIDER not in enabled:
            yield Conflict(f"enabled_providers in the same file does not name {PROVIDER}.")
        folder = machine.of_all_users(
            "etc/opencode", "Library/Application Support/opencode", "ProgramData/opencode"
        )
        for name in ("opencode.json", "opencode.jsonc"):
            managed = read_values(folder / name, jsonc)
            names = [name for name in _DECIDING if name in managed]
            if names:
                text = f"Your organisation’s settings in {folder / name} set {', '.join(names)}; they win over this file."
                yield Conflict(text)
