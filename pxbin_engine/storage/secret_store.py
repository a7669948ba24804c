"""Where upstream keys live: an OS keyring entry each, or sealed in the database.

1. With ``encryption_key`` set, new keys are sealed with it: the person asked for that.
2. Else, where a keyring of the OS answers, each new key is an entry of it, and the database holds only a reference.
3. Else new keys are sealed with a random key in a file, and ``description`` says so.

A key that is there already is read from wherever it was put, whatever the rules say now.
"""

import asyncio
import logging
from pathlib import Path
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.errors import SecretError, SecretStoreUnavailable
from pxbin_engine.records import SecretPlace, UpstreamKeyRecord
from pxbin_engine.storage.os_keyring import OsKeyring
from pxbin_engine.storage.sealing import Sealer
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore

logger = logging.getLogger(__name__)

KEY_FILE = "secret.key"


class SecretStore:
    """The upstreams' keys. Call ``probe`` once before the others."""

    def __init__(
        self,
        keys: UpstreamKeyStore,
        *,
        data_dir: Path,
        encryption_key: str = "",
        keyring: OsKeyring | None = None,
    ) -> None:
        self._keys = keys
        self._sealer = Sealer(encryption_key=encryption_key, key_file=data_dir / KEY_FILE)
        self._keyring = keyring or OsKeyring()
        self.place: SecretPlace = "sealed"
        """Where new keys go."""
        self.description = (
            "New keys are sealed in the database with your encryption_key (AES-256-GCM)."
        )
        """The same for a person, with the reason."""

    async def probe(self) -> SecretPlace:
        """Find out where new keys go; may be called again, after the keyring was unlocked."""
        if self._sealer.source == "encryption_key":
            return self.place
        try:
            name = await self._keyring.probe()
        except SecretStoreUnavailable as error:
            self.place = "sealed"
            self.description = (
                f"{error.message} New keys are sealed in the database (AES-256-GCM) with the random key in "
                f"{self._sealer.key_file}: who can read both that file and the database can read them."
            )
        else:
            self.place = "keyring"
            self.description = (
                f"Each new key is an entry of the {name}; the database holds only a reference."
            )
        logger.info("secrets.probed place=%s", self.place)
        return self.place

    async def add(
        self, upstream_id: UUID, key: UpstreamKeyRecord, secret: str
    ) -> UpstreamKeyRecord:
        """Keep ``secret`` as a new key of the upstream, and make its row; both are there afterwards, or neither.

        Raises:
            SecretError: it cannot be kept.
            NotFound: there is no such upstream.
            Conflict: another key of the upstream has its label.
        """
        key = replace(key, secret_place=self.place)
        if self.place == "sealed":
            return await self._keys.insert(upstream_id, key, await self._sealed(key, secret))
        await self._keyring.set(str(key.id), secret)
        try:
            return await self._keys.insert(upstream_id, key)
        except BaseException:
            await self.forget(key.id)
            raise

    async def replace(self, key: UpstreamKeyRecord, secret: str) -> UpstreamKeyRecord:
        """Keep ``secret`` in place of the one that the key was.

        Raises:
            SecretError: it cannot be kept; the old one still is.
            NotFound: there is no such key any more.
        """
        if self.place == "sealed":
            replaced = await self._keys.set_secret(
                key.id, "sealed", await self._sealed(key, secret)
            )
            if key.secret_place == "keyring":
                await self.forget(key.id)
            return replaced
        before = await self._keyring.get(str(key.id))
        await self._keyring.set(str(key.id), secret)
        try:
            return await self._keys.set_secret(key.id, "keyring")
        except BaseException:
            if before is None:
                await self.forget(key.id)
            else:
                await self._keyring.set(str(key.id), before)
            raise

    async def get(self, key: UpstreamKeyRecord, *, of: str) -> str:
        """The key; ``of`` names its upstream for a person.

        Raises:
            SecretStoreUnavailable: it is in a keyring that does not answer.
            SecretUndecryptable: it was sealed with another key.
            SecretError: it is gone from where it was.
        """
        if key.secret_place == "keyring":
            secret = await self._keyring.get(str(key.id))
            if secret is not None:
                return secret
            raise SecretError(f"The key of {of} is not in the keyring any more: enter it again.")
        sealed = await self._keys.sealed_secret(key.id)
        if sealed is None:
            raise SecretError(f"The key of {of} is not in the database any more.")
        return await asyncio.to_thread(self._sealer.open, sealed, bound_to=key.id.bytes)

    async def delete(self, key: UpstreamKeyRecord) -> None:
        """Remove the key; its row, and its upstream's, may be gone already.

        Raises:
            SecretStoreUnavailable: it is in a keyring that does not answer, and still there.
        """
        if key.secret_place == "keyring":
            await self._keyring.delete(str(key.id))
        await self._keys.delete(key.id)

    # For a backup that is restored: its rows are written by others, in one transaction.

    async def keep(self, key_id: UUID, secret: str) -> tuple[SecretPlace, bytes | None]:
        """Keep a key's secret before its row is there; where it is now, and what the row is to hold of it.

        Raises:
            SecretError: it cannot be kept.
        """
        if self.place == "sealed":
            return "sealed", await asyncio.to_thread(
                self._sealer.seal, secret, bound_to=key_id.bytes
            )
        await self._keyring.set(str(key_id), secret)
        return "keyring", None

    async def entry(self, key_id: UUID) -> str | None:
        """What the keyring has under this id; None also where new keys do not go there."""
        return await self._keyring.get(str(key_id)) if self.place == "keyring" else None

    async def put_back(self, key_id: UUID, secret: str | None) -> None:
        """Undo ``keep``: the entry is what ``entry`` said before."""
        if self.place != "keyring":
            return
        if secret is None:
            await self.forget(key_id)
        else:
            await self._keyring.set(str(key_id), secret)

    async def forget(self, key_id: UUID) -> None:
        """Take the entry of a key out whose row is gone; a keyring that does not answer keeps it."""
        # No row points to the entry: that it stays behind is not worth failing for.
        try:
            await self._keyring.delete(str(key_id))
        except SecretStoreUnavailable as error:
            logger.warning("secret.entry_left key=%s reason=%s", key_id, error.message)

    async def _sealed(self, key: UpstreamKeyRecord, secret: str) -> bytes:
        return await asyncio.to_thread(self._sealer.seal, secret, bound_to=key.id.bytes)
