"""``upstreams keys``, against a database of the test's own."""

import io

import pytest

from tests.support.command_line import Cli


@pytest.fixture
def upstream(cli: Cli) -> Cli:
    """An upstream ``up`` with a key."""
    assert cli("upstreams", "add", "up", "http://127.0.0.1:9/v1", "--api-key-stdin",
               stdin=io.StringIO("sk-a\n")).code == 0  # fmt: skip
    return cli


def test_keys_are_added_listed_changed_and_taken_away(
    upstream: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARE_KEY", "sk-b")
    added = upstream(
        "upstreams", "keys", "add", "up", "--label", "spare", "--api-key-env", "SPARE_KEY"
    )
    assert added.out.startswith("up has 2 keys.")
    assert "sealed" in added.out
    listed = upstream("upstreams", "keys", "list", "up", "--json").json
    assert [(key["label"], key["position"], key["is_active"]) for key in listed] == [
        ("", 0, True),
        ("spare", 1, True),
    ]
    assert "spare" in upstream("upstreams", "keys", "list", "up").out

    changed = upstream(
        "upstreams", "keys", "update", "up", "spare", "--label", "main", "--position", "0",
        "--no-active", "--api-key-stdin", "--json", stdin=io.StringIO("sk-c\n"),
    ).json  # fmt: skip
    assert [(key["label"], key["is_active"]) for key in changed["keys"]] == [
        ("main", False),
        ("", True),
    ]
    removed = upstream("upstreams", "keys", "remove", "up", "1", "--json").json
    assert [key["label"] for key in removed["keys"]] == ["main"]
    assert upstream("upstreams", "keys", "remove", "up", "main").out == (
        "The key was removed; up has no keys.\n"
    )


def test_what_cannot_be_meant_is_said(upstream: Cli) -> None:
    assert "has no key 'spare'" in upstream("upstreams", "keys", "remove", "up", "spare").err
    assert "Say what" in upstream("upstreams", "keys", "update", "up", "0").err
    assert "The key is empty" in upstream("upstreams", "keys", "add", "up").err
    seen = upstream("upstreams", "keys", "add", "up", "--api-key", "sk-seen")
    assert "can be seen by other users" in seen.err


def test_an_upstreams_own_patience(upstream: Cli) -> None:
    changed = upstream(
        "upstreams", "update", "up", "--first-byte-timeout", "2.5", "--idle-timeout", "30", "--json"
    ).json
    assert (changed["first_byte_timeout_seconds"], changed["idle_timeout_seconds"]) == (2.5, 30.0)
    changed = upstream("upstreams", "update", "up", "--idle-timeout", "none", "--json").json
    assert (changed["first_byte_timeout_seconds"], changed["idle_timeout_seconds"]) == (2.5, None)
    with pytest.raises(SystemExit):
        upstream("upstreams", "update", "up", "--idle-timeout", "soon")
