"""What keeps a client from doing as its file says."""

import json
from pathlib import Path
from typing import Any

import pytest

from pxbin_app.clients import CLIENTS, Client, Conflict, Machine
from pxbin_app.clients.conflicts import conflicts_of
from pxbin_app.clients.planning import values_of

CLAUDE, CODEX, OPENCODE, GEMINI = CLIENTS


def told(
    client: Client, home: Path, environment: dict[str, str] | None = None, platform: str = "linux"
) -> tuple[Conflict, ...]:
    machine = Machine(
        home=home, environment=environment or {}, platform=platform, root=home / "root"
    )
    files = client.files(machine)
    contents = [file.path.read_bytes() if file.path.exists() else None for file in files]
    return conflicts_of(client, machine, values_of(files, contents))


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.mark.parametrize("client", [CLAUDE, CODEX, OPENCODE], ids=lambda client: client.name)
def test_there_is_nothing_to_tell(tmp_path: Path, client: Client) -> None:
    assert told(client, tmp_path) == ()


VARIABLES = [
    (CLAUDE, "CLAUDE_CODE_USE_BEDROCK", "warning"),
    (CLAUDE, "ANTHROPIC_BASE_URL", "note"),
    (CLAUDE, "ANTHROPIC_API_KEY", "note"),
    (CODEX, "OPENAI_BASE_URL", "note"),
    (CODEX, "OPENAI_API_KEY", "note"),
    (OPENCODE, "OPENCODE_CONFIG", "warning"),
    (GEMINI, "GEMINI_API_KEY", "warning"),
    (GEMINI, "GOOGLE_GEMINI_BASE_URL", "warning"),
]


@pytest.mark.parametrize(
    ("client", "name", "severity"), VARIABLES, ids=[name for _, name, _ in VARIABLES]
)
def test_a_variable_of_this_process_is_told(
    tmp_path: Path, client: Client, name: str, severity: str
) -> None:
    first = told(client, tmp_path, {name: "x"})[0]
    assert name in first.text
    assert "the environment that pxbin was started in" in first.text
    assert first.severity == severity


STARTUP = {
    ".bashrc": "# x\nexport GEMINI_API_KEY=abc\n",
    ".zshrc": "  GEMINI_API_KEY='x'\n",
    ".config/fish/config.fish": "set -gx GEMINI_API_KEY abc\n",
}


@pytest.mark.parametrize("name", STARTUP)
def test_a_variable_of_a_shell_is_told(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, STARTUP[name])
    first = told(GEMINI, tmp_path)[0]
    assert f"GEMINI_API_KEY is set in ~/{name}" in first.text
    assert not any(
        "GEMINI_API_KEY" in conflict.text for conflict in told(GEMINI, tmp_path, platform="win32")
    )


@pytest.mark.parametrize(
    "line",
    ["# export GEMINI_API_KEY=x\n", "export MY_GEMINI_API_KEY=x\n", "echo $GEMINI_API_KEY\n"],
)
def test_what_only_looks_like_it_is_not(tmp_path: Path, line: str) -> None:
    write(tmp_path / ".bashrc", line)
    assert all(conflict.severity == "note" for conflict in told(GEMINI, tmp_path))


@pytest.mark.parametrize(
    ("spared", "count"), [("", 1), ("example.com", 1), ("example.com, 127.0.0.1", 0), ("*", 0)]
)
def test_a_proxy_that_local_requests_go_through_is_told(
    tmp_path: Path, spared: str, count: int
) -> None:
    found = told(CODEX, tmp_path, {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": spared})
    assert len(found) == count
    assert all("HTTP_PROXY" in conflict.text for conflict in found)


def test_the_organisations_settings_win(tmp_path: Path) -> None:
    managed = tmp_path / "root/etc/claude-code/managed-settings.json"
    write(managed, {"permissions": {}})
    assert told(CLAUDE, tmp_path) == ()
    write(managed, {"env": {"ANTHROPIC_BASE_URL": "x"}, "forceLoginMethod": "console"})
    (conflict,) = told(CLAUDE, tmp_path)
    assert "ANTHROPIC_BASE_URL, forceLoginMethod" in conflict.text
    write(tmp_path / "root/etc/codex/managed_config.toml", 'model_provider = "x"\n')
    assert "model_provider" in told(CODEX, tmp_path)[0].text
    write(tmp_path / "root/etc/opencode/opencode.json", {"model": "x"})
    assert "set model" in told(OPENCODE, tmp_path)[0].text
    write(
        tmp_path / "root/etc/gemini-cli/settings.json",
        {"security": {"auth": {"enforcedType": "x"}}},
    )
    assert "security.auth.enforcedType" in told(GEMINI, tmp_path)[0].text


def test_a_projects_settings_win_there(tmp_path: Path) -> None:
    project = tmp_path / "work"
    write(tmp_path / ".claude.json", {"projects": {str(project): {}, "/gone": {}}})
    write(project / ".claude/settings.local.json", {"env": {"ANTHROPIC_MODEL": "x"}})
    (conflict,) = told(CLAUDE, tmp_path)
    assert (
        conflict.text
        == "~/work/.claude/settings.local.json sets ANTHROPIC_MODEL; it wins in that project."
    )
    write(
        tmp_path / ".codex/config.toml",
        f'[projects."{project.as_posix()}"]\ntrust_level = "trusted"\n',
    )
    write(project / ".codex/config.toml", 'model = "x"\n')
    assert "sets model; it wins" in told(CODEX, tmp_path)[0].text


def test_a_subscription_is_told(tmp_path: Path) -> None:
    write(tmp_path / ".claude.json", {"oauthAccount": {"emailAddress": "x"}})
    (conflict,) = told(CLAUDE, tmp_path)
    assert "signed in with a subscription" in conflict.text
    assert conflict.severity == "note"
    write(tmp_path / ".codex/auth.json", {})
    assert "signed in to OpenAI" in told(CODEX, tmp_path)[0].text


def test_a_profile_and_a_list_of_providers_are_told(tmp_path: Path) -> None:
    write(tmp_path / ".codex/config.toml", 'profile = "deep"\n')
    assert "the profile deep" in told(CODEX, tmp_path)[0].text
    write(
        tmp_path / ".config/opencode/opencode.json",
        {"enabled_providers": ["x"], "disabled_providers": ["pxbin"]},
    )
    assert len(told(OPENCODE, tmp_path)) == 2


def test_broken_files_of_others_tell_nothing(tmp_path: Path) -> None:
    write(tmp_path / ".claude.json", "{")
    write(tmp_path / "root/etc/claude-code/managed-settings.json", "[1]")
    assert told(CLAUDE, tmp_path) == ()
