"""What belongs to a backup, and what never does; restorations themselves are tested in ``maintenance/test_backups``."""

import pytest

from pxbin_engine.storage import restoring, table_copy
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.restoring import CONFIGURATION, part_of, saved_columns
from pxbin_engine.storage.table_copy import Table


@pytest.mark.parametrize(
    ("table", "part"),
    [
        ("keys", "configuration"),
        ("upstream_keys", "configuration"),
        ("requests", "log"),
        ("budget_spend", "log"),
        ("recordings", None),
    ],
)
def test_a_table_belongs_to_a_part(table: str, part: str | None) -> None:
    assert part_of(table) == part


def test_secrets_are_no_columns_of_a_backup() -> None:
    table = Table("upstream_keys", ("id", "secret_place", "sealed_secret", "label"), ("id",))
    assert saved_columns(table) == ("id", "label")
    assert saved_columns(Table("keys", ("id", "name"), ("id",))) == ("id", "name")


async def test_every_table_of_the_configuration_is_one(
    database: Database, database_url: str, schema: str
) -> None:
    """And what a person configures is among them: tables whose changes are told to all engines."""
    async with table_copy.session(database_url, schema) as connection:
        tables = {table.name for table in await table_copy.tables(connection)}
        told = await connection.fetch(
            "select distinct tgrelid::regclass::text as name from pg_trigger"
            " where tgname = 'notify' and tgrelid in (select oid from pg_class where relnamespace = $1::regnamespace)",
            schema,
        )
    assert tables >= CONFIGURATION
    assert {row["name"].split(".")[-1] for row in told} <= CONFIGURATION
    apart = next(iter(restoring.KEPT_APART))
    assert apart in tables
