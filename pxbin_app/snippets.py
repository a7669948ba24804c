"""What a person pastes so that a client uses pxbin, for each client as the end-to-end tests run it.

Claude Code reads the variables of https://code.claude.com/docs/en/env-vars and /model-config; Codex its ``config.toml``
(https://developers.openai.com/codex/config-reference); OpenCode ``opencode.json`` (https://opencode.ai/docs/providers);
Gemini CLI the variables of its docs/reference/configuration.md (https://github.com/google-gemini/gemini-cli).
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

ANY_MODEL = "<a model>"
"""Stands where no model is known yet."""
KEY = "your-pxbin-key"
"""Stands for a key whose plaintext is not known any more."""
KEY_VARIABLE = "PXBIN_KEY"
"""In which the configuration files of clients look for the key, so that it stands in none of them."""

GEMINI_SETTINGS = json.dumps({"security": {"auth": {"selectedType": "gemini-api-key"}}}, indent=2)
"""Gemini CLI takes a base URL only after this: without a choice it says "Invalid auth method selected" (seen with 0.61)."""

_BEST = ("sonnet", "opus", "claude", "gpt-5", "glm", "deepseek", "gpt")
_SMALL = ("haiku", "mini", "flash", "air", "nano", "small")
_TERMINAL = "In a terminal"


class Snippet(NamedTuple):
    """A text, and where it is pasted."""

    place: str
    text: str


class Access(NamedTuple):
    """What a client is told of pxbin: its address, a key, and the models that there are."""

    key: str
    base_url: str
    models: Sequence[str]

    @property
    def model(self) -> str:
        """For the work."""
        return suggested_models(self.models)[0]


def of_clients(access: Access, *, windows: bool = False) -> dict[str, tuple[Snippet, ...]]:
    """What is pasted for each client, by its name; ``windows``: a terminal is PowerShell there."""
    start_codex = _started("codex", {KEY_VARIABLE: access.key}, windows=windows)
    start_opencode = _started("opencode", {KEY_VARIABLE: access.key}, windows=windows)
    return {
        "Claude Code": (Snippet(_TERMINAL, claude_code(access, windows=windows)),),
        "Codex": (
            Snippet("~/.codex/config.toml", codex_config(access)),
            Snippet(_TERMINAL, start_codex),
        ),
        "OpenCode": (
            Snippet("opencode.json, in the project’s folder", opencode_config(access)),
            Snippet(_TERMINAL, start_opencode),
        ),
        "Gemini CLI": (
            Snippet("~/.gemini/settings.json", GEMINI_SETTINGS),
            Snippet(_TERMINAL, gemini_cli(access, windows=windows)),
        ),
        "OpenAI SDK": (
            Snippet("Python, Responses", openai_responses(access)),
            Snippet("Python, Chat Completions", openai_chat(access)),
        ),
        "Anthropic SDK": (Snippet("Python", anthropic_sdk(access)),),
        "AI SDK": (
            Snippet("JavaScript", ai_sdk(access)),
            Snippet(_TERMINAL, "npm install ai @ai-sdk/openai"),
        ),
        "curl": (Snippet(_TERMINAL, curl(access, windows=windows)),),
    }


def suggested_models(names: Sequence[str]) -> tuple[str, str]:
    """A model for the work and a small one for side tasks (titles, summaries), out of those there are."""
    small = _first_with(_SMALL, names)
    best = _first_with(_BEST, [name for name in names if name != small])
    if best is None:
        best = small or next(iter(names), ANY_MODEL)
    return best, small or best


def claude_code(access: Access, *, windows: bool = False) -> str:
    """Start Claude Code on pxbin, in this terminal only."""
    return _started("claude", claude_code_variables(access), windows=windows)


def claude_code_variables(access: Access) -> dict[str, str]:
    """Where Claude Code sends its requests, and what it asks for."""
    model, small = suggested_models(access.models)
    return {
        "ANTHROPIC_BASE_URL": access.base_url,
        "ANTHROPIC_AUTH_TOKEN": access.key,
        "ANTHROPIC_MODEL": model,
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": small,
    }


def codex_config(access: Access) -> str:
    """Codex speaks the Responses API only; where there is a file already, the first two lines belong above its tables."""
    return "\n".join(
        (
            f"model = {_quoted(access.model)}",
            'model_provider = "pxbin"',
            "",
            "[model_providers.pxbin]",
            'name = "pxbin"',
            f"base_url = {_quoted(f'{access.base_url}/v1')}",
            f'env_key = "{KEY_VARIABLE}"',
            'wire_api = "responses"',
        )
    )


def opencode_config(access: Access, *, package: str = "@ai-sdk/openai-compatible") -> str:
    """OpenCode through one of the AI SDK's providers; it lists no models that are not written down."""
    model, small = suggested_models(access.models)
    provider = {
        "npm": package,
        "options": {"baseURL": f"{access.base_url}/v1", "apiKey": f"{{env:{KEY_VARIABLE}}}"},
        "models": {name: {"name": name} for name in access.models or (model,)},
    }
    settings = {
        "$schema": "https://opencode.ai/config.json",
        "model": f"pxbin/{model}",
        "small_model": f"pxbin/{small}",
        "provider": {"pxbin": provider},
    }
    return json.dumps(settings, indent=2, ensure_ascii=False)


def gemini_cli(access: Access, *, windows: bool = False) -> str:
    """Start Gemini CLI on pxbin, in this terminal only."""
    command = f"gemini -m {_argument(access.model, windows=windows)}"
    return _started(command, gemini_cli_variables(access), windows=windows)


def gemini_cli_variables(access: Access) -> dict[str, str]:
    """Where Gemini CLI sends its requests when it signs in by a key."""
    return {"GOOGLE_GEMINI_BASE_URL": access.base_url, "GEMINI_API_KEY": access.key}


def openai_responses(access: Access) -> str:
    """OpenAI's SDK, the newer of its APIs."""
    call = f'client.responses.create(model={_quoted(access.model)}, input="Hi")'
    return f"{_openai_client(access)}\nprint({call}.output_text)"


def openai_chat(access: Access) -> str:
    """OpenAI's SDK, the API that most other clients speak."""
    lines = (
        _openai_client(access),
        "answer = client.chat.completions.create(",
        f'    model={_quoted(access.model)}, messages=[{{"role": "user", "content": "Hi"}}]',
        ")",
        "print(answer.choices[0].message.content)",
    )
    return "\n".join(lines)


def anthropic_sdk(access: Access) -> str:
    """Anthropic's SDK."""
    lines = (
        "from anthropic import Anthropic",
        "",
        f"client = Anthropic(base_url={_quoted(access.base_url)}, api_key={_quoted(access.key)})",
        "answer = client.messages.create(",
        f"    model={_quoted(access.model)},",
        "    max_tokens=1000,",
        '    messages=[{"role": "user", "content": "Hi"}],',
        ")",
        "print(answer.content[-1].text)",
    )
    return "\n".join(lines)


def ai_sdk(access: Access) -> str:
    """Vercel's AI SDK by its OpenAI provider, which speaks the Responses API."""
    options = f"baseURL: {_quoted(f'{access.base_url}/v1')}, apiKey: {_quoted(access.key)}"
    lines = (
        'import { createOpenAI } from "@ai-sdk/openai";',
        'import { generateText } from "ai";',
        "",
        f"const pxbin = createOpenAI({{ {options} }});",
        f"const model = pxbin({_quoted(access.model)});",
        'const { text } = await generateText({ model, prompt: "Hi" });',
        "console.log(text);",
    )
    return "\n".join(lines)


def curl(access: Access, *, windows: bool = False) -> str:
    """One request by hand; PowerShell 5 breaks the quotes of what it gives to a program, so there it asks itself."""
    url = f"{access.base_url}/v1/chat/completions"
    asked: dict[str, Any] = {"model": access.model, "messages": [{"role": "user", "content": "Hi"}]}
    body = json.dumps(asked, ensure_ascii=False)
    if windows:
        quoted = body.replace("'", "''")
        headers = f"@{{ Authorization = 'Bearer {access.key}' }}"
        lines = [f"Invoke-RestMethod -Method Post {url}", f"-Headers {headers}"]
        lines += ["-ContentType 'application/json'", f"-Body '{quoted}'"]
        return " `\n  ".join(lines)
    lines = [f"curl {url}", f"-H 'Authorization: Bearer {access.key}'"]
    lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
    return " \\\n  ".join(lines)


def management(key: str, base_url: str) -> str:
    """Ask the management API."""
    url = f"{base_url}/api/v1/stats/overview?period=24h"
    return f'curl -H "Authorization: Bearer {key}" "{url}"'


def _openai_client(access: Access) -> str:
    url = _quoted(f"{access.base_url}/v1")
    return (
        "from openai import OpenAI\n\n"
        f"client = OpenAI(base_url={url}, api_key={_quoted(access.key)})"
    )


def _quoted(text: str) -> str:
    """A string as Python, JavaScript and TOML write it."""
    return json.dumps(text, ensure_ascii=False)


def _started(command: str, variables: Mapping[str, str], *, windows: bool) -> str:
    if windows:
        assigned = [f"$env:{name} = {_powershell(value)}" for name, value in variables.items()]
        return "\n".join([*assigned, command])
    assigned = [f"{name}={shlex.quote(value)}" for name, value in variables.items()]
    return " \\\n".join([*assigned, command])


def _argument(text: str, *, windows: bool) -> str:
    return _powershell(text) if windows else shlex.quote(text)


def _powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_with(words: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of ``names`` that has the earliest of ``words`` in it."""
    return next((name for word in words for name in names if word in name.casefold()), None)
