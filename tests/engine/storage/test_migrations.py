import asyncio
import secrets
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest

from pxbin_engine.errors import MigrationError
from pxbin_engine.records import ModelPrice
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.migrations import Migration, load_migrations, migrate
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.prices import PriceStore
from pxbin_engine.storage.sealing import Sealer
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.postgres import PostgresServer

SLOW = (
    Migration(version=1, name="one", sql="select pg_sleep(0.05); create table one (n int)"),
    Migration(version=2, name="two", sql="select pg_sleep(0.05); create table two (n int)"),
)


async def tables(database_url: str, schema: str) -> list[str]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            "select tablename from pg_tables where schemaname = $1 order by 1", schema
        )
    finally:
        await connection.close()
    return [row["tablename"] for row in rows]


async def test_the_files_of_the_project_apply_once_in_order(database_url: str, schema: str) -> None:
    files = load_migrations()
    assert [migration.version for migration in files] == list(range(1, len(files) + 1))

    assert await migrate(database_url, schema=schema) == files
    assert await migrate(database_url, schema=schema) == ()

    assert {"keys", "upstreams", "models", "model_targets", "requests", "usage_hourly"} <= set(
        await tables(database_url, schema)
    )


async def test_the_prices_of_an_older_database_begin_its_history(
    database_url: str, schema: str
) -> None:
    """Before 0010 a model had a price and no history, and a row did not name its price."""
    before = [migration for migration in load_migrations() if migration.version < 10]
    await migrate(database_url, schema=schema, migrations=before)
    connection = await asyncpg.connect(database_url, server_settings={"search_path": schema})
    await connection.execute(
        "insert into models (id, name, input_cost_per_million, price_source, created_at, updated_at)"
        " values ($1, 'm', 2.50, 'model', '2026-01-01Z', '2026-02-01Z')",
        UUID(int=1),
    )
    await connection.close()

    await migrate(database_url, schema=schema)

    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=2)
    try:
        (model,) = await ModelStore(database).list()
        (price,) = await PriceStore(database).history([model.id])
        assert (price.id, price.price) == (model.price_id, model.price)
        assert price.valid_from == model.price_valid_from == datetime(2026, 2, 1, tzinfo=UTC)
        assert price.price == ModelPrice(input=Decimal("2.5"), source="model")
    finally:
        await database.close()


async def test_the_keys_of_an_older_database_live_on_under_their_names(
    database_url: str, schema: str, tmp_path: Path
) -> None:
    """Before 0008 an upstream had one key, whose keyring entry and seal are bound to the upstream's id."""
    files = load_migrations()
    before = [migration for migration in files if migration.version < 8]
    await migrate(database_url, schema=schema, migrations=before)
    sealed, in_keyring, without = UUID(int=1), UUID(int=2), UUID(int=3)
    sealer = Sealer(encryption_key="correct horse battery", key_file=tmp_path / "unused")
    secret = sealer.seal("sk-1", bound_to=sealed.bytes)
    connection = await asyncpg.connect(database_url, server_settings={"search_path": schema})
    await connection.executemany(
        "insert into upstreams (id, name, base_url, format, secret_place, sealed_secret, created_at, updated_at)"
        " values ($1, $2, 'http://127.0.0.1:9', 'openai', $3, $4, now(), now())",
        [
            (sealed, "a", "sealed", secret),
            (in_keyring, "b", "keyring", None),
            (without, "c", "none", None),
        ],
    )
    await connection.close()

    await migrate(database_url, schema=schema)

    database = await Database.connect(database_url, schema=schema, min_size=1, max_size=2)
    try:
        upstreams = await UpstreamStore(database).list()
        found = [(u.secret_place, [(k.id, k.secret_place) for k in u.keys]) for u in upstreams]
        assert found == [
            ("sealed", [(sealed, "sealed")]),
            ("keyring", [(in_keyring, "keyring")]),
            ("none", []),
        ]
        keys = UpstreamKeyStore(database)
        store = SecretStore(keys, data_dir=tmp_path, encryption_key="correct horse battery")
        assert await store.get(upstreams[0].keys[0], of="a") == "sk-1"
    finally:
        await database.close()


async def test_six_starters_at_once_apply_each_file_once(database_url: str, schema: str) -> None:
    applied = await asyncio.gather(
        *(migrate(database_url, schema=schema, migrations=SLOW) for _ in range(6))
    )
    assert sorted(map(len, applied)) == [0, 0, 0, 0, 0, 2]


def test_six_processes_at_once(postgres_server: PostgresServer, schema: str) -> None:
    program = (
        "import asyncio, sys; from pxbin_engine.storage.migrations import migrate;"
        "print(len(asyncio.run(migrate(sys.argv[1], schema=sys.argv[2]))))"
    )
    command = [sys.executable, "-c", program, postgres_server.dsn, schema]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    printed = [starter.communicate(timeout=60)[0].strip() for starter in starters]
    assert [starter.returncode for starter in starters] == [0] * 6
    assert sorted(printed) == ["0"] * 5 + [str(len(load_migrations()))]


async def test_killed_in_the_middle_the_next_start_goes_on(database_url: str, schema: str) -> None:
    stuck = (
        SLOW[0],
        Migration(version=2, name="two", sql="create table two (n int); select pg_sleep(60)"),
    )
    first = asyncio.create_task(migrate(database_url, schema=schema, migrations=stuck))
    while await tables(database_url, schema) != ["one", "schema_migrations"]:
        await asyncio.sleep(0.01)
    connection = await asyncpg.connect(database_url)
    # Only the statement of this test: the session's cluster is shared.
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where query like '%create table two%pg_sleep(60)%' and pid <> pg_backend_pid()"
    )
    await connection.close()
    with pytest.raises(Exception, match="connection"):
        await first

    assert await migrate(database_url, schema=schema, migrations=SLOW) == SLOW[1:]


async def test_a_changed_file_is_refused_by_name(database_url: str, schema: str) -> None:
    await migrate(database_url, schema=schema, migrations=SLOW)
    changed = (Migration(version=1, name="one", sql="create table other (n int)"), SLOW[1])
    with pytest.raises(MigrationError, match=r"0001_one\.sql was changed"):
        await migrate(database_url, schema=schema, migrations=changed)


async def test_a_newer_database_is_refused_by_name(database_url: str, schema: str) -> None:
    await migrate(database_url, schema=schema, migrations=SLOW)
    with pytest.raises(MigrationError, match=r"newer pxbin \(0002_two\.sql"):
        await migrate(database_url, schema=schema, migrations=SLOW[:1])


async def test_a_file_that_fails_leaves_nothing_and_can_be_mended(
    database_url: str, schema: str
) -> None:
    broken = (
        SLOW[0],
        Migration(version=2, name="two", sql="create table two (n int); select 1 / 0"),
    )
    with pytest.raises(MigrationError, match=r"0002_two\.sql failed: division by zero"):
        await migrate(database_url, schema=schema, migrations=broken)
    assert await tables(database_url, schema) == ["one", "schema_migrations"]
    assert await migrate(database_url, schema=schema, migrations=SLOW) == SLOW[1:]


async def test_a_file_without_a_transaction_also_with_several_starters(
    database_url: str, schema: str
) -> None:
    # "concurrently" waits for every other statement on the database: for a starter that waits for us, for ever.
    sql = "-- no-transaction\ncreate table n (n int);\ncreate index concurrently on n (n);\n"
    concurrently = (Migration(version=1, name="index", sql=sql),)
    applied = await asyncio.gather(
        *(migrate(database_url, schema=schema, migrations=concurrently) for _ in range(3))
    )
    assert sorted(applied, key=len) == [(), (), concurrently]


@pytest.fixture
def role(postgres_server: PostgresServer) -> Iterator[str]:
    """A role without rights on ``public`` and none to make schemas."""
    name = f"role_{secrets.token_hex(6)}"
    password = urlsplit(postgres_server.dsn).netloc.partition(":")[2].rstrip("@")
    postgres_server.psql(f"create role {name} login password '{password}'")
    yield name
    postgres_server.psql(f"drop owned by {name} cascade")
    postgres_server.psql(f"drop role {name}")


async def test_a_role_without_rights_on_public_uses_a_schema_found_made(
    postgres_server: PostgresServer, role: str, schema: str
) -> None:
    dsn = postgres_server.dsn.replace("pxbin:", f"{role}:")
    with pytest.raises(MigrationError, match=f"may not create it.*{schema}"):
        await migrate(dsn, schema=schema)
    with pytest.raises(MigrationError, match="may not create tables in the schema public"):
        await migrate(dsn, schema="public")

    postgres_server.psql(f"create schema {schema} authorization {role}")
    assert await migrate(dsn, schema=schema) == load_migrations()
    database = await Database.connect(dsn, schema=schema, min_size=0, max_size=1)
    assert await database.fetch("select * from keys") == []
    await database.close()


@pytest.mark.parametrize("name", ["0002_gap.sql", "1_short.sql", "0001-dash.sql"])
def test_a_file_with_a_wrong_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("select 1")
    with pytest.raises(MigrationError, match=name):
        load_migrations(tmp_path)


def test_no_files_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="no migrations"):
        load_migrations(tmp_path)
