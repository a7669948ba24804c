"""The file of a backup: whole or refused, and its keys only for who has the passphrase."""

import hashlib
import zipfile
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from pxbin_engine.errors import InvalidInput, SecretUndecryptable
from pxbin_engine.maintenance import backup_file
from pxbin_engine.maintenance.backup_file import (
    BackupFile,
    BackupWriter,
    Manifest,
    seal,
    unseal,
)
from pxbin_engine.storage.restoring import StoredTable
from pxbin_engine.storage.table_copy import Contents

PASSPHRASE = "correct horse"
CSV = b'id,name\n1,"a\nb"\n' * 1000
STORED = StoredTable("keys", ("id", "name"), Contents(1000, hashlib.sha256(CSV).hexdigest()))
ID = UUID(int=7)


def a_manifest(**values: object) -> Manifest:
    usual: dict[str, object] = {
        "id": ID,
        "made_at": datetime(2026, 11, 24, tzinfo=UTC),
        "made_by": "0.1.0",
        "schema_version": 14,
        "with_log": False,
        "tables": (STORED,),
    }
    return Manifest(**usual | values)  # type: ignore[arg-type]  # a test's own fields


async def pieces() -> AsyncGenerator[bytes, None]:
    for start in range(0, len(CSV), 777):
        yield CSV[start : start + 777]


async def a_backup(path: Path, **values: object) -> Path:
    writer = BackupWriter(path)
    await writer.add("keys", pieces())
    assert await writer.finish(a_manifest(**values), None) == path.stat().st_size
    writer.abandon()
    return path


async def test_what_was_written_is_read(tmp_path: Path) -> None:
    backup = BackupFile(await a_backup(tmp_path / "one"))
    told: list[int] = []
    read = b"".join([piece async for piece in backup.chunks(backup.tables[0], told.append)])
    assert (read, sum(told)) == (CSV, CSV.count(b"\n"))
    await backup.verify()
    assert backup.manifest.rows("keys") == 1000
    backup.close()
    assert (tmp_path / "one").stat().st_mode & 0o077 == 0


async def test_an_abandoned_one_leaves_nothing_and_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_text("before")
    writer = BackupWriter(path)
    await writer.add("keys", pieces())
    writer.abandon()
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["one"]


async def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = await a_backup(tmp_path / "one")
    content = path.read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(content[:-40])
    with pytest.raises(InvalidInput, match="not a backup"):
        BackupFile(cut)
    flipped = tmp_path / "flipped"
    flipped.write_bytes(content[:70] + bytes([content[70] ^ 1]) + content[71:])
    with pytest.raises(InvalidInput, match="damaged"):
        await BackupFile(flipped).verify()
    with pytest.raises(InvalidInput, match="cannot be read"):
        BackupFile(tmp_path / "missing")
    (tmp_path / "text").write_text("just words")
    with pytest.raises(InvalidInput, match="not a backup"):
        BackupFile(tmp_path / "text")


async def test_no_flipped_bit_is_more_than_a_damaged_file(tmp_path: Path) -> None:
    content = (await a_backup(tmp_path / "one")).read_bytes()
    manifest = content.index(b"manifest.json")
    flipped = tmp_path / "flipped"
    refused = 0
    for place in range(manifest, len(content)):
        flipped.write_bytes(content[:place] + bytes([content[place] ^ 0x81]) + content[place + 1 :])
        try:
            await BackupFile(flipped).verify()
        except InvalidInput:
            refused += 1
    assert refused > 300


async def test_other_rows_than_the_manifest_tells_are_refused(tmp_path: Path) -> None:
    path = await a_backup(tmp_path / "one")
    changed = tmp_path / "changed"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(
                name, old.read(name).replace(b"1,", b"2,") if "keys" in name else old.read(name)
            )
    with pytest.raises(InvalidInput, match="keys is not as it was written"):
        await BackupFile(changed).verify()


async def test_a_later_format_is_refused(tmp_path: Path) -> None:
    path = await a_backup(tmp_path / "one", format=2)
    with pytest.raises(InvalidInput, match="newer pxbin"):
        BackupFile(path)


async def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        BackupWriter(tmp_path / "missing" / "one")


def test_a_passphrase_is_dear_to_guess() -> None:
    assert backup_file.COST >= 2**15


def test_keys_open_with_their_passphrase_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file, "COST", 2)
    secrets = {uuid4(): "sk-one", uuid4(): "sk-é"}
    sealed, sealing = seal(secrets, PASSPHRASE, bound_to=ID)
    assert unseal(sealed, PASSPHRASE, sealing, bound_to=ID) == secrets
    assert b"sk-one" not in sealed
    for passphrase, bound_to in (("correct horsf", ID), (PASSPHRASE, UUID(int=8))):
        with pytest.raises(SecretUndecryptable):
            unseal(sealed, passphrase, sealing, bound_to=bound_to)
    with pytest.raises(SecretUndecryptable):
        unseal(sealed[:-1] + b"\0", PASSPHRASE, sealing, bound_to=ID)
    with pytest.raises(InvalidInput, match="memory"):
        unseal(sealed, PASSPHRASE, replace(sealing, n=2**30), bound_to=ID)
    for damaged in (replace(sealing, nonce="zz"), replace(sealing, n=-2)):
        with pytest.raises(InvalidInput, match="damaged"):
            unseal(sealed, PASSPHRASE, damaged, bound_to=ID)
    with pytest.raises(InvalidInput, match="at least 8"):
        seal(secrets, "short", bound_to=ID)


async def test_keys_that_are_not_there_are_not_read(tmp_path: Path) -> None:
    backup = BackupFile(await a_backup(tmp_path / "one"))
    with pytest.raises(InvalidInput, match="no upstream keys"):
        await backup.secrets(PASSPHRASE)
    backup.close()
