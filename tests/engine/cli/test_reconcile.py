"""``reconcile``, against a database of the test's own."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from tests.support.command_line import Cli
from tests.support.database import a_request

THEN = datetime.now(UTC) - timedelta(days=3)
DAY = THEN.date()
COSTS = f"usage_date_utc,model,cost_usd\n{DAY},Claude Sonnet 4.5,2.00\n{DAY},Claude Opus 4.1,1.00\n"


async def serve(database_url: str, schema: str, upstream_id: UUID) -> None:
    """One request of a model that costs two dollars."""
    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=1)
    row = a_request(
        at=THEN,
        upstream_id=upstream_id,
        upstream_model="claude-sonnet-4-5",
        input_tokens=10,
        cost=Decimal(2),
    )
    await RequestStore(database).insert_batch([row])
    await database.close()


def test_an_export_is_imported_shown_and_forgotten(
    cli: Cli, database_url: str, schema: str, tmp_path: Path
) -> None:
    made = cli(
        "upstreams", "add", "claude", "http://127.0.0.1:9", "--format", "anthropic", "--json"
    )
    asyncio.run(serve(database_url, schema, UUID(made.json["id"])))
    assert "No import tells of claude" in cli("reconcile", "show", "--upstream", "claude").out
    file = tmp_path / "costs.csv"
    file.write_text(COSTS, "utf-8")

    done = cli("reconcile", "import", str(file), "--upstream", "claude")
    assert done.out == f"Imported anthropic-costs of claude: 1 days, {DAY} to {DAY}.\n"
    again = cli("reconcile", "import", str(file), "--upstream", "claude")
    assert "1 of them in place of what was there" in again.out

    lines = cli("reconcile", "show", "--upstream", "claude").out.splitlines()
    assert lines[0] == f"claude, {DAY} to {DAY} (UTC)"
    opus, sonnet, total = (line.split() for line in lines[3:6])
    assert opus[:4] == [str(DAY), "Claude", "Opus", "4.1"]
    assert opus[-5:] == ["0", "-1.00", "-100.0", "only", "there"]
    assert sonnet[-5:] == ["2.00", "2", "0.00", "0.0", "equal"]
    assert (total[0], total[-4:]) == ("all", ["2", "-1.00", "-33.3", "differs"])
    assert lines[-1] == "The provider counted more: some traffic did not go through pxbin."
    found = cli("reconcile", "show", "--upstream", "claude", "--by", "model", "--json").json
    assert [one["model"] for one in found["models"]] == ["Claude Sonnet 4.5", "Claude Opus 4.1"]
    by_model = cli("reconcile", "show", "--upstream", "claude", "--by", "model").out.splitlines()
    assert by_model[3].startswith("-    Claude Sonnet 4.5")

    (held,) = cli("reconcile", "imports", "--json").json
    assert cli("reconcile", "imports").out.splitlines()[1].split()[:3] == ["costs.csv", "anthropic-costs", "claude"]  # fmt: skip
    assert cli("reconcile", "forget", held["id"]).out == "Forgotten: costs.csv.\n"
    assert cli("reconcile", "forget", held["id"]).code == 1
    assert cli("reconcile", "imports", "--json").json == []


def test_what_cannot_be_read_is_told(cli: Cli, tmp_path: Path) -> None:
    assert "There is no upstream" in cli("reconcile", "show", "--upstream", "nobody").err
    cli("upstreams", "add", "u", "http://127.0.0.1:9", "--no-key")
    for name, content, reason in (
        ("gone.csv", None, "cannot be read"),
        ("picture.csv", b"\x89PNG\xff", "no text in UTF-8"),
        ("notes.csv", b"a,b\n1,2\n", "Its columns are: a, b."),
    ):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        done = cli("reconcile", "import", str(file), "--upstream", "u")
        assert (done.code, reason in done.err) == (1, True), done.err
