"""What each management route takes and answers, as types: the OpenAPI document is made of it."""

from typing import Any, NamedTuple

from pxbin_engine import records
from pxbin_engine.admin.log_export import CONTENT_TYPES
from pxbin_engine.server import admin_bodies as bodies
from pxbin_engine.server import alias_bodies, budget_bodies, price_bodies, session_bodies
from pxbin_engine.server.admin_items import CreatedKeyItem, Deleted, KeyItem, LogItem
from pxbin_engine.server.reconcile_bodies import ComparisonQuery, NewImport
from pxbin_engine.server.recording_bodies import EventsQuery, RecordingItem
from pxbin_engine.server.replay_bodies import NewReplay


class Shape(NamedTuple):
    """Of one route.

    Attributes:
        answer: the type of what stands in ``data``, or of one item where ``is_page``; None: the document itself.
        is_page: a list in pages, with ``meta``.
        media_types: of an answer that is no JSON.
        may_miss: the query names a thing that may not be there.
    """

    summary: str
    answer: Any
    body: type | None = None
    query: type | None = None
    status: int = 200
    is_page: bool = False
    media_types: tuple[str, ...] = ()
    may_miss: bool = False


def _page(summary: str, item: Any, query: type = bodies.Paging) -> Shape:
    return Shape(summary, item, query=query, is_page=True)


def _made(summary: str, answer: Any, body: type) -> Shape:
    return Shape(summary, answer, body=body, status=201)


def _stats(summary: str, answer: Any) -> Shape:
    return Shape(summary, answer, query=bodies.StatsQuery)


SHAPES: dict[tuple[str, str], Shape] = {
    ("GET", "/v1/openapi.json"): Shape("This document", None),
    ("POST", "/v1/bootstrap"): _made("Make the first key", CreatedKeyItem, bodies.Bootstrap),
    ("GET", "/v1/keys"): _page("All keys, newest first", KeyItem, bodies.KeyQuery),
    ("POST", "/v1/keys"): _made("Make a key", CreatedKeyItem, bodies.NewKey),
    ("PATCH", "/v1/keys/{id}"): Shape("Change a key", KeyItem, body=bodies.KeyChanges),
    ("DELETE", "/v1/keys/{id}"): Shape("Revoke a key", KeyItem, query=bodies.KeyKind),
    ("GET", "/v1/upstreams"): _page("All upstreams", records.UpstreamRecord),
    ("POST", "/v1/upstreams"): _made(
        "Make an upstream", records.UpstreamRecord, bodies.NewUpstream
    ),
    ("POST", "/v1/upstreams/bulk-delete"): Shape("Delete upstreams", Deleted, body=bodies.Ids),
    ("POST", "/v1/upstreams/health-check"): Shape(
        "Ask an upstream whether it works", records.HealthReport, body=bodies.HealthCheck
    ),
    ("GET", "/v1/upstreams/health"): Shape(
        "How upstreams are", tuple[records.UpstreamHealthRecord, ...]
    ),
    ("GET", "/v1/upstreams/{id}"): Shape("An upstream", records.UpstreamRecord),
    ("PATCH", "/v1/upstreams/{id}"): Shape(
        "Change an upstream", records.UpstreamRecord, body=bodies.UpstreamChanges
    ),
    ("DELETE", "/v1/upstreams/{id}"): Shape("Delete an upstream", Deleted),
    ("DELETE", "/v1/upstreams/{id}/learned"): Shape(
        "Forget what refusals taught", records.UpstreamRecord
    ),
    ("POST", "/v1/upstreams/{id}/keys"): _made(
        "Give an upstream a key", records.UpstreamRecord, bodies.NewUpstreamKey
    ),
    ("PATCH", "/v1/upstreams/{id}/keys/{key_id}"): Shape(
        "Change an upstream's key", records.UpstreamRecord, body=bodies.UpstreamKeyChanges
    ),
    ("DELETE", "/v1/upstreams/{id}/keys/{key_id}"): Shape(
        "Take an upstream's key away", records.UpstreamRecord
    ),
    ("GET", "/v1/presets"): Shape("Known vendors and servers", tuple[records.Preset, ...]),
    ("GET", "/v1/models"): _page("All models", records.ModelRecord),
    ("POST", "/v1/models"): _made("Make a model", records.ModelRecord, bodies.NewModel),
    ("POST", "/v1/models/bulk-delete"): Shape("Delete models", Deleted, body=bodies.Ids),
    ("POST", "/v1/models/discover"): Shape(
        "What models an upstream has", tuple[records.DiscoveredModel, ...], body=bodies.Discovery
    ),
    ("POST", "/v1/models/import"): Shape(
        "Make models of an upstream's", records.ImportReport, body=bodies.Import
    ),
    ("POST", "/v1/models/sync-pricing"): Shape(
        "Renew listed and published prices", records.PricingReport, body=price_bodies.SyncPricing
    ),
    ("POST", "/v1/models/reprice"): Shape(
        "Price rows of the past", records.RepricingRecord, body=price_bodies.Reprice
    ),
    ("GET", "/v1/models/repricings"): _page("What was re-priced", records.RepricingRecord),
    ("GET", "/v1/models/repricings/{id}"): Shape(
        "What a re-price changed",
        tuple[records.RepricedRequest, ...],
        query=price_bodies.ChangesQuery,
    ),
    ("GET", "/v1/models/{id}"): Shape("A model", records.ModelRecord),
    ("PATCH", "/v1/models/{id}"): Shape(
        "Change a model", records.ModelRecord, body=bodies.ModelChanges
    ),
    ("DELETE", "/v1/models/{id}"): Shape("Delete a model", Deleted),
    ("GET", "/v1/models/{id}/prices"): _page("A model's prices", records.PriceRecord),
    ("POST", "/v1/models/{id}/prices"): _made(
        "Give a model a price", records.PriceRecord, price_bodies.NewPrice
    ),
    ("GET", "/v1/aliases"): _page("All aliases", records.AliasRecord),
    ("POST", "/v1/aliases"): _made("Make an alias", records.AliasRecord, alias_bodies.NewAlias),
    ("POST", "/v1/aliases/client-map"): Shape(
        "Set a client's aliases", tuple[records.AliasRecord, ...], body=alias_bodies.ClientMap
    ),
    ("PATCH", "/v1/aliases/{id}"): Shape(
        "Change an alias", records.AliasRecord, body=alias_bodies.AliasChanges
    ),
    ("DELETE", "/v1/aliases/{id}"): Shape("Delete an alias", Deleted),
    ("POST", "/v1/explain"): Shape(
        "Where a request would go, and why", records.Explanation, body=alias_bodies.Question
    ),
    ("GET", "/v1/budgets"): _page("All budgets", records.BudgetRecord),
    ("POST", "/v1/budgets"): _made("Make a budget", records.BudgetRecord, budget_bodies.NewBudget),
    ("GET", "/v1/budgets/status"): _page("How budgets stand", records.BudgetStatus),
    ("GET", "/v1/budgets/{id}"): Shape("A budget", records.BudgetRecord),
    ("PATCH", "/v1/budgets/{id}"): Shape(
        "Change a budget", records.BudgetRecord, body=budget_bodies.BudgetChanges
    ),
    ("DELETE", "/v1/budgets/{id}"): Shape("Delete a budget", Deleted),
    ("GET", "/v1/logs"): _page("Rows of the log, newest first", LogItem, bodies.LogQuery),
    ("GET", "/v1/logs/export"): Shape(
        "Rows of the log as a file",
        None,
        query=bodies.LogExport,
        media_types=tuple(CONTENT_TYPES.values()),
    ),
    ("GET", "/v1/logs/{id}"): Shape("A row of the log", LogItem),
    ("GET", "/v1/logs/{id}/recording"): Shape("What a request said and heard", RecordingItem),
    ("GET", "/v1/logs/{id}/recording/events"): Shape(
        "The events of a streamed answer", tuple[records.RecordedEvent, ...], query=EventsQuery
    ),
    ("DELETE", "/v1/logs/recordings"): Shape("Erase the bodies of all requests", Deleted),
    ("POST", "/v1/logs/{id}/replay"): Shape(
        "Send a recorded request again, to another model", records.Replay, body=NewReplay
    ),
    ("GET", "/v1/sessions"): _page(
        "What sessions cost", records.SessionUsage, session_bodies.SessionQuery
    ),
    ("GET", "/v1/sessions/{session_id}"): Shape("A session and its agents", records.SessionTree),
    ("GET", "/v1/reconcile/imports"): _page("Imported usage exports", records.UsageImport),
    ("POST", "/v1/reconcile/imports"): _made(
        "Import a provider's usage export", records.UsageImport, NewImport
    ),
    ("DELETE", "/v1/reconcile/imports/{id}"): Shape("Forget an import", Deleted),
    ("GET", "/v1/reconcile/comparison"): Shape(
        "What a provider says, beside what pxbin counted",
        records.Reconciliation,
        query=ComparisonQuery,
        may_miss=True,
    ),
    ("GET", "/v1/stats/overview"): _stats("Sums over a period", records.StatsOverview),
    ("GET", "/v1/stats/by-key"): _stats("Sums of each key", tuple[records.KeyUsage, ...]),
    ("GET", "/v1/stats/by-model"): _stats("Sums of each model", tuple[records.ModelUsage, ...]),
    ("GET", "/v1/stats/by-client"): _stats("Sums of each client", tuple[records.ClientUsage, ...]),
    ("GET", "/v1/stats/by-upstream"): _stats(
        "Sums of each upstream", tuple[records.UpstreamUsage, ...]
    ),
    ("GET", "/v1/stats/timeseries"): Shape(
        "Sums over time", tuple[records.UsageBucket, ...], query=bodies.SeriesQuery
    ),
    ("GET", "/v1/stats/forecast"): Shape(
        "What the month will have cost", records.SpendForecast | None, query=bodies.ForecastQuery
    ),
    ("GET", "/v1/stats/latency"): _stats("Percentiles", records.LatencyStats),
}
"""By method and path below ``/api``."""
