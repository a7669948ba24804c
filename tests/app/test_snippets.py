"""What is pasted works where it is pasted; tests/e2e/test_snippets.py runs it against pxbin."""

import json
import subprocess
import sys
import tomllib

import pytest

from pxbin_app.snippets import (
    ANY_MODEL,
    KEY_VARIABLE,
    Access,
    ai_sdk,
    anthropic_sdk,
    claude_code,
    codex_config,
    curl,
    gemini_cli,
    management,
    of_clients,
    openai_chat,
    openai_responses,
    opencode_config,
    suggested_models,
)

KEY, BASE_URL = "pxb_0123", "http://127.0.0.1:8080"
GLM = Access(KEY, BASE_URL, ["glm-4.6", "glm-4.5-air"])
NASTY = Access(KEY, BASE_URL, ["a b$(touch x)'c\"d\\"])
"""A model's name may be anything."""
posix = pytest.mark.skipif(sys.platform == "win32", reason="there is no POSIX shell")


@pytest.mark.parametrize(
    ("names", "best", "small"),
    [
        (
            ["claude-haiku-4-5", "claude-opus-4-5", "claude-sonnet-4-5"],
            "claude-sonnet-4-5",
            "claude-haiku-4-5",
        ),
        (["glm-4.5-air", "glm-4.6"], "glm-4.6", "glm-4.5-air"),
        (["gpt-5-mini"], "gpt-5-mini", "gpt-5-mini"),
        (["llama-4"], "llama-4", "llama-4"),
        ([], ANY_MODEL, ANY_MODEL),
    ],
)
def test_models_are_suggested_out_of_those_there_are(
    names: list[str], best: str, small: str
) -> None:
    assert suggested_models(names) == (best, small)


def test_every_client_has_its_snippet_and_each_says_where_it_is_pasted() -> None:
    snippets = of_clients(GLM)
    assert list(snippets) == [
        "Claude Code", "Codex", "OpenCode", "Gemini CLI", "OpenAI SDK", "Anthropic SDK", "AI SDK", "curl",
    ]  # fmt: skip
    for client, parts in snippets.items():
        assert all(part.place for part in parts)
        text = "\n".join(part.text for part in parts)
        assert BASE_URL in text, client
        assert KEY in text, client
        assert "glm-4.6" in text, client


def test_claude_code_is_one_command() -> None:
    assert claude_code(GLM) == (
        "ANTHROPIC_BASE_URL=http://127.0.0.1:8080 \\\n"
        "ANTHROPIC_AUTH_TOKEN=pxb_0123 \\\n"
        "ANTHROPIC_MODEL=glm-4.6 \\\n"
        "ANTHROPIC_DEFAULT_HAIKU_MODEL=glm-4.5-air \\\n"
        "claude"
    )


@pytest.mark.parametrize("access", [GLM, NASTY], ids=["usual", "nasty"])
def test_codex_finds_a_provider_of_its_own(access: Access) -> None:
    config = tomllib.loads(codex_config(access))
    assert (config["model"], config["model_provider"]) == (access.model, "pxbin")
    assert config["model_providers"]["pxbin"] == {
        "name": "pxbin",
        "base_url": "http://127.0.0.1:8080/v1",
        "env_key": KEY_VARIABLE,
        "wire_api": "responses",
    }


def test_opencode_knows_all_models_and_no_key() -> None:
    config = json.loads(opencode_config(GLM))
    assert (config["model"], config["small_model"]) == ("pxbin/glm-4.6", "pxbin/glm-4.5-air")
    assert list(config["provider"]["pxbin"]["models"]) == ["glm-4.6", "glm-4.5-air"]
    assert KEY not in opencode_config(GLM)
    assert list(json.loads(opencode_config(Access(KEY, BASE_URL, [])))["provider"]["pxbin"]["models"]) == [ANY_MODEL]  # fmt: skip


@posix
@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ("Claude Code", {"ANTHROPIC_MODEL": NASTY.model, "ANTHROPIC_AUTH_TOKEN": KEY}),
        ("Codex", {KEY_VARIABLE: KEY}),
        ("OpenCode", {KEY_VARIABLE: KEY}),
        ("Gemini CLI", {"GOOGLE_GEMINI_BASE_URL": BASE_URL, "GEMINI_API_KEY": KEY}),
    ],
)
def test_a_shell_sets_what_the_client_reads(client: str, shown: dict[str, str]) -> None:
    text = of_clients(NASTY)[client][-1].text
    variables = text.rpartition("\\\n")[0]
    done = subprocess.run(
        ["sh", "-c", f"{variables} printenv {' '.join(shown)}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == list(shown.values())


@posix
def test_a_shell_takes_any_models_name_as_one_argument() -> None:
    arguments = gemini_cli(NASTY).rpartition("gemini ")[2]
    done = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {arguments}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["-m", NASTY.model]


@posix
def test_curl_is_given_a_request() -> None:
    show = "curl() { printf '%s\\n' \"$@\"; }\n"
    done = subprocess.run(
        ["sh", "-c", show + curl(NASTY)], capture_output=True, text=True, check=True
    )
    url, *_, body = done.stdout.splitlines()
    assert url == "http://127.0.0.1:8080/v1/chat/completions"
    assert json.loads(body)["model"] == NASTY.model


@pytest.mark.parametrize("snippet", [openai_responses, openai_chat, anthropic_sdk])
@pytest.mark.parametrize("access", [GLM, NASTY], ids=["usual", "nasty"])
def test_python_is_python(snippet: object, access: Access) -> None:
    compile(snippet(access), "snippet.py", "exec")  # type: ignore[operator]


def test_javascript_quotes_what_is_put_in() -> None:
    assert f"pxbin({json.dumps(NASTY.model)})" in ai_sdk(NASTY)


def test_powershell_has_its_own_words() -> None:
    access = Access(KEY, BASE_URL, ["it's"])
    snippets = of_clients(access, windows=True)
    assert snippets["Claude Code"][0].text.splitlines() == [
        "$env:ANTHROPIC_BASE_URL = 'http://127.0.0.1:8080'",
        "$env:ANTHROPIC_AUTH_TOKEN = 'pxb_0123'",
        "$env:ANTHROPIC_MODEL = 'it''s'",
        "$env:ANTHROPIC_DEFAULT_HAIKU_MODEL = 'it''s'",
        "claude",
    ]
    assert snippets["Codex"][1].text == "$env:PXBIN_KEY = 'pxb_0123'\ncodex"
    assert snippets["Gemini CLI"][1].text.endswith("\ngemini -m 'it''s'")
    assert snippets["curl"][0].text.startswith("Invoke-RestMethod -Method Post http://")
    assert "\"it''s\"" in snippets["curl"][0].text


def test_a_management_key_asks_the_management_api() -> None:
    assert management("pxm_1", BASE_URL) == (
        'curl -H "Authorization: Bearer pxm_1" "http://127.0.0.1:8080/api/v1/stats/overview?period=24h"'
    )
