"""HeldSecrets: the upstreams' keys in memory, so that each is read from where it lives only once."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from pxbin_engine.errors import SecretError, SecretStoreUnavailable
from pxbin_engine.records import UpstreamKeyRecord, UpstreamRecord
from pxbin_engine.storage.secret_store import SecretStore

logger = logging.getLogger(__name__)

_Held = tuple[datetime, str | SecretError]


class HeldSecrets:
    """What ``SecretStore`` gave for each key that is used.

    Attributes:
        asks_locked: the next ``read`` also asks for keys whose keyring was locked. A keyring may take seconds to say that
            it is, for which no change of the configuration should wait.
    """

    def __init__(self, secrets: SecretStore) -> None:
        self.asks_locked = False
        self._secrets = secrets
        self._held: dict[UUID, _Held] = {}

    async def read(self, upstreams: Iterable[UpstreamRecord]) -> Mapping[UUID, str | SecretError]:
        """Every active key by its id, or why it cannot be read."""
        held: dict[UUID, _Held] = {}
        locked: SecretStoreUnavailable | None = None
        for upstream in upstreams:
            for key in upstream.keys:
                if not key.is_active:
                    continue
                known = self._known(key)
                if known is None and key.secret_place == "keyring" and locked is not None:
                    known = key.updated_at, locked  # one answer stands for all
                if known is None:
                    known = key.updated_at, await self._read(upstream, key)
                    locked = known[1] if isinstance(known[1], SecretStoreUnavailable) else locked
                held[key.id] = known
        self._held, self.asks_locked = held, False
        return {key_id: secret for key_id, (_, secret) in held.items()}

    @property
    def may_be_unlocked(self) -> bool:
        """Whether some could not be read for a reason that may pass: the keyring is locked, or does not answer."""
        return any(isinstance(secret, SecretStoreUnavailable) for _, secret in self._held.values())

    def _known(self, key: UpstreamKeyRecord) -> _Held | None:
        known = self._held.get(key.id)
        if known is None or known[0] != key.updated_at:
            return None
        if isinstance(known[1], SecretStoreUnavailable):
            return None if self.asks_locked else known
        return None if isinstance(known[1], SecretError) else known

    async def _read(self, upstream: UpstreamRecord, key: UpstreamKeyRecord) -> str | SecretError:
        try:
            return await self._secrets.get(key, of=upstream.name)
        except SecretError as error:
            logger.warning("secret.unreadable upstream=%s reason=%s", upstream.name, error.message)
            return error
