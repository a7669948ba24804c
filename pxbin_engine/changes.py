"""What a change sets off: it is in force before whoever made it hears of it, and whoever listens is told."""

import logging
from typing import Literal

from pxbin_engine.accounting.budget_keeper import BudgetKeeper
from pxbin_engine.admin import Changed
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.errors import DatabaseUnavailable, StorageError
from pxbin_engine.events import ConfigurationChanged, EventBus, QuirkLearned
from pxbin_engine.records import LearnedQuirk, UpstreamRecord
from pxbin_engine.snapshots import Snapshots
from pxbin_engine.storage.budgets import LEASES
from pxbin_engine.storage.database import Database
from pxbin_engine.tasks import spawn

logger = logging.getLogger(__name__)

CHANNEL = "pxbin_configuration"
"""What each changed table sends a notification to."""


class Changes:
    """Of the configuration, by this process or another one on the same database."""

    def __init__(self, snapshots: Snapshots, budgets: BudgetKeeper, events: EventBus) -> None:
        self._snapshots, self._budgets, self._events = snapshots, budgets, events

    async def listen(self, database: Database) -> None:
        """Hear of those by other processes from now on, as long as the pool is open."""
        await database.listen(CHANNEL, self.elsewhere)

    async def here(self, what: Changed | Literal["all"]) -> None:
        """A use case of this process changed something.

        Raises:
            DatabaseUnavailable: what was in force stays.
        """
        if await self._snapshots.reload():
            self._events.publish(ConfigurationChanged(what=what))

    def elsewhere(self, what: str | None) -> None:
        """Another process did, or notifications may have been missed."""
        if what == LEASES:
            self._budgets.share()
            return
        spawn(self._reload_from_elsewhere(), name="configuration.reload")

    async def _reload_from_elsewhere(self) -> None:
        try:
            await self.here("all")
        except DatabaseUnavailable as error:
            logger.warning("configuration.not_reloaded reason=%s", error.message)


async def keep_learned(
    upstreams: UpstreamAdmin,
    events: EventBus,
    upstream: UpstreamRecord,
    quirks: tuple[LearnedQuirk, ...],
) -> None:
    """The gateway learned what an upstream wants: the next request knows, and so does the next engine."""
    try:
        new = await upstreams.learn(upstream.id, quirks)
    except StorageError as error:
        logger.warning("upstream.not_learned name=%r reason=%s", upstream.name, error.message)
        return
    for quirk in new:
        events.publish(
            QuirkLearned(upstream_id=upstream.id, upstream_name=upstream.name, quirk=quirk)
        )
