"""The use cases of an engine: what a person or a program can see and change, each built from the parts that it acts on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pxbin_engine.accounting.published_prices import PublishedPrices
from pxbin_engine.accounting.repricing import Repricer
from pxbin_engine.admin import Changed
from pxbin_engine.admin.aliases import AliasAdmin
from pxbin_engine.admin.budgets import BudgetAdmin
from pxbin_engine.admin.discovery import Discovery
from pxbin_engine.admin.explain import Explain
from pxbin_engine.admin.keys import KeyAdmin
from pxbin_engine.admin.models import ModelAdmin
from pxbin_engine.admin.prices import PriceAdmin
from pxbin_engine.admin.reconcile import ReconcileAdmin
from pxbin_engine.admin.replays import ReplayAdmin
from pxbin_engine.admin.requests import RequestAdmin
from pxbin_engine.admin.sessions import SessionAdmin
from pxbin_engine.admin.stats import StatsAdmin
from pxbin_engine.admin.totals import TotalsAdmin
from pxbin_engine.admin.upstreams import UpstreamAdmin
from pxbin_engine.config import EngineConfig
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.present import GatewayPresent
from pxbin_engine.gateway.relay import Gateway
from pxbin_engine.gateway.routing import RoutingTable
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.log_keeper import LogKeeper
from pxbin_engine.maintenance.backups import SAFETY, Backups
from pxbin_engine.maintenance.diagnostics import Diagnostics
from pxbin_engine.storage.secret_store import SecretStore
from pxbin_engine.storage.stores import Stores


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What of an engine its use cases act on.

    Attributes:
        dsn: of the database that the stores are in.
        changed: awaited after each change, and before whoever made it hears of it.
        routing: the routes in force now; they may have to be read first.
        present: what the gateway knows of the moment; None while it does not serve.
        state: how the engine is, as JSON has it.
    """

    config: EngineConfig
    dsn: str = field(repr=False)  # it has the password
    stores: Stores
    secrets: SecretStore
    client: UpstreamClient
    gateway: Gateway
    events: EventBus
    log: LogKeeper
    published_prices: PublishedPrices
    changed: Callable[[Changed | Literal["all"]], Awaitable[None]]
    routing: Callable[[], Awaitable[RoutingTable]]
    present: Callable[[], GatewayPresent | None]
    state: Callable[[], Mapping[str, Any]]


class UseCases:
    """Has them as attributes, once they are composed."""

    keys: KeyAdmin
    upstreams: UpstreamAdmin
    models: ModelAdmin
    prices: PriceAdmin
    aliases: AliasAdmin
    budgets: BudgetAdmin
    explain: Explain
    requests: RequestAdmin
    replays: ReplayAdmin
    sessions: SessionAdmin
    reconcile: ReconcileAdmin
    stats: StatsAdmin
    totals: TotalsAdmin
    backups: Backups
    diagnostics: Diagnostics

    def _compose_use_cases(self, parts: Parts) -> None:
        self._compose_configuration(parts)
        self._compose_log(parts)
        self._compose_installation(parts)

    def _compose_configuration(self, parts: Parts) -> None:
        stores, changed = parts.stores, parts.changed
        self.keys = KeyAdmin(
            stores.keys, changed, bootstrap_key=parts.config.management_bootstrap_key
        )
        self.upstreams = UpstreamAdmin(
            stores.upstreams,
            stores.upstream_keys,
            parts.secrets,
            Discovery(parts.client),
            changed,
            objection=parts.client.objection,
        )
        self.models = ModelAdmin(
            stores.models, self.upstreams, changed, published_price=parts.published_prices
        )
        self.prices = PriceAdmin(
            stores.prices,
            stores.repricings,
            self.models,
            changed,
            reprice=Repricer(stores.prices, stores.repricings),
        )
        self.aliases = AliasAdmin(stores.aliases, stores.models, changed)
        self.budgets = BudgetAdmin(
            stores.budgets,
            changed,
            keys=stores.keys,
            models=stores.models,
            upstreams=stores.upstreams,
            gate=parts.gateway.budgets,
        )
        self.explain = Explain(stores.keys, parts.routing, parts.present)

    def _compose_log(self, parts: Parts) -> None:
        stores, log = parts.stores, parts.log
        self.requests = RequestAdmin(
            stores.requests, stores.recordings, erase_recordings=log.recordings.erase_all
        )
        self.replays = ReplayAdmin(
            self.requests, stores.keys, parts.gateway, parts.events, serves=lambda: log.runs
        )
        self.sessions = SessionAdmin(stores.sessions)
        self.reconcile = ReconcileAdmin(stores.provider_usage, stores.upstreams)
        self.stats = StatsAdmin(stores.stats, stores.spending)
        self.totals = TotalsAdmin(stores.totals, stores.partitions)

    def _compose_installation(self, parts: Parts) -> None:
        self.backups = Backups(
            parts.dsn,
            parts.config.database_schema,
            secrets=parts.secrets,
            upstreams=parts.stores.upstreams,
            directory=parts.config.data_dir / SAFETY,
            on_restored=lambda: parts.changed("all"),
        )
        self.diagnostics = Diagnostics(parts.config, parts.stores.database, present=parts.state)
