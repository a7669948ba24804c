"""Gemini CLI: settings.json chooses the sign-in and the model, .env beside it says where and with which key.

https://github.com/google-gemini/gemini-cli, docs/reference/configuration.md; seen with 0.61: a variable of the shell beats
the one in .env, .env is read only in folders that the person trusts, and without ``selectedType`` it says "Invalid auth
method selected".
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar
from urllib.parse import quote

from pxbin_app.clients.client import (
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
from pxbin_app.clients.formats import dotenv, jsonc, value_at
from pxbin_app.clients.machine import Machine
from pxbin_app.clients.reading import read_values

_SETTINGS, _ENV = "settings", "env"
_URL, _KEY = "GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY"
_SIGN_IN = ("security", "auth", "selectedType")
_MODEL = ("model", "name")
_DECIDING = (_SIGN_IN, _MODEL, ("security", "auth", "enforcedType"))
_SHELL_WINS = "{name} is set in {place}; for Gemini CLI it wins over the file."


class GeminiCli(Client):
    """Gemini CLI in the terminal."""

    name = "gemini-cli"
    title = "Gemini CLI"
    program = "gemini"
    overriding: ClassVar[Mapping[str, str]] = {
        _URL: _SHELL_WINS,
        _KEY: _SHELL_WINS,
        "GEMINI_MODEL": _SHELL_WINS,
        "GOOGLE_API_KEY": _SHELL_WINS,
        "GOOGLE_GENAI_USE_VERTEXAI": _SHELL_WINS,
        "GOOGLE_GENAI_USE_GCA": _SHELL_WINS,
        "GEMINI_CLI_SYSTEM_SETTINGS_PATH": "{name} is set in {place}: the settings in that file win over this one.",
    }

    def files(self, machine: Machine) -> tuple[SettingsFile, ...]:
        folder = machine.folder("GEMINI_CLI_HOME", "") / ".gemini"
        return (
            SettingsFile(_SETTINGS, folder / "settings.json", jsonc),
            SettingsFile(_ENV, folder / ".env", dotenv),
        )

    def settings(self, connection: Connection) -> tuple[Setting, ...]:
        return (
            Setting(_SETTINGS, _SIGN_IN, "gemini-api-key"),
            Setting(_SETTINGS, _MODEL, connection.model),
            Setting(_ENV, (_URL,), connection.base_url),
            Setting(_ENV, (_KEY,), connection.key),
        )

    def pointing(self, values: Values) -> Pointing:
        told = values[_ENV]
        return Pointing(base_url=str(told.get(_URL, "")), key=str(told.get(_KEY, "")))

    def probe(self, connection: Connection) -> ProbeRequest:
        return ProbeRequest(
            path=f"/v1beta/models/{quote(connection.model)}:streamGenerateContent?alt=sse",
            headers={"x-goog-api-key": connection.key},
            body=json_body({"contents": [{"role": "user", "parts": [{"text": "Say hello."}]}]}),
        )

    def conflicts(self, machine: Machine, values: Values) -> Iterator[Conflict]:
        managed = machine.of_all_users(
            "etc/gemini-cli/settings.json",
            "Library/Application Support/GeminiCli/settings.json",
            "ProgramData/gemini-cli/settings.json",
        )
        told = read_values(managed, jsonc)
        names = [".".join(path) for path in _DECIDING if value_at(told, path) is not None]
        if names:
            text = f"Your organisation’s settings in {managed} set {', '.join(names)}; they win over this file."
            yield Conflict(text)
        text = (
            "Gemini CLI reads its .env only in folders that you trust: it asks in each new one. A project’s own .env"
            " is read in place of this one."
        )
        yield Conflict(text, "note")
