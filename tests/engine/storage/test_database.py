import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from pxbin_engine.errors import Conflict, DatabaseUnavailable, InvalidInput, StorageError
from pxbin_engine.records import TargetRecord
from pxbin_engine.storage.database import Connector, Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import NOW, a_key, a_model, an_upstream, an_upstream_key

CHANNEL = "pxbin_configuration"


def with_hosts(database_url: str, hosts: str, ports: str, more: str = "") -> str:
    """The session's cluster as one of several hosts; ``@`` stands for its own socket."""
    parts = urlsplit(database_url)
    socket = dict(pair.split("=") for pair in parts.query.split("&"))["host"]
    return f"postgresql://{parts.netloc}{parts.path}?host={hosts.replace('@', socket)}&port={ports}{more}"


async def test_each_connection_uses_the_schema_without_jit_in_utc(
    database: Database, schema: str
) -> None:
    row = await database.fetch_one(
        "select current_schema() as schema, current_setting('jit') as jit, current_setting('timezone') as zone,"
        " current_setting('application_name') as name"
    )
    assert row is not None
    assert dict(row) == {"schema": schema, "jit": "off", "zone": "UTC", "name": "pxbin"}


async def test_a_query_is_planned_for_its_arguments_where_that_is_asked_for(
    database: Database,
) -> None:
    mode = "select current_setting('plan_cache_mode') || $1"
    told = [(await database.fetch(mode, "", custom_plan=one))[0][0] for one in (True, False)]
    assert told == ["force_custom_plan", "auto"]


async def test_values_come_back_as_the_types_of_the_records(database: Database) -> None:
    given = [{"a": [1, None, "ü"]}, uuid4(), Decimal("0.10"), NOW]
    rows = await database.fetch(
        "select $1::jsonb as j, $2::uuid as u, $3::numeric as n, $4::timestamptz as t", *given
    )
    values = list(rows[0])
    assert values == given
    assert type(values[1]) is UUID
    assert values[3].tzinfo is UTC or values[3].utcoffset() == datetime.now(UTC).utcoffset()


async def test_a_read_is_tried_twice_where_the_connection_breaks_and_a_write_never(
    database: Database,
) -> None:
    await database.write("create sequence attempts")
    breaks = "select nextval('attempts'), pg_terminate_backend(pg_backend_pid())"

    with pytest.raises(DatabaseUnavailable):
        await database.fetch(breaks)
    assert not database.available
    attempts = await database.fetch("select last_value from attempts")
    assert attempts[0][0] == 2
    assert database.available

    with pytest.raises(DatabaseUnavailable):
        await database.write(breaks)
    attempts = await database.fetch("select last_value from attempts")
    assert attempts[0][0] == 3


async def test_the_pool_outlives_its_connections(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'pxbin' and pid <> pg_backend_pid() and query like '%outlive%'"
        )
    assert (await database.fetch("select 1 as one"))[0]["one"] == 1


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as connection:
            await connection.execute("create table half (n int)")
            raise KeyError("mine")

    with pytest.raises(KeyError):
        await fail()
    assert (await database.fetch("select to_regclass('half') as found"))[0]["found"] is None


async def test_foreign_exceptions_do_not_leave(database: Database) -> None:
    key = a_key()
    await KeyStore(database).insert(key)
    with pytest.raises(Conflict):
        await KeyStore(database).insert(key)
    with pytest.raises(InvalidInput):
        await database.fetch("select $1::int", "seven")
    with pytest.raises(StorageError):
        await database.fetch("select no_such_column")
    assert database.available


# ------------------------------------------------------------------ where to connect


class BlackHole:
    """A TCP server that accepts and never says a word."""

    def __init__(self) -> None:
        self.callers = 0

    async def _swallow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers += 1
        await reader.read()
        await asyncio.sleep(0)
        writer.close()

    @asynccontextmanager
    async def port(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._swallow, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()


async def test_a_dead_first_host_costs_its_own_time_out_and_only_once(
    database_url: str, schema: str
) -> None:
    hole = BlackHole()
    async with hole.port() as port:
        url = with_hosts(
            database_url, "127.0.0.1,@", f"{port},5432", "&connect_timeout=0.3&sslmode=disable"
        )
        started = time.monotonic()
        connector = Connector(url, schema=schema)
        first = await connector.connect()
        second = await connector.connect()
        took = time.monotonic() - started
        await first.close()
        await second.close()
    assert hole.callers == 1
    assert 0.3 <= took < 2


async def test_a_host_that_refuses_is_passed_over(database_url: str, schema: str) -> None:
    database = await Database.connect(
        with_hosts(database_url, "127.0.0.1,@", "1,5432"), schema=schema, min_size=0
    )
    assert await database.fetch("select 1")
    await database.close()


@pytest.mark.parametrize("wanted", ["read-write", "primary", "any", "prefer-standby"])
async def test_a_host_of_the_wanted_role_is_taken(
    database_url: str, schema: str, wanted: str
) -> None:
    url = with_hosts(database_url, "@", "5432", f"&target_session_attrs={wanted}")
    database = await Database.connect(url, schema=schema, min_size=0)
    assert await database.fetch("select 1")
    await database.close()


async def test_no_host_of_the_wanted_role_is_an_error(database_url: str, schema: str) -> None:
    url = with_hosts(database_url, "@,@", "5432", "&target_session_attrs=standby")
    with pytest.raises(DatabaseUnavailable, match="wanted role"):
        await Database.connect(url, schema=schema)


async def test_a_refused_login_is_final_and_shows_no_password(
    database_url: str, schema: str
) -> None:
    hole = BlackHole()
    async with hole.port() as port:
        url = with_hosts(database_url, "@,127.0.0.1", f"5432,{port}").replace(
            "://", "://nobody:hunter2@", 1
        )
        parts = urlsplit(database_url)
        url = url.replace(f"@{parts.netloc}", "@", 1)
        with pytest.raises(DatabaseUnavailable, match="refused the login") as caught:
            await Database.connect(url, schema=schema)
    assert hole.callers == 0
    assert "hunter2" not in caught.value.message


async def test_nobody_there_is_an_error_in_time() -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
        await Database.connect("postgresql://u:p@127.0.0.1:1,127.0.0.1:2/x", schema="public")


async def test_a_pool_that_is_busy_is_closed_in_time(database_url: str, schema: str) -> None:
    database = await Database.connect(database_url, schema=schema, min_size=0, max_size=1)
    sleeper = asyncio.create_task(database.fetch("select pg_sleep(2)"))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    await database.close(timeout=0.2)
    assert time.monotonic() - started < 5
    with pytest.raises(DatabaseUnavailable):
        await sleeper


# ------------------------------------------------------------------ listening


class Heard:
    """Payloads as they come."""

    def __init__(self) -> None:
        self.payloads: list[str | None] = []
        self._some = asyncio.Event()

    def __call__(self, payload: str | None) -> None:
        self.payloads.append(payload)
        self._some.set()

    async def next(self) -> list[str | None]:
        """What came, once something has (and all that was committed with it)."""
        async with asyncio.timeout(20):
            await self._some.wait()
        await asyncio.sleep(0.05)
        payloads, self.payloads = self.payloads, []
        self._some.clear()
        return payloads


async def test_each_change_of_the_configuration_is_told_once_when_it_is_committed(
    database: Database,
) -> None:
    heard = Heard()
    await database.listen(CHANNEL, heard)
    keys, upstreams, models = KeyStore(database), UpstreamStore(database), ModelStore(database)

    key = await keys.insert(a_key())
    assert await heard.next() == ["keys"]
    await keys.deactivate(key.id, now=NOW)
    assert await heard.next() == ["keys"]
    upstream = await upstreams.insert(an_upstream())
    assert await heard.next() == ["upstreams"]
    keys_of_it = UpstreamKeyStore(database)
    upstream_key = await keys_of_it.insert(upstream.id, an_upstream_key())
    assert await heard.next() == ["upstreams"]
    await keys_of_it.set_secret(upstream_key.id, "keyring")
    assert await heard.next() == ["upstreams"]
    await keys_of_it.delete(upstream_key.id)
    assert await heard.next() == ["upstreams"]
    model = await models.insert(
        a_model(targets=(TargetRecord(upstream_id=upstream.id, upstream_model="m"),))
    )
    assert await heard.next() == ["models"]
    await upstreams.delete_many([upstream.id])
    assert set(await heard.next()) == {"upstreams", "models"}
    await models.delete_many([model.id])
    assert await heard.next() == ["models"]


async def test_what_changes_nothing_is_not_told(database: Database) -> None:
    heard = Heard()
    key = await KeyStore(database).insert(a_key())
    await database.listen(CHANNEL, heard)
    await KeyStore(database).touch({key.id: NOW})
    with pytest.raises(InvalidInput):
        await ModelStore(database).insert(
            a_model(targets=(TargetRecord(upstream_id=uuid4(), upstream_model="m"),))
        )
    await database.write("select pg_notify($1, 'end')", CHANNEL)
    assert await heard.next() == ["end"]


async def test_a_listener_that_lost_its_connection_listens_again_and_says_that_it_may_have_missed_some(
    database: Database,
) -> None:
    heard = Heard()
    await database.listen("some_channel", heard)
    await database.write(
        "select pg_terminate_backend(pid) from pg_stat_activity where query = 'LISTEN \"some_channel\"'"
        " or query ilike 'listen some_channel%'"
    )
    assert await heard.next() == [None]
    await database.write("select pg_notify('some_channel', 'again')")
    assert await heard.next() == ["again"]


async def test_after_close_nothing_is_told(
    database_url: str, schema: str, database: Database
) -> None:
    other = await Database.connect(database_url, schema=schema, min_size=0)
    heard = Heard()
    await other.listen(CHANNEL, heard)
    await other.close()
    await KeyStore(database).insert(a_key())
    await asyncio.sleep(0.1)
    assert heard.payloads == []
