import stat
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from pxbin_engine.errors import SecretStoreUnavailable, SecretUndecryptable
from pxbin_engine.storage.sealing import Sealer

PASSPHRASE = "correct horse battery"
ROW, OTHER_ROW = uuid4().bytes, uuid4().bytes
SECRET = "sk-ünïcode-0123456789"


def sealer(directory: Path, encryption_key: str = "") -> Sealer:
    return Sealer(encryption_key=encryption_key, key_file=directory / "deep" / "secret.key")


@pytest.fixture(params=["", PASSPHRASE], ids=["key_file", "encryption_key"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Sealer]:
    return lambda: sealer(tmp_path, request.param)


def test_what_was_sealed_opens_again_also_in_another_process(made: Callable[[], Sealer]) -> None:
    sealed = made().seal(SECRET, bound_to=ROW)
    assert made().open(sealed, bound_to=ROW) == SECRET
    assert SECRET.encode() not in sealed


def test_two_seals_of_one_secret_differ(made: Callable[[], Sealer]) -> None:
    one = made()
    assert one.seal(SECRET, bound_to=ROW) != one.seal(SECRET, bound_to=ROW)


def test_a_secret_moved_to_another_row_does_not_open(made: Callable[[], Sealer]) -> None:
    sealed = made().seal(SECRET, bound_to=ROW)
    with pytest.raises(SecretUndecryptable):
        made().open(sealed, bound_to=OTHER_ROW)


def test_each_changed_byte_is_noticed(made: Callable[[], Sealer]) -> None:
    one = made()
    sealed = one.seal("x", bound_to=ROW)
    # The salt is left out for the passphrase: each other salt is another 80 ms of scrypt.
    for index in [0, 1, *range(17, len(sealed))]:
        changed = sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :]
        with pytest.raises(SecretUndecryptable):
            one.open(changed, bound_to=ROW)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 44, b"\x09" + bytes(60)])
def test_what_was_never_sealed_does_not_open(tmp_path: Path, sealed: bytes) -> None:
    with pytest.raises(SecretUndecryptable, match="damaged"):
        sealer(tmp_path, PASSPHRASE).open(sealed, bound_to=ROW)


def test_a_wrong_encryption_key_says_so_and_never_gives_ciphertext(tmp_path: Path) -> None:
    sealed = sealer(tmp_path, PASSPHRASE).seal(SECRET, bound_to=ROW)
    with pytest.raises(SecretUndecryptable, match="sealed with another encryption_key"):
        sealer(tmp_path, PASSPHRASE + "!").open(sealed, bound_to=ROW)
    with pytest.raises(SecretUndecryptable, match="encryption_key, but none is set"):
        sealer(tmp_path).open(sealed, bound_to=ROW)


def test_with_an_encryption_key_what_the_key_file_sealed_still_opens(tmp_path: Path) -> None:
    sealed = sealer(tmp_path).seal(SECRET, bound_to=ROW)
    assert sealer(tmp_path, PASSPHRASE).open(sealed, bound_to=ROW) == SECRET


def test_the_key_file_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    one = sealer(tmp_path)
    one.seal(SECRET, bound_to=ROW)
    key = one.key_file.read_bytes()
    sealer(tmp_path).seal(SECRET, bound_to=ROW)

    assert one.key_file.read_bytes() == key
    assert stat.S_IMODE(one.key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(one.key_file.parent.stat().st_mode) == 0o700
    assert [path.name for path in one.key_file.parent.iterdir()] == ["secret.key"]


def test_a_key_file_that_is_gone_changed_or_damaged_is_a_clear_error(tmp_path: Path) -> None:
    one = sealer(tmp_path)
    sealed = one.seal(SECRET, bound_to=ROW)
    one.key_file.write_bytes(bytes(32))
    with pytest.raises(SecretUndecryptable, match="another key file"):
        sealer(tmp_path).open(sealed, bound_to=ROW)
    one.key_file.write_bytes(b"short")
    with pytest.raises(SecretStoreUnavailable, match="damaged"):
        sealer(tmp_path).seal(SECRET, bound_to=ROW)
    one.key_file.unlink()
    with pytest.raises(SecretUndecryptable, match="which is gone"):
        sealer(tmp_path).open(sealed, bound_to=ROW)


def test_a_directory_that_takes_no_key_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "deep").write_text("a file in the way")
    with pytest.raises(SecretStoreUnavailable, match="cannot be made"):
        sealer(tmp_path).seal(SECRET, bound_to=ROW)
