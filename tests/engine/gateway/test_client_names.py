"""Names of clients, from the user agents that they were seen to send."""

import pytest

from pxbin_engine.gateway.client_names import client_name, without_version


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("claude-cli/2.1.330 (external, sdk-cli)", "Claude Code 2.1.330"),
        ("Anthropic/Python 2.12.0", "Anthropic SDK (Python) 2.12.0"),
        ("AsyncAnthropic/Python 2.12.0", "Anthropic SDK (Python) 2.12.0"),
        ("Anthropic/JS 0.128.0", "Anthropic SDK (JS) 0.128.0"),
        ("OpenAI/Python 3.54.0", "OpenAI SDK (Python) 3.54.0"),
        ("AsyncOpenAI/Python 3.54.0", "OpenAI SDK (Python) 3.54.0"),
        ("OpenAI/JS 5.1.0", "OpenAI SDK (JS) 5.1.0"),
        ("codex_cli_rs/0.169.0 (Debian 12; x86_64)", "Codex 0.169.0"),
        ("codex_exec/0.169.0 (Debian 12; x86_64)", "Codex 0.169.0"),
        ("opencode/1.18.33 ai-sdk/provider-utils/4.0.1 runtime/bun/1.3", "opencode 1.18.33"),
        ("GeminiCLI-tui/0.61.0/gemini-3.1-pro-preview (linux; x64; terminal)", "Gemini CLI 0.61.0"),
        ("GeminiCLI/0.61.0/gemini-3 (linux; x64)", "Gemini CLI 0.61.0"),
        ("curl/8.5.0", "curl 8.5.0"),
        ("Python/3.11 aiohttp/3.14.5", "aiohttp 3.14.5"),
        ("something without a version", "something without a version"),
        ("", ""),
    ],
)
def test_a_user_agent_names_its_client(user_agent: str, name: str) -> None:
    assert client_name(user_agent) == name


def test_a_hostile_user_agent_is_cut() -> None:
    assert len(client_name("x" * 8000)) == 60


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("Claude Code 2.1.330", "Claude Code"),
        ("OpenAI SDK (JS) 5.1.0", "OpenAI SDK (JS)"),
        ("my tool", "my tool"),
    ],
)
def test_a_version_is_left_out(name: str, without: str) -> None:
    assert without_version(name) == without
