"""Every command, against a database of the test's own (the embedded server has its test in ``test_main``)."""

import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from pxbin_engine.__main__ import main
from pxbin_engine.cli.answers import as_json, as_table
from pxbin_engine.cli.arguments import COMMANDS, make_parser
from pxbin_engine.cli.exposure import confirm
from pxbin_engine.cli.log_lines import JsonLines
from pxbin_engine.cli.lookup import find
from pxbin_engine.cli.serve import StopSignal
from pxbin_engine.config import EngineConfig, Secret
from pxbin_engine.errors import ConfigError, InvalidInput, NotFound
from pxbin_engine.records import RequestRecord
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from tests.support.command_line import Cli
from tests.support.database import a_key, a_request

LIST = b'{"data": [{"id": "m1", "owned_by": "them", "max_model_len": 4096}, {"id": "m2"}]}'
GOOGLES_LIST = b"""{"models": [{"name": "models/m1", "inputTokenLimit": 1048576, "outputTokenLimit": 65536},
    {"name": "models/m2"}]}"""
ANSWERED_PATHS = ("/v1/messages", "/v1/chat/completions", "/v1/responses")


@pytest.fixture
def upstream_url() -> Iterator[str]:
    """An upstream that lists two models, each in Google's way at Google's path, and completes whatever is asked."""

    class Models(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            google = self.path.startswith("/v1beta/models")
            self._answer(GOOGLES_LIST if google else LIST)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            google = self.path == "/v1beta/models/m1:generateContent"
            self._answer(b"{}", 200 if google or self.path in ANSWERED_PATHS else 404)

        def _answer(self, body: bytes, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Models) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_key_from_its_making_to_its_end(cli: Cli) -> None:
    created = cli("keys", "create", "laptop", "--rate-limit", "60")
    key = created.out.strip()
    assert (created.code, key[:4], len(key)) == (0, "pxb_", 44)
    assert "shown once" in created.err
    listed = cli("keys", "list", "--json").json
    assert [(item["name"], item["rate_limit"], item["is_active"]) for item in listed] == [
        ("laptop", 60, True)
    ]
    assert key[:8] in cli("keys", "list").out
    assert "is revoked" in cli("keys", "revoke", key[:8]).out
    assert cli("keys", "list", "--json").json[0]["is_active"] is False
    again = cli("keys", "revoke", "laptop")
    assert (again.code, again.err) == (1, "pxbin-engine: There is no active key 'laptop'.\n")


def test_the_limits_of_a_key_are_given_changed_and_taken_away(cli: Cli) -> None:
    given = ("--tokens-per-minute", "5000", "--max-concurrency", "2", "--expires", "30d")
    models = ("--allow-model", "gpt-*", "--allow-model", "claude")
    assert cli("keys", "create", "ci", *given, *models).code == 0
    (item,) = cli("keys", "list", "--json").json
    assert (item["tokens_per_minute"], item["max_concurrency"]) == (5000, 2)
    assert item["allowed_models"] == ["gpt-*", "claude"]
    ahead = datetime.fromisoformat(item["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29) < ahead < timedelta(days=31)
    assert "5000 tokens/min, 2 at once, 2 models" in cli("keys", "list").out
    changes = ("--max-concurrency", "none", "--expires", "none", "--all-models", "--name", "CI")
    changed = cli("keys", "update", "ci", *changes, "--json").json
    assert (changed["name"], changed["max_concurrency"], changed["expires_at"]) == (
        "CI",
        None,
        None,
    )
    assert (changed["allowed_models"], changed["tokens_per_minute"]) == ([], 5000)
    assert "Say what is to be changed" in cli("keys", "update", "CI").err
    both = cli("keys", "update", "CI", "--all-models", "--allow-model", "x")
    assert (both.code, "not both" in both.err) == (1, True)


@pytest.mark.parametrize("text", ["tomorrow", "9", "99999999d", "2030-02-30"])
def test_an_expiry_that_is_none_is_refused(
    cli: Cli, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    with pytest.raises(SystemExit):
        cli("keys", "create", "x", "--expires", text)
    assert "neither a date" in capsys.readouterr().err


def test_a_management_key_may_be_for_reading_only(cli: Cli) -> None:
    created = cli("keys", "create", "grafana", "--type", "management", "--read-only", "--json").json
    assert created["key"].startswith("pxm_")
    assert cli("keys", "list", "--type", "management", "--json").json[0]["permissions"] == ["read"]
    assert cli("keys", "list", "--type", "llm", "--json").json == []


def test_an_upstream_is_added_by_a_preset_and_forgets_what_it_taught(cli: Cli) -> None:
    assert "vllm" in cli("upstreams", "presets").out
    made = cli("upstreams", "add", "ds", "--preset", "deepseek-anthropic", "--no-key", "--json")
    assert (made.json["base_url"], made.json["format"], made.json["preset"]) == (
        "https://api.deepseek.com/anthropic",
        "anthropic",
        "deepseek-anthropic",
    )
    at_home = cli(
        "upstreams", "add", "home", "http://127.0.0.1:9", "--preset", "vllm", "--no-key", "--json"
    )
    assert (at_home.json["base_url"], at_home.json["format"]) == ("http://127.0.0.1:9", "openai")
    assert "Give a base-url" in cli("upstreams", "add", "nowhere", "--no-key").err
    assert cli("upstreams", "forget", "home").out == "home has taught nothing.\n"


def test_an_upstream_from_its_adding_to_its_end(
    cli: Cli, upstream_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = cli(
        "upstreams", "add", "up", upstream_url, "--api-key-stdin", stdin=io.StringIO("sk-1\n")
    )
    assert (added.code, added.err) == (0, "")
    assert "sealed" in added.out
    assert "works (2 models" in cli("upstreams", "test", "up").out
    monkeypatch.setenv("UP_KEY", "sk-2")
    changed = cli(
        "upstreams",
        "update",
        "up",
        "--name",
        "other",
        "--no-active",
        "--api-key-env",
        "UP_KEY",
        "--json",
    ).json
    assert (changed["name"], changed["is_active"], changed["secret_place"]) == (
        "other",
        False,
        "sealed",
    )
    changed = cli("upstreams", "update", "other", "--no-key", "--priority", "3", "--json").json
    assert (changed["secret_place"], changed["priority"], changed["is_active"]) == (
        "none",
        3,
        False,
    )
    assert "other  openai" in cli("upstreams", "list").out
    assert cli("upstreams", "remove", changed["id"]).code == 0
    assert cli("upstreams", "list", "--json").json == []


def test_a_key_on_the_command_line_is_warned_about(cli: Cli) -> None:
    added = cli("upstreams", "add", "up", "http://127.0.0.1:9", "--api-key", "sk-1")
    assert "history" in added.err
    assert "sk-1" not in added.out + added.err


def test_a_key_that_the_environment_lacks_is_an_error(cli: Cli) -> None:
    assert (
        "has no NOPE"
        in cli("upstreams", "add", "up", "http://127.0.0.1:9", "--api-key-env", "NOPE").err
    )
    assert cli("upstreams", "list", "--json").json == []


def test_a_key_is_asked_for_on_a_terminal(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: "sk-1")
    assert (
        cli("upstreams", "add", "up", "http://127.0.0.1:9", "--json", stdin=Terminal()).json[
            "secret_place"
        ]
        == "sealed"
    )


def test_an_upstream_that_is_down_fails_its_test(cli: Cli) -> None:
    cli("upstreams", "add", "up", "http://127.0.0.1:9")
    tested = cli("upstreams", "test", "up", "--json")
    assert (tested.code, tested.json["healthy"]) == (1, False)
    checked = cli("check")
    assert checked.code == 1
    assert "upstream up  no     does not work: 127.0.0.1 cannot be reached" in checked.out


def test_everything_works(cli: Cli, upstream_url: str) -> None:
    cli("upstreams", "add", "up", upstream_url)
    checked = cli("check", "--json")
    assert checked.code == 0
    assert [(item["what"], item["works"]) for item in checked.json] == [
        ("database", True), ("secrets", True), ("upstream up", True),
    ]  # fmt: skip


def test_a_search_provider_that_does_not_answer_fails_the_check(
    cli: Cli, upstream_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PXBIN_WEB_SEARCH_PROVIDER", "searxng")
    monkeypatch.setenv("PXBIN_WEB_SEARCH_URL", upstream_url)  # which is none
    checked = cli("check", "--json")
    assert checked.code == 1
    row = checked.json[-1]
    assert (row["what"], row["works"]) == ("web search", False)
    assert row["detail"].startswith("SearXNG ")


@pytest.mark.parametrize("spoken", ["openai", "anthropic", "openai-responses", "gemini"])
def test_an_upstream_of_any_format_is_tested_and_its_models_imported(
    cli: Cli, upstream_url: str, spoken: str
) -> None:
    cli("upstreams", "add", "up", upstream_url, "--format", spoken)
    assert "works (2 models" in cli("upstreams", "test", "up").out
    tested = cli("upstreams", "test", "up", "--paid", "--json").json
    assert (tested["healthy"], tested["tested_model"]) == (True, "m1"), tested
    assert [model["id"] for model in cli("models", "discover", "up", "--json").json] == ["m1", "m2"]
    assert cli("models", "import", "up", "m1").code == 0
    (imported,) = cli("models", "list", "--json").json
    limits = (1048576, 65536) if spoken == "gemini" else (4096, None)
    assert (imported["context_window"], imported["max_output_tokens"]) == limits


def test_models_from_discovery_to_removal(cli: Cli, upstream_url: str) -> None:
    cli("upstreams", "add", "up", upstream_url)
    assert [model["id"] for model in cli("models", "discover", "up", "--json").json] == ["m1", "m2"]
    assert cli("models", "import", "up", "m1").out == "1 imported, 0 were there already.\n"
    assert cli("models", "import", "up", "--all").out == "1 imported, 1 were there already.\n"
    assert "has no model m3" in cli("models", "import", "up", "m3").err
    assert "or give --all" in cli("models", "import", "up").err
    added = cli(
        "models",
        "add",
        "fast",
        "--upstream",
        "up",
        "--upstream-model",
        "m2",
        "--input-cost",
        "0.15",
        "--json",
    ).json
    assert (added["input_cost_per_million"], added["price_source"]) == (0.15, "model")
    assert "up/m2" in cli("models", "list").out
    assert [model["context_window"] for model in cli("models", "list", "--json").json] == [
        None,
        4096,
        None,
    ]
    assert cli("models", "sync-pricing", "--json").json["total_models"] == 3
    assert "There is no model 'm9'" in cli("models", "remove", "m1", "m9").err
    assert cli("models", "remove", "m1", "m2").out == "2 removed.\n"


def test_the_log_and_its_sums(cli: Cli, database_url: str, schema: str, tmp_path: Path) -> None:
    cli("migrate")
    now = datetime.now(UTC)
    key = cli("keys", "create", "laptop", "--json").json
    served = {
        "model": "m",
        "upstream_id": a_key().id,
        "upstream_name": "up",
        "cost": Decimal("0.25"),
    }
    rows = [
        a_request(
            at=now,
            llm_key_id=UUID(key["id"]),
            key_name="laptop",
            input_tokens=7,
            cache_read_tokens=3,
            **served,
        ),
        a_request(
            at=now, status_code=404, outcome="refused", model="nope", error_message="no such model"
        ),
    ]
    asyncio.run(_insert(database_url, schema, rows))
    assert {row["model"] for row in cli("logs", "--json").json} == {"m", "nope"}
    assert "no such model" in cli("logs", "--errors", "--status", "400").out
    assert [
        row["model"] for row in cli("logs", "--key", "laptop", "--model", "M", "--json").json
    ] == ["m"]
    assert cli("logs", "--limit", "501").code == 1
    assert [row["model"] for row in cli("logs", "-key:laptop model:nope", "--json").json] == [
        "nope"
    ]
    text = cli("logs", '"no such"', "--json")
    assert [row["model"] for row in text.json] == ["nope"]
    assert "Text was looked for back to" in text.err
    refused = cli("logs", "cots:>1")
    assert (refused.code, refused.out) == (1, "")
    assert "Did you mean cost:?" in refused.err
    file = tmp_path / "rows.csv"
    assert "1 requests written to" in cli("logs", "export", str(file), "model:nope").out
    assert len(file.read_text("utf-8").splitlines()) == 2
    assert cli("logs", "export", str(tmp_path / "rows.xlsx")).code == 1
    sums = cli("stats", "--json").json
    assert (sums["overview"]["total_requests"], sums["by_model"][0]["total_cost"]) == (2, 0.25)
    assert sums["by_key"][0]["key_name"] == "laptop"
    assert [(one["upstream_name"], one["total_cost"]) for one in sums["by_upstream"]] == [
        ("up", 0.25)
    ]
    assert sums["forecast"] is None, "less than a day is counted"
    earlier = a_request(at=now - timedelta(days=2), cost=Decimal("3.75"))
    asyncio.run(_insert(database_url, schema, [earlier]))
    told = cli("stats", "--period", "7d").out
    assert "laptop" in told
    assert "as in the last 2 days, 2.00 a day" in told


async def _insert(database_url: str, schema: str, rows: list[RequestRecord]) -> None:
    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=1)
    await RequestStore(database).insert_batch(rows)
    await database.close()


def test_migrate_says_what_it_applied(cli: Cli) -> None:
    assert "0001_" in cli("migrate").out
    assert cli("migrate").out == "The database is up to date.\n"


def test_every_command_has_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            make_parser().parse_args([*command.name.split(), "--help"])
        assert ended.value.code == 0
        assert command.help.capitalize() in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["keys"],
        ["nonsense"],
        ["keys", "create"],
        ["upstreams", "add", "a", "b", "--no-key", "--api-key", "x"],
        ["models", "add", "m", "--upstream", "u", "--input-cost", "cheap"],
    ],
)
def test_a_command_line_that_is_not_understood_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_record_is_found_by_id_name_or_prefix_and_never_guessed() -> None:
    one, two, twin = a_key(name="one", key_prefix="pxb_1111"), a_key(name="two"), a_key(name="two")
    keys = [one, two, twin]
    assert (
        find(keys, "one", kind="key")
        is find(keys, str(one.id), kind="key")
        is find(keys, "pxb_1111", kind="key")
    )
    with pytest.raises(NotFound, match="There is no key 'on'"):
        find(keys, "on", kind="key")
    with pytest.raises(InvalidInput, match=str(twin.id)):
        find(keys, "two", kind="key")


def test_a_table_shows_nothing_as_a_dash_and_money_in_full() -> None:
    table = as_table(("A", "B"), [("x", None), (True, Decimal("0.0000001")), (1.25, "")])
    assert table.splitlines() == ["A    B", "x    -", "yes  0.0000001", "1.2  -"]
    assert as_json({"cost": Decimal("0.1")}) == '{\n  "cost": 0.1\n}'


def test_a_log_line_in_json_holds_the_failure() -> None:
    failure = (ValueError, ValueError("boom"), None)
    record = logging.LogRecord("a.b", logging.ERROR, "", 0, "x.failed n=%d", (1,), failure)
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["logger"], line["message"]) == ("error", "a.b", "x.failed n=1")
    assert "ValueError: boom" in line["exception"]


async def test_the_first_signal_asks_for_a_stop_and_the_second_ends_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[int] = []
    monkeypatch.setattr("os._exit", ended.append)
    stop = StopSignal(None)
    stop.heard()
    await asyncio.wait_for(stop.wait(), 1)
    assert ended == []
    stop.heard()
    assert ended == [130]


async def test_a_closed_terminal_is_one_reason_to_stop_however_often_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[int] = []
    monkeypatch.setattr("os._exit", ended.append)
    stop = StopSignal(None)
    stop.left_alone()
    stop.left_alone()
    await asyncio.wait_for(stop.wait(), 1)
    assert ended == []


async def test_a_signal_while_starting_breaks_the_start_off() -> None:
    starting = asyncio.create_task(asyncio.sleep(60))
    StopSignal(starting).heard()
    with pytest.raises(asyncio.CancelledError):
        await starting


def test_the_default_configuration_is_one_that_logs() -> None:
    assert EngineConfig().log_level.upper() in logging.getLevelNamesMapping()


def test_an_address_without_tls_on_the_internet_is_warned_of(cli: Cli) -> None:
    added = cli("upstreams", "add", "far", "http://203.0.113.9", "--no-key")
    assert "unencrypted" not in added.err  # no address of the internet, but one of documentation
    added = cli("upstreams", "add", "public", "http://8.8.8.8:9", "--no-key")
    assert (added.code, "unencrypted" in added.err) == (0, True)
    refused = cli("upstreams", "add", "cloud", "http://169.254.169.254", "--no-key")
    assert (refused.code, "allow_link_local" in refused.err) == (1, True)


class Terminal(io.StringIO):
    """Standard input or error, with a person at it."""

    def isatty(self) -> bool:
        return True


def confirmed(
    monkeypatch: pytest.MonkeyPatch, answer: str | None, *, agreed: bool = False, **settings: Any
) -> str:
    """What is written before pxbin listens for others; ``answer`` None: nobody is there."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(sys, "stdin", io.StringIO("") if answer is None else Terminal(answer))
    confirm(EngineConfig(**{"listen_addr": "192.0.2.1:8080"} | settings), agreed=agreed)
    return shown.getvalue()


@pytest.mark.parametrize("answer", ["\n", "n\n", "", "yep\n"])
def test_listening_for_others_is_asked_about(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    with pytest.raises(ConfigError, match="not confirmed"):
        confirmed(monkeypatch, answer)


def test_listening_for_others_is_shown_with_what_they_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = confirmed(monkeypatch, "Yes\n")
    assert "192.0.2.1:8080" in shown
    assert "[y/N]" in shown
    assert "bootstrap" not in shown
    secret = Secret("a-bootstrap-key-of-some-length")
    shown = confirmed(monkeypatch, None, management_bootstrap_key=secret)
    assert "/api/v1/bootstrap" in shown
    assert secret not in shown
    assert "[y/N]" not in shown
    assert "[y/N]" not in confirmed(monkeypatch, "", agreed=True)
    assert confirmed(monkeypatch, "", listen_addr="127.0.0.1:0") == ""
