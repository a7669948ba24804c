"""Frozen rows: what storage returns, what the admin use cases and the app show. They know nothing of storage.

Money is ``Decimal`` in US dollars; None means "unknown", never 0. Times are aware ``datetime`` in UTC; durations are
milliseconds (float) unless the name says another unit (``_us``: microseconds, int; ``_seconds``). Ids are UUIDs.

::

    keys       pxbin's own keys
    upstreams  where requests can be sent
    models     what clients can name
    prices     what tokens cost, and since when
    routing    which model a name means, and where a request would go
    budgets    what may be spent
    health     how upstreams are
    requests   the rows of the log
    recordings what such a request said and heard, where that is kept
    replays    such a request sent again to another model
    log_filter what one asks of them
    sessions   what each session and each of its agents used
    stats      sums over them
    reconcile  what providers say was used, beside these sums
"""

from pxbin_engine.records.budgets import (
    BudgetLevel,
    BudgetPeriod,
    BudgetRecord,
    BudgetScope,
    BudgetStatus,
)
from pxbin_engine.records.health import Circuit, HealthLevel, UpstreamHealthRecord
from pxbin_engine.records.keys import (
    CreatedKey,
    KeyRecord,
    KeyType,
    Permission,
)
from pxbin_engine.records.log_filter import (
    Alternative,
    Comparison,
    Condition,
    ExportFormat,
    FilterWord,
    ParsedQuery,
    QueryProblem,
    RequestFilter,
    RequestPage,
    fits,
)
from pxbin_engine.records.models import (
    PRICE_FIELDS,
    ImportReport,
    ModelRecord,
    PriceChange,
    PricingReport,
    TargetRecord,
    price_fields,
)
from pxbin_engine.records.prices import (
    ModelPrice,
    PriceRecord,
    PriceSource,
    PriceTier,
    RepricedRequest,
    RepricingRecord,
    ServiceTier,
    TokenPrices,
)
from pxbin_engine.records.reconcile import (
    REASONS,
    STATES,
    Compared,
    ProviderUsage,
    ReconcileLine,
    ReconcileReason,
    ReconcileState,
    Reconciliation,
    ServedUsage,
    UsageExportFormat,
    UsageImport,
)
from pxbin_engine.records.recordings import (
    RecordedEvent,
    RecordedMessage,
    RecordedRead,
    RecordedSide,
    Recording,
    RecordingMode,
    RecordingState,
)
from pxbin_engine.records.replays import Replay, ReplayAnswer
from pxbin_engine.records.requests import (
    AttemptRecord,
    LossRecord,
    Outcome,
    RequestRecord,
)
from pxbin_engine.records.routing import (
    AliasRecord,
    ExplainedTarget,
    Explanation,
    TargetState,
)
from pxbin_engine.records.sessions import (
    AgentUsage,
    SessionOrder,
    SessionSums,
    SessionTree,
    SessionUsage,
)
from pxbin_engine.records.stats import (
    ClientBucket,
    ClientUsage,
    KeyBucket,
    KeyUsage,
    LatencyStats,
    ModelBucket,
    ModelUsage,
    SpendForecast,
    StatsOverview,
    TotalsDifference,
    UpstreamUsage,
    UsageBucket,
)
from pxbin_engine.records.upstreams import (
    DiscoveredModel,
    HealthReport,
    LearnedQuirk,
    Preset,
    SecretPlace,
    UpstreamFormat,
    UpstreamKeyRecord,
    UpstreamRecord,
)

__all__ = [
    "PRICE_FIELDS",
    "REASONS",
    "STATES",
    "AgentUsage",
    "AliasRecord",
    "Alternative",
    "AttemptRecord",
    "BudgetLevel",
    "BudgetPeriod",
    "BudgetRecord",
    "BudgetScope",
    "BudgetStatus",
    "Circuit",
    "ClientBucket",
    "ClientUsage",
    "Compared",
    "Comparison",
    "Condition",
    "CreatedKey",
    "DiscoveredModel",
    "ExplainedTarget",
    "Explanation",
    "ExportFormat",
    "FilterWord",
    "HealthLevel",
    "HealthReport",
    "ImportReport",
    "KeyBucket",
    "KeyRecord",
    "KeyType",
    "KeyUsage",
    "LatencyStats",
    "LearnedQuirk",
    "LossRecord",
    "ModelBucket",
    "ModelPrice",
    "ModelRecord",
    "ModelUsage",
    "Outcome",
    "ParsedQuery",
    "Permission",
    "Preset",
    "PriceChange",
    "PriceRecord",
    "PriceSource",
    "PriceTier",
    "PricingReport",
    "ProviderUsage",
    "QueryProblem",
    "ReconcileLine",
    "ReconcileReason",
    "ReconcileState",
    "Reconciliation",
    "RecordedEvent",
    "RecordedMessage",
    "RecordedRead",
    "RecordedSide",
    "Recording",
    "RecordingMode",
    "RecordingState",
    "Replay",
    "ReplayAnswer",
    "RepricedRequest",
    "RepricingRecord",
    "RequestFilter",
    "RequestPage",
    "RequestRecord",
    "SecretPlace",
    "ServedUsage",
    "ServiceTier",
    "SessionOrder",
    "SessionSums",
    "SessionTree",
    "SessionUsage",
    "SpendForecast",
    "StatsOverview",
    "TargetRecord",
    "TargetState",
    "TokenPrices",
    "TotalsDifference",
    "UpstreamFormat",
    "UpstreamHealthRecord",
    "UpstreamKeyRecord",
    "UpstreamRecord",
    "UpstreamUsage",
    "UsageBucket",
    "UsageExportFormat",
    "UsageImport",
    "fits",
    "price_fields",
]
