"""What is pasted works where it is pasted."""

import subprocess
import sys

import pytest

from pxbin_app.snippets import (
    ANY_MODEL,
    claude_code,
    management,
    openai_clients,
    suggested_models,
)

KEY, BASE_URL = "pxb_0123", "http://127.0.0.1:8080"


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


def test_claude_code_is_one_command() -> None:
    assert claude_code(KEY, BASE_URL, ["glm-4.6"]) == (
        "ANTHROPIC_BASE_URL=http://127.0.0.1:8080 \\\n"
        "ANTHROPIC_AUTH_TOKEN=pxb_0123 \\\n"
        "ANTHROPIC_MODEL=glm-4.6 \\\n"
        "ANTHROPIC_DEFAULT_HAIKU_MODEL=glm-4.6 \\\n"
        "claude"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no POSIX shell")
def test_a_shell_takes_any_models_name_as_it_is() -> None:
    name = "a b$(touch x)'c"
    text = claude_code(KEY, BASE_URL, [name]).removesuffix("claude")
    shown = subprocess.run(
        ["sh", "-c", text + "printenv ANTHROPIC_MODEL"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == name + "\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no POSIX shell")
def test_openai_clients_find_their_variables() -> None:
    text = openai_clients(KEY, BASE_URL)
    shown = subprocess.run(
        ["sh", "-c", text + "\nprintenv OPENAI_BASE_URL OPENAI_API_KEY"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == "http://127.0.0.1:8080/v1\npxb_0123\n"


def test_powershell_has_its_own_words() -> None:
    assert claude_code(KEY, BASE_URL, ["it's"], windows=True).splitlines() == [
        "$env:ANTHROPIC_BASE_URL = 'http://127.0.0.1:8080'",
        "$env:ANTHROPIC_AUTH_TOKEN = 'pxb_0123'",
        "$env:ANTHROPIC_MODEL = 'it''s'",
        "$env:ANTHROPIC_DEFAULT_HAIKU_MODEL = 'it''s'",
        "claude",
    ]
    assert openai_clients(KEY, BASE_URL, windows=True).startswith("$env:OPENAI_BASE_URL = ")


def test_a_management_key_asks_the_management_api() -> None:
    assert management("pxm_1", BASE_URL) == (
        'curl -H "Authorization: Bearer pxm_1" "http://127.0.0.1:8080/api/v1/stats/overview?period=24h"'
    )
