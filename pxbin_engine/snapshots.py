"""What the hot path reads instead of the database: keys and routes, read once, swapped as a whole when they change."""

import asyncio
import logging
from collections.abc import Sequence

from msgspec.structs import replace

from pxbin_engine.accounting.budget_keeper import BudgetKeeper
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.gateway.key_pool import UpstreamKey, keys_of
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.records import KeyRecord, UpstreamRecord
from pxbin_engine.server.auth import Authenticator, KeyTable
from pxbin_engine.storage.aliases import AliasStore
from pxbin_engine.storage.held_secrets import HeldSecrets
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.upstreams import UpstreamStore
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

_FIRST_QUESTION = 5.0
"""Seconds until a locked keyring is asked again; twice as long each time."""

_LONGEST_BETWEEN_QUESTIONS = 300.0


class Snapshots:
    """Reads all of the configuration and hands it to those who serve by it.

    Reloads are serialised: what is swapped in is never older than what it replaces.

    Attributes:
        askable: the upstreams that are switched on, each with the keys that requests to it may use.
    """

    def __init__(
        self,
        keys: KeyStore,
        upstreams: UpstreamStore,
        models: ModelStore,
        aliases: AliasStore,
        *,
        secrets: SecretStore,
        authenticator: Authenticator,
        gateway: Gateway,
        budgets: BudgetKeeper,
    ) -> None:
        self._keys, self._upstreams, self._models = keys, upstreams, models
        self._aliases = aliases
        self._budgets = budgets
        self._held = HeldSecrets(secrets)
        self._authenticator, self._gateway = authenticator, gateway
        self.askable: tuple[tuple[UpstreamRecord, tuple[UpstreamKey, ...]], ...] = ()
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._asking: asyncio.Task[None] | None = None
        self._seen: tuple[Sequence[object], ...] | None = None

    async def reload(self) -> bool:
        """Swap in what the database holds now; returns whether that was anything new.

        Raises:
            DatabaseUnavailable: the old snapshot stays.
        """
        changed = await self._swap()
        if self._held.may_be_unlocked:
            self._ask_for_locked_keys()
        return changed

    async def _swap(self, *, anew: bool = False) -> bool:
        async with self._lock:
            keys, upstreams, models, aliases, budgets = await asyncio.gather(
                self._keys.list(),
                self._upstreams.list(),
                self._models.list(),
                self._aliases.list(),
                self._budgets.list(),
            )
            seen = (_without_use(keys), upstreams, models, aliases, budgets)
            if seen == self._seen and not anew:
                return False
            self._authenticator.keys = KeyTable(keys)  # first, for a keyring may take its time
            self._budgets.replace(budgets)
            secrets = await self._held.read(upstreams)
            table = RoutingTable.build(models, upstreams, secrets, aliases)
            self._gateway.replace_routing(table, [upstream.id for upstream in upstreams])
            self.askable = tuple((u, keys_of(u, secrets)) for u in upstreams if u.is_active)
            self._seen = seen
            return True

    async def close(self) -> None:
        """Ask for locked keys no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    def _ask_for_locked_keys(self) -> None:
        self._wake.set()
        if self._asking is None or self._asking.done():
            self._wake.clear()
            self._asking = spawn(self._ask_until_unlocked(), name="secrets.ask_again")

    async def _ask_until_unlocked(self) -> None:
        """It is a person who unlocks a keyring, and nobody tells us: ask now and then, and after each change."""
        delay = _FIRST_QUESTION
        while self._held.may_be_unlocked:
            try:
                async with asyncio.timeout(delay):
                    await self._wake.wait()
            except TimeoutError:
                delay = min(2 * delay, _LONGEST_BETWEEN_QUESTIONS)
            self._wake.clear()
            self._held.asks_locked = True
            try:
                await self._swap(anew=True)
            except DatabaseUnavailable as error:
                logger.debug("secrets.not_asked reason=%s", error.message)


def _without_use(keys: Sequence[KeyRecord]) -> list[KeyRecord]:
    """``last_used_at`` moves with every batch of the log; that is no change of the configuration."""
    return [replace(key, last_used_at=None) for key in keys]
