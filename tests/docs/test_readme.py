"""Every command, variable and link that the README and the pages of docs/ name is there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pxbin_app import snippets
from pxbin_engine import config
from pxbin_engine.cli.arguments import COMMANDS, make_parser
from pxbin_engine.config import EngineConfig

ROOT = Path(__file__).parents[2]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "packaging" / "README.md",
        *(ROOT / "docs").glob("*.md"),
    )
}
TEXT = "\n".join(PAGES.values())
SHELL = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL))


def test_the_two_commands_are_told() -> None:
    assert {"run", "test"} <= set(re.findall(r"^make ([a-z]+)", SHELL, re.MULTILINE))


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = {
        name
        for line in re.findall(r"^([a-z][a-z0-9 -]*):", makefile, re.MULTILINE)
        for name in line.split()
    }
    named = set(re.findall(r"(?:`|^)make ([a-z0-9-]+)", TEXT, re.MULTILINE))
    assert named - targets == set()


def test_every_command_of_the_set_up_exists() -> None:
    bootstrap = [sys.executable, str(ROOT / "packaging" / "bootstrap.py"), "--help"]
    listing = subprocess.run(bootstrap, capture_output=True, text=True, check=True).stdout
    named = re.findall(r"bootstrap\.py ([a-z-]+)", TEXT)
    assert named
    assert (
        set(named) - set(re.findall(r"^\s+(?:command\s+)?([a-z-]+)  ", listing, re.MULTILINE))
        == set()
    )


def command_lines() -> list[str]:
    """What follows ``pxbin-engine`` in the shell blocks, without what the shell itself reads."""
    return re.findall(r"pxbin-engine[ \t]+([^\n#|)]+)", SHELL)


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_is_understood(line: str) -> None:
    assert make_parser().parse_args(shlex.split(line)).command in COMMANDS


def test_every_command_named_in_a_sentence_exists() -> None:
    known = {word for command in COMMANDS for word in (command.name, command.name.split()[0])}
    named = re.findall(r"`(?:\.venv/bin/)?pxbin-engine ([a-z][a-z -]*)", TEXT)
    unknown = [
        name for name in named if not any(name == k or name.startswith(f"{k} ") for k in known)
    ]
    assert not unknown


def test_every_variable_is_one_that_pxbin_reads() -> None:
    read = {f"PXBIN_{name.upper()}" for name in EngineConfig.__struct_fields__}
    assert set(re.findall(r"PXBIN_[A-Z_]*[A-Z]", TEXT)) - read - config._NOT_SETTINGS == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGES[page])
    missing = [link for link in links if "://" not in link and not (folder / link).exists()]
    assert not missing


def test_every_picture_is_there() -> None:
    if not (ROOT / "docs" / "images").exists():
        pytest.skip("the screenshots have not been made yet")
    pictures = re.findall(r'src(?:set)?="([^"]+)"', PAGES["README.md"])
    assert pictures
    assert not [picture for picture in pictures if not (ROOT / picture).exists()]


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_the_python_is_python(code: str) -> None:
    compile(code, "README.md", "exec")


ACCESS = snippets.Access("pxb_...", "http://127.0.0.1:8080", ["claude-sonnet-4-5", "gpt-5-mini"])


@pytest.mark.parametrize(
    ("language", "snippet"),
    [
        ("toml", snippets.codex_config(ACCESS)),
        ("json", snippets.opencode_config(ACCESS)),
        ("json", snippets.GEMINI_SETTINGS),
    ],
)
def test_clients_are_set_up_as_the_window_says(language: str, snippet: str) -> None:
    assert f"```{language}\n{snippet}\n```" in PAGES["README.md"]


def test_variables_of_clients_are_those_that_the_window_sets() -> None:
    variables = snippets.claude_code_variables(ACCESS) | snippets.gemini_cli_variables(ACCESS)
    told = dict(re.findall(r"^export ([A-Z_]+)=(\S+)$", SHELL, re.MULTILINE))
    assert told.keys() == variables.keys()
