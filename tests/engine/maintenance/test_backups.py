"""A backup made of a database, and a database made of a backup."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_engine.errors import InvalidInput, SecretUndecryptable, StorageError
from pxbin_engine.maintenance import backup_file
from pxbin_engine.maintenance import backups as backups_module
from pxbin_engine.maintenance.backup_file import Manifest
from pxbin_engine.maintenance.backups import BackupProgress, Backups
from pxbin_engine.storage import backup_upgrade, migrations, restoring, table_copy
from pxbin_engine.storage.budgets import BudgetStore
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.migrations import load_migrations
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore
from tests.support.database import (
    NOW,
    a_budget,
    a_key,
    a_model,
    a_request,
    an_upstream,
    an_upstream_key,
)
from tests.support.fake_keyring import FakeKeyring

PASSPHRASE = "correct horse"
Everything = dict[str, table_copy.Contents]


class Installation:
    """A database with a keyring, and what a person has in them."""

    def __init__(self, database: Database, dsn: str, schema: str, tmp_path: Path) -> None:
        self.database, self.dsn, self.schema = database, dsn, schema
        self.keyring = FakeKeyring()
        self.upstream_keys = UpstreamKeyStore(database)
        self.upstreams = UpstreamStore(database)
        self.secrets = SecretStore(self.upstream_keys, data_dir=tmp_path, keyring=self.keyring)
        self.told: list[str] = []
        self.path = tmp_path / "backup"
        self.backups = Backups(
            dsn,
            schema,
            secrets=self.secrets,
            upstreams=self.upstreams,
            directory=tmp_path / "backups",
            on_restored=self._restored,
            clock=lambda: NOW,
        )

    async def _restored(self) -> None:
        self.told.append("restored")

    async def fill(self) -> None:
        await self.secrets.probe()
        self.key, self.upstream = a_key(), an_upstream()
        await KeyStore(self.database).insert(self.key)
        await self.upstreams.insert(self.upstream)
        await ModelStore(self.database).insert(a_model(name="first"))
        self.secret = await self.secrets.add(self.upstream.id, an_upstream_key(), "sk-the-secret")
        self.budget = await BudgetStore(self.database).insert(a_budget())
        await Partitions(self.database).make(now=NOW)
        await self.send(3)

    async def send(self, count: int) -> None:
        rows = [
            a_request(at=NOW + timedelta(milliseconds=n), cost=Decimal(1), llm_key_id=self.key.id)
            for n in range(count)
        ]
        await RequestStore(self.database).insert_batch(rows)

    async def change_everything(self) -> None:
        """What a person may do between a backup and its restoration."""
        await KeyStore(self.database).insert(a_key(name="later"))
        await self.database.write("update upstreams set name = 'renamed', preset = 'x'")
        await self.database.write("delete from models")
        await self.database.write("update budgets set \"limit\" = 1, scope = 'model'")
        later = await self.upstreams.insert(an_upstream(name="another"))
        await self.secrets.add(later.id, an_upstream_key(), "sk-later")

    async def everything(self) -> Everything:
        async with table_copy.session(self.dsn, self.schema) as connection:
            return {
                table.name: await table_copy.contents(connection, table)
                for table in await table_copy.tables(connection)
            }

    async def secrets_of_all(self) -> dict[UUID, str]:
        return {
            key.id: await self.secrets.get(key, of=upstream.name)
            for upstream in await self.upstreams.list()
            for key in upstream.keys
        }

    async def rows(self, sql: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in await self.database.fetch(sql)]


@pytest.fixture
async def here(
    database: Database,
    database_url: str,
    schema: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Installation:
    monkeypatch.setattr(backup_file, "COST", 2)  # a passphrase of the tests' need not be dear
    installation = Installation(database, database_url, schema, tmp_path)
    await installation.fill()
    return installation


def without(everything: Everything, *names: str) -> Everything:
    return {name: one for name, one in everything.items() if name not in names}


LOG = ("requests", "usage_hourly", "usage_5m", "latency_hourly", "budget_spend")
AS_IT_WAS = ("upstream_keys", "model_prices")
"""The time of a key's last change is that of the restoration; the history of prices only grows."""


async def test_the_configuration_comes_back_and_the_log_stays(here: Installation) -> None:
    before = await here.everything()
    told: list[BackupProgress] = []
    report = await here.backups.create(here.path, passphrase=PASSPHRASE, told=told.append)
    assert (report.size, report.unreadable) == (here.path.stat().st_size, ())
    assert {one.table for one in told} == {table.name for table in report.manifest.tables}
    assert not any(restoring.part_of(one.table) == "log" for one in told)
    assert b"sk-the-secret" not in here.path.read_bytes()

    await here.change_everything()
    await here.send(2)
    in_the_log = await here.rows("select count(*), sum(cost) from requests")
    assert "sk-later" in here.keyring.entries.values()

    restored = await here.backups.restore(here.path, passphrase=PASSPHRASE)
    after = await here.everything()
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {*LOG, *AS_IT_WAS, "session_usage", "served_usage", "usage_daily"}
    assert after["models"] == before["models"]
    assert await here.secrets_of_all() == {here.secret.id: "sk-the-secret"}
    assert here.keyring.entries.keys() == {str(here.secret.id)}
    assert await here.rows("select count(*), sum(cost) from requests") == in_the_log
    counted_anew = await here.rows("select sum(cost) from requests")
    assert await here.rows("select spent from budget_spend") == counted_anew
    assert restored.without_secret == ()
    assert here.told == ["restored"]
    kept = await here.backups.inspect(restored.before)
    assert (kept.rows("keys"), kept.rows("upstreams"), kept.with_log) == (2, 2, False)


async def test_the_log_comes_back_with_its_totals(here: Installation) -> None:
    before = await here.everything()
    await here.backups.create(here.path, with_log=True)
    await here.change_everything()
    await here.send(9)
    await here.database.write("truncate usage_hourly")
    await here.backups.restore(here.path, with_log=True)
    after = await here.everything()
    assert without(after, *AS_IT_WAS) == without(before, *AS_IT_WAS)
    assert await here.rows("select count(*) from requests_default") == [(0,)]
    await here.send(1)
    assert (await here.rows("select requests from usage_hourly where dimension = 'total'"))[0] == (
        4,
    )


async def test_a_key_without_its_secret_is_told(here: Installation) -> None:
    await here.backups.create(here.path)
    await here.backups.restore(here.path)
    assert await here.secrets_of_all() == {here.secret.id: "sk-the-secret"}  # it was still here

    await here.secrets.delete(here.secret)
    restored = await here.backups.restore(here.path)
    assert restored.without_secret == (here.upstream.name,)
    assert await here.secrets_of_all() == {}


async def test_a_key_goes_where_this_machine_keeps_keys(here: Installation) -> None:
    await here.backups.create(here.path, passphrase=PASSPHRASE)
    here.keyring.broken = "It is locked."
    assert await here.secrets.probe() == "sealed"
    here.keyring.broken = ""
    await here.backups.restore(here.path, passphrase=PASSPHRASE)
    assert await here.rows("select secret_place from upstream_keys") == [("sealed",)]
    assert await here.secrets_of_all() == {here.secret.id: "sk-the-secret"}


async def test_what_cannot_be_restored_changes_nothing(
    here: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await here.backups.create(here.path, passphrase=PASSPHRASE)
    await here.change_everything()
    here.keyring.entries[str(here.secret.id)] = "sk-changed-since"
    before, entries = await here.everything(), dict(here.keyring.entries)

    with pytest.raises(SecretUndecryptable):
        await here.backups.restore(here.path, passphrase="wrong passphrase")
    with pytest.raises(InvalidInput, match="no log"):
        await here.backups.restore(here.path, with_log=True)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(here.path.read_bytes()[:-30])
    with pytest.raises(InvalidInput):
        await here.backups.restore(damaged)

    write = table_copy.write

    async def spoil(connection: table_copy.Session, name: str, *rest: object) -> int:
        rows = await write(connection, name, *rest)  # type: ignore[arg-type]  # handed on as they are
        if name == "staged_keys":
            await connection.execute("update staged_keys set name = name || '!'")
        return rows

    monkeypatch.setattr(table_copy, "write", spoil)
    with pytest.raises(StorageError, match="did not arrive"):
        await here.backups.restore(here.path, passphrase=PASSPHRASE)
    assert await here.everything() == before
    assert here.keyring.entries == entries
    assert here.told == []


async def test_a_backup_that_does_not_fit_is_refused(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.backups.create(here.path)
    before = await here.everything()
    init = backup_file.BackupFile.__init__

    def without_keys(self: backup_file.BackupFile, path: Path) -> None:
        init(self, path)
        kept = tuple(one for one in self.manifest.tables if one.name != "keys")
        self.manifest = replace(self.manifest, tables=kept)

    monkeypatch.setattr(backup_file.BackupFile, "__init__", without_keys)
    with pytest.raises(InvalidInput, match="does not have all: keys"):
        await here.backups.restore(here.path)

    def with_another(self: backup_file.BackupFile, path: Path) -> None:
        init(self, path)
        other = replace(self.manifest.tables[0], columns=("id", "pg_read_file('/etc/passwd')"))
        self.manifest = replace(self.manifest, tables=(*self.manifest.tables[1:], other))

    monkeypatch.setattr(backup_file.BackupFile, "__init__", with_another)
    with pytest.raises(InvalidInput, match="does not fit"):
        await here.backups.restore(here.path)
    assert await here.everything() == before


async def test_a_newer_backup_is_refused(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.backups.create(here.path)
    older = load_migrations()[:-1]
    monkeypatch.setattr(backups_module, "load_migrations", lambda: older)
    with pytest.raises(InvalidInput, match="newer pxbin"):
        await here.backups.inspect(here.path)


async def test_an_older_backup_is_brought_up_to_date(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the newest migrations had come in since; they are applied to a schema of the backup's own."""
    then = "dimension in ('total', 'model')"
    totals = f"select * from usage_5m where {then} order by dimension, bucket, dimension_id"
    await here.database.write(f"delete from usage_5m where not {then}")  # they are since 0016
    await here.backups.create(here.path, with_log=True)
    before, totals_before = await here.everything(), await here.rows(totals)
    applied: list[int] = []
    migrate = migrations.migrate

    async def watched(dsn: str, **options: object) -> object:
        done = await migrate(dsn, **options)  # type: ignore[arg-type]  # handed on as they are
        applied.append(len(done))
        return done

    class Older(backup_file.BackupFile):
        def __init__(self, path: Path) -> None:
            super().__init__(path)
            newest = {"provider_imports", "provider_days", "provider_usage", "served_usage"}
            self.manifest: Manifest = replace(
                self.manifest,
                schema_version=13,
                tables=tuple(one for one in self.manifest.tables if one.name not in newest),
            )

    monkeypatch.setattr(backup_upgrade, "migrate", watched)
    monkeypatch.setattr(backups_module, "BackupFile", Older)
    await here.change_everything()
    await here.backups.restore(here.path, with_log=True)
    after = await here.everything()
    assert applied == [13, len(load_migrations()) - 13]
    assert without(after, *AS_IT_WAS, "usage_5m") == without(before, *AS_IT_WAS, "usage_5m")
    assert await here.rows(totals) == totals_before != []
    schemas = "select count(*) from pg_namespace where nspname like 'pxbin_restore_%'"
    assert await here.rows(schemas) == [(0,)]
