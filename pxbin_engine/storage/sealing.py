"""Secrets sealed by AES-256-GCM, each bound to what it belongs to: moved to another row it does not open.

A sealed secret is: 1 byte that names the key it was made with, 16 bytes of salt, 12 bytes of nonce, the ciphertext with
its tag. The AES key is derived from the salt and either the ``encryption_key`` of the configuration (scrypt: a person
chose it) or a random key in a file (HKDF: it has all its 256 bits already).
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pxbin_engine.errors import SecretStoreUnavailable, SecretUndecryptable

KeySource = Literal["encryption_key", "key_file"]

_BYTE_OF: dict[KeySource, bytes] = {"encryption_key": b"\x01", "key_file": b"\x02"}
_SOURCE_OF = {byte: source for source, byte in _BYTE_OF.items()}
_SALT, _NONCE, _TAG = 16, 12, 16
_KEY_BYTES = 32
_SCRYPT = {
    "n": 2**15,
    "r": 8,
    "p": 1,
    "maxmem": 64 * 2**20,
    "dklen": _KEY_BYTES,
}  # 32 MB, about 80 ms
_ENTER_AGAIN = "or enter the upstream's key again"


class Sealer:
    """Seals with ``encryption_key`` where there is one, else with the key file, which it makes. Calls may block."""

    def __init__(self, *, encryption_key: str, key_file: Path) -> None:
        self.source: KeySource = "encryption_key" if encryption_key else "key_file"
        self.key_file = key_file
        self._encryption_key = encryption_key
        self._derived: dict[tuple[KeySource, bytes], AESGCM] = {}
        self._salt = os.urandom(_SALT)

    def seal(self, secret: str, *, bound_to: bytes) -> bytes:
        """Seal ``secret``; only ``open`` with the same ``bound_to`` gives it back.

        Raises:
            SecretStoreUnavailable: the key file cannot be read or made.
        """
        if self.source == "key_file" and not self.key_file.exists():
            _make_key_file(self.key_file)
        head, nonce = _BYTE_OF[self.source], os.urandom(_NONCE)
        cipher = self._cipher(self.source, self._salt)
        return head + self._salt + nonce + cipher.encrypt(nonce, secret.encode(), head + bound_to)

    def open(self, sealed: bytes, *, bound_to: bytes) -> str:
        """The secret again.

        Raises:
            SecretUndecryptable: it was sealed with another key, for something else, or is damaged; says which key is
                missing. Never anything but the true secret comes back.
        """
        source = _SOURCE_OF.get(sealed[:1])
        if source is None or len(sealed) < 1 + _SALT + _NONCE + _TAG:
            raise SecretUndecryptable(
                f"The sealed key is damaged: restore the database {_ENTER_AGAIN}."
            )
        self._check_key_is_there(source)
        salt, nonce = sealed[1 : 1 + _SALT], sealed[1 + _SALT : 1 + _SALT + _NONCE]
        try:
            plain = self._cipher(source, salt).decrypt(
                nonce, sealed[1 + _SALT + _NONCE :], sealed[:1] + bound_to
            )
        except InvalidTag:
            with_what = (
                "encryption_key" if source == "encryption_key" else f"key file than {self.key_file}"
            )
            raise SecretUndecryptable(
                f"The key was sealed with another {with_what}: bring the old one back, {_ENTER_AGAIN}."
            ) from None
        return plain.decode()

    def _check_key_is_there(self, source: KeySource) -> None:
        if source == "encryption_key" and not self._encryption_key:
            raise SecretUndecryptable(
                f"The key was sealed with an encryption_key, but none is set: set it, {_ENTER_AGAIN}."
            )
        if source == "key_file" and not self.key_file.exists():
            raise SecretUndecryptable(
                f"The key was sealed with the key file {self.key_file}, which is gone: bring it back, {_ENTER_AGAIN}."
            )

    def _cipher(self, source: KeySource, salt: bytes) -> AESGCM:
        known = self._derived.get((source, salt))
        if known is None:
            known = self._derived[source, salt] = AESGCM(self._derive(source, salt))
        return known

    def _derive(self, source: KeySource, salt: bytes) -> bytes:
        if source == "encryption_key":
            return hashlib.scrypt(self._encryption_key.encode(), salt=salt, **_SCRYPT)
        key = _read_key_file(self.key_file)
        return HKDF(
            algorithm=SHA256(), length=_KEY_BYTES, salt=salt, info=b"pxbin upstream keys"
        ).derive(key)


def _read_key_file(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except OSError as error:
        raise SecretStoreUnavailable(
            f"The key file {path} cannot be read: {error.strerror}."
        ) from error
    if len(key) != _KEY_BYTES:
        raise SecretStoreUnavailable(
            f"The key file {path} is damaged: it has {len(key)} bytes, not {_KEY_BYTES}."
        )
    return key


def _make_key_file(path: Path) -> None:
    """Appears whole or not at all, readable only by its owner; the first of several makers wins."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
    except OSError as error:
        raise SecretStoreUnavailable(
            f"The key file {path} cannot be made: {error.strerror}."
        ) from error
