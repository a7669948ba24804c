"""Clients that are set up by hand: what is pasted works."""

import json
import shutil
import subprocess

import pytest

from pxbin_app.clients.guides import BASH, FISH, GUIDES, POWERSHELL, exported, variables
from pxbin_app.snippets import Access

ACCESS = Access("pxb_it's", "http://127.0.0.1:8080", ["glm-4.6"])


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_each_guide_names_the_key_the_address_and_what_to_do(guide: object) -> None:
    steps = guide.steps(ACCESS)  # type: ignore[attr-defined]
    pasted = "\n".join(step.snippet for step in steps)
    assert "127.0.0.1:8080" in pasted
    assert "pxb_it" in pasted
    assert all(step.text for step in steps)


def test_what_is_pasted_into_vs_code_is_json() -> None:
    guide = next(guide for guide in GUIDES if guide.name == "vs-code")
    ((provider,),) = (
        json.loads(step.snippet) for step in guide.steps(ACCESS) if "[" in step.snippet
    )
    assert provider["models"][0]["url"] == "http://127.0.0.1:8080/v1/chat/completions"
    assert provider["apiKey"] == ACCESS.key


@pytest.mark.parametrize(("shell", "program"), [(BASH, "sh"), (BASH, "bash"), (FISH, "fish")])
def test_a_shell_reads_what_is_written_for_it(shell: str, program: str) -> None:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not on this machine")
    script = exported(variables(ACCESS), shell) + "\nenv"
    told = subprocess.run([found, "-c", script], capture_output=True, text=True, check=True).stdout
    for name, value in variables(ACCESS).items():
        assert f"{name}={value}" in told.splitlines()


def test_quotes_of_each_shell() -> None:
    value = {"A": "it's \\ $x"}
    assert exported(value, FISH) == "set -gx A 'it\\'s \\\\ $x'"
    assert exported(value, POWERSHELL) == "$env:A = 'it''s \\ $x'"
