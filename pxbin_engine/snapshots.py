"""What the hot path reads instead of the database: keys and routes, read once, swapped as a whole when they change."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.errors import SecretError
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.records import KeyRecord, ModelRecord, UpstreamRecord
from pxbin_engine.server.auth import Authenticator, KeyTable
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstreams import UpstreamStore

logger = logging.getLogger(__name__)


class Snapshots:
    """Reads all of the configuration and hands it to those who serve by it.

    Reloads are serialised: what is swapped in is never older than what it replaces.
    """

    def __init__(
        self,
        keys: KeyStore,
        upstreams: UpstreamStore,
        models: ModelStore,
        *,
        secrets: SecretStore,
        authenticator: Authenticator,
        gateway: Gateway,
    ) -> None:
        self._keys, self._upstreams, self._models = keys, upstreams, models
        self._secrets = secrets
        self._authenticator, self._gateway = authenticator, gateway
        self._lock = asyncio.Lock()
        self._held: dict[UUID, tuple[datetime, str | SecretError | None]] = {}
        self._seen: (
            tuple[Sequence[KeyRecord], Sequence[UpstreamRecord], Sequence[ModelRecord]] | None
        ) = None

    async def reload(self) -> bool:
        """Swap in what the database holds now; returns whether that was anything new.

        Raises:
            DatabaseUnavailable: the old snapshot stays.
        """
        async with self._lock:
            keys, upstreams, models = await asyncio.gather(
                self._keys.list(), self._upstreams.list(), self._models.list()
            )
            seen = (_without_use(keys), upstreams, models)
            if seen == self._seen:
                return False
            secrets = await self._read_secrets(upstreams)
            self._authenticator.keys = KeyTable(keys)
            table = RoutingTable.build(models, upstreams, secrets)
            self._gateway.replace_routing(table, [upstream.id for upstream in upstreams])
            self._seen = seen
            return True

    async def _read_secrets(
        self, upstreams: Sequence[UpstreamRecord]
    ) -> dict[UUID, str | SecretError | None]:
        """Each upstream's key; one that did not change since it was read is not asked for again."""
        held, self._held = self._held, {}
        for upstream in upstreams:
            known = held.get(upstream.id)
            if (
                known is None
                or known[0] != upstream.updated_at
                or isinstance(known[1], SecretError)
            ):
                known = (upstream.updated_at, await self._read_secret(upstream))
            self._held[upstream.id] = known
        return {upstream_id: secret for upstream_id, (_, secret) in self._held.items()}

    async def _read_secret(self, upstream: UpstreamRecord) -> str | SecretError | None:
        try:
            return await self._secrets.get(upstream)
        except SecretError as error:
            logger.warning("secret.unreadable upstream=%s reason=%s", upstream.name, error.message)
            return error


def _without_use(keys: Sequence[KeyRecord]) -> list[KeyRecord]:
    """``last_used_at`` moves with every batch of the log; that is no change of the configuration."""
    return [replace(key, last_used_at=None) for key in keys]
