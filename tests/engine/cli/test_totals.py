"""``totals``, against a database of the test's own."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.command_line import Cli
from tests.support.postgres import PostgresServer


def test_totals_are_counted_anew_and_what_differed_is_told(
    cli: Cli, postgres_server: PostgresServer, schema: str
) -> None:
    today = datetime.now(UTC).date()
    cli("migrate")
    postgres_server.psql(
        f"create table {schema}.requests_{today:%Y%m%d} partition of {schema}.requests"
        f" for values from ('{today}') to ('{today + timedelta(days=1)}')"
    )
    right = cli("totals", "rebuild")
    assert right.code == 0
    assert right.out == (
        f"Counted anew: 1 days, {today} to {today} (UTC). Every total is the sum of its rows.\n"
    )
    postgres_server.psql(
        f"insert into {schema}.usage_5m select 'total', date_bin('5 minutes', now(), 'epoch'), '',"
        " 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"
    )
    told = cli("totals", "rebuild", "--since", str(today - timedelta(days=1)), "--json").json
    (difference,) = told["differences"]
    assert (difference["table"], difference["field"]) == ("usage_5m", "requests")
    assert (difference["held"], difference["counted"]) == (3, 0)
    assert "Every total is" in cli("totals", "rebuild").out


def test_days_that_the_log_does_not_have_are_not_counted(cli: Cli) -> None:
    assert cli("totals", "rebuild", "--since", "9999-01-01").out == (
        "No day of the log has rows to count.\n"
    )


def test_a_day_is_a_day(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli("totals", "rebuild", "--since", "yesterday")
    assert "'yesterday' is not a day" in capsys.readouterr().err
