"""``aliases`` and ``explain``, against a database of the test's own."""

import pytest

from tests.support.command_line import Cli


@pytest.fixture
def models(cli: Cli) -> Cli:
    """Two models, ``big`` and ``small``, of one upstream."""
    assert cli("upstreams", "add", "main", "http://127.0.0.1:9/v1", "--no-key").code == 0
    for name in ("big", "small"):
        assert cli("models", "add", name, "--upstream", "main").code == 0
    return cli


def test_an_alias_is_made_listed_changed_and_taken_away(models: Cli) -> None:
    models("keys", "create", "laptop")
    made = models(
        "aliases", "add", "fast", "small", "--key", "laptop", "--client", "Codex", "--json"
    )
    assert (made.json["pattern"], made.json["model"], made.json["client"]) == (
        "fast",
        "small",
        "Codex",
    )
    assert "laptop" in models("aliases", "list").out
    changed = models(
        "aliases", "update", "fast", "--model", "big", "--key", "none", "--client", "",
        "--no-active", "--json",
    )  # fmt: skip
    assert changed.json["key_id"] is None
    assert (changed.json["model"], changed.json["client"], changed.json["is_active"]) == (
        "big",
        "",
        False,
    )
    assert models("aliases", "update", "fast").code == 1
    assert models("aliases", "remove", changed.json["id"]).code == 0
    assert models("aliases", "list", "--json").json == []
    assert "no alias" in models("aliases", "remove", "fast").err


def test_two_of_one_pattern_are_told_apart_by_their_ids(models: Cli) -> None:
    models("aliases", "add", "fast", "small")
    models("aliases", "add", "fast", "big", "--client", "Codex")
    assert "say which id" in models("aliases", "remove", "fast").err


def test_claude_codes_names_are_set_at_once(models: Cli) -> None:
    done = models("aliases", "claude-code", "--opus", "big", "--haiku", "small", "--json")
    assert {alias["pattern"]: alias["model"] for alias in done.json} == {
        "*opus*": "big",
        "*haiku*": "small",
    }
    done = models("aliases", "claude-code", "--opus", "none", "--other", "big", "--json")
    assert {alias["pattern"] for alias in done.json} == {"*haiku*", "*"}
    assert models("aliases", "claude-code").code == 1


def test_any_client_is_mapped_by_pairs(models: Cli) -> None:
    done = models("aliases", "map", "Codex", "gpt-5*=big", "gpt-5-mini=small", "--json")
    assert [alias["model"] for alias in done.json] == ["big", "small"]
    done = models("aliases", "map", "Codex", "gpt-5*=", "--json")
    assert [alias["pattern"] for alias in done.json] == ["gpt-5-mini"]
    assert "PATTERN=MODEL" in models("aliases", "map", "Codex", "gpt").err


def test_a_route_is_explained_without_a_live_state(models: Cli) -> None:
    models("aliases", "claude-code", "--opus", "big")
    done = models("explain", "claude-opus-5", "--client", "Claude Code")
    assert done.code == 0
    assert "by the alias *opus* of Claude Code" in done.out
    assert "running engine" in done.out
    assert "main" in done.out
    shown = models("explain", "claude-opus-5", "--client", "Claude Code", "--json").json
    assert (shown["model"], shown["targets"][0]["upstream_name"]) == ("big", "main")


def test_what_would_be_refused_is_a_failure(models: Cli) -> None:
    models("keys", "create", "laptop", "--allow-model", "small")
    done = models("explain", "big", "--key", "laptop")
    assert done.code == 1
    assert "may not use the model 'big'" in done.out
    assert models("explain", "none").code == 1
