"""All the stores of one pool, under the names of what they hold."""

from pxbin_engine.storage.aliases import AliasStore
from pxbin_engine.storage.budgets import BudgetStore
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.keys import KeyStore
from pxbin_engine.storage.models import ModelStore
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.prices import PriceStore, RepricingStore
from pxbin_engine.storage.provider_usage import ProviderUsageStore
from pxbin_engine.storage.recordings import RecordingStore
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.sessions import SessionStore
from pxbin_engine.storage.spending import SpendingStore
from pxbin_engine.storage.stats import StatsStore
from pxbin_engine.storage.totals import Totals
from pxbin_engine.storage.upstream_keys import UpstreamKeyStore
from pxbin_engine.storage.upstreams import UpstreamStore


class Stores:
    """They keep nothing but the pool, so nothing is asked of it here."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.keys = KeyStore(database)
        self.upstreams = UpstreamStore(database)
        self.upstream_keys = UpstreamKeyStore(database)
        self.models = ModelStore(database)
        self.aliases = AliasStore(database)
        self.budgets = BudgetStore(database)
        self.prices = PriceStore(database)
        self.repricings = RepricingStore(database)
        self.requests = RequestStore(database)
        self.recordings = RecordingStore(database)
        self.partitions = Partitions(database)
        self.sessions = SessionStore(database)
        self.stats = StatsStore(database)
        self.spending = SpendingStore(database)
        self.totals = Totals(database)
        self.provider_usage = ProviderUsageStore(database)
