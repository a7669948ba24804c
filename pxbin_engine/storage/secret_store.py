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

from pxbin_engine.errors import NotFound, SecretError, SecretStoreUnavailable
from pxbin_engine.records import SecretPlace, UpstreamRecord
from pxbin_engine.storage.os_keyring import OsKeyring
from pxbin_engine.storage.sealing import Sealer
from pxbin_engine.storage.upstreams import UpstreamStore

logger = logging.getLogger(__name__)

KEY_FILE = "secret.key"


class SecretStore:
    """The keys of the upstreams. Call ``probe`` once before the others."""

    def __init__(
        self,
        upstreams: UpstreamStore,
        *,
        data_dir: Path,
        encryption_key: str = "",
        keyring: OsKeyring | None = None,
    ) -> None:
        self._upstreams = upstreams
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

    async def put(self, upstream_id: UUID, secret: str) -> SecretPlace:
        """Keep the key of an upstream that has its row already; one that it had is overwritten or removed.

        Raises:
            SecretError: it cannot be kept; the old one still is.
            NotFound: there is no such upstream.
        """
        before = await self._upstreams.get(upstream_id)
        if before is None:
            raise NotFound(f"there is no upstream {upstream_id}")
        if self.place == "keyring":
            await self._keyring.set(str(upstream_id), secret)
            await self._upstreams.set_secret(upstream_id, "keyring")
            return "keyring"
        sealed = await asyncio.to_thread(self._sealer.seal, secret, bound_to=upstream_id.bytes)
        await self._upstreams.set_secret(upstream_id, "sealed", sealed)
        if before.secret_place == "keyring":
            await self._forget_entry(before)
        return "sealed"

    async def get(self, upstream: UpstreamRecord) -> str | None:
        """The key; None where the upstream has none.

        Raises:
            SecretStoreUnavailable: it is in a keyring that does not answer.
            SecretUndecryptable: it was sealed with another key.
            SecretError: its entry is gone from the keyring.
        """
        if upstream.secret_place == "keyring":
            secret = await self._keyring.get(str(upstream.id))
            if secret is None:
                raise SecretError(
                    f"The key of {upstream.name} is not in the keyring any more: enter it again."
                )
            return secret
        sealed = (
            await self._upstreams.sealed_secret(upstream.id)
            if upstream.secret_place == "sealed"
            else None
        )
        if sealed is None:
            return None
        return await asyncio.to_thread(self._sealer.open, sealed, bound_to=upstream.id.bytes)

    async def delete(self, upstream: UpstreamRecord) -> None:
        """Remove the key, if there is one; the upstream's own row may be gone already.

        Raises:
            SecretStoreUnavailable: it is in a keyring that does not answer, and still there.
        """
        if upstream.secret_place == "keyring":
            await self._keyring.delete(str(upstream.id))
        try:
            await self._upstreams.set_secret(upstream.id, "none")
        except NotFound:
            logger.debug("secret.deleted_after_its_upstream id=%s", upstream.id)

    async def _forget_entry(self, upstream: UpstreamRecord) -> None:
        # The new key is safe already: an old entry that stays behind is not worth failing for.
        try:
            await self._keyring.delete(str(upstream.id))
        except SecretStoreUnavailable as error:
            logger.warning("secret.entry_left upstream=%r reason=%s", upstream.name, error.message)
