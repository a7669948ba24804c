"""The fixtures of tests/support/postgres.py do what they promise."""

import asyncpg

from tests.support.postgres import PostgresServer


async def test_a_test_gets_a_working_database(
    database_url: str, schema: str, postgres_server: PostgresServer
) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"CREATE SCHEMA {schema}")
        await connection.execute(f"CREATE TABLE {schema}.t AS SELECT 1 AS a")
        assert await connection.fetchval(f"SELECT a FROM {schema}.t") == 1
        assert connection.get_server_version().major == postgres_server.major
    finally:
        await connection.close()
    assert postgres_server.psql(f"SELECT count(*) FROM {schema}.t") == "1"
