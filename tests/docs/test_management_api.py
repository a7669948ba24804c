"""docs/management-api.md names every route, its permission, every field, and every error that the code has."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest
from msgspec import Struct, structs

from pxbin_engine import records
from pxbin_engine.records import Outcome
from pxbin_engine.server import (
    admin_bodies,
    alias_bodies,
    budget_bodies,
    price_bodies,
    reconcile_bodies,
    replay_bodies,
    session_bodies,
)
from pxbin_engine.server.admin_items import log_item
from pxbin_engine.server.admin_routes import ANSWERS, ROUTES
from pxbin_engine.storage.stats import Period
from pxbin_engine.storage.steps import Interval

PAGE = (Path(__file__).parents[2] / "docs" / "management-api.md").read_text("utf-8")
NAMES = set(re.findall(r"`([a-z0-9_]+)\??`", PAGE))
"""All that stands in backticks and may be a field."""

ANSWERED = (
    records.UpstreamRecord, records.UpstreamKeyRecord, records.LearnedQuirk, records.Preset, records.ModelRecord, records.AttemptRecord, records.LossRecord, records.HealthReport, records.UpstreamHealthRecord,
    records.DiscoveredModel, records.ImportReport, records.PricingReport, records.StatsOverview, records.KeyUsage,
    records.BudgetRecord, records.BudgetStatus, records.AliasRecord, records.Explanation, records.ExplainedTarget,
    records.ModelUsage, records.UpstreamUsage, records.UsageBucket, records.LatencyStats,
    records.PriceRecord, records.ModelPrice, records.PriceTier, records.RepricingRecord, records.RepricedRequest,
    records.Replay, records.ReplayAnswer, records.UsageImport, records.Reconciliation, records.ReconcileLine, records.Compared,
    records.SessionUsage, records.SessionSums, records.SessionTree, records.AgentUsage, records.ClientUsage, records.SpendForecast,
)  # fmt: skip


TAKEN = [
    thing
    for module in (
        admin_bodies,
        alias_bodies,
        budget_bodies,
        price_bodies,
        reconcile_bodies,
        replay_bodies,
        session_bodies,
    )
    for name, thing in vars(module).items()
    if isinstance(thing, type) and issubclass(thing, Struct) and not name.startswith("_")
]
"""Every struct that a body or a query is decoded to."""


def test_the_routes_are_those_of_the_code() -> None:
    told = set(re.findall(r"^\| ([A-Z]+) \| `/api(/[^`]+)` \| (\w+) \|", PAGE, re.MULTILINE))
    assert told == {(route.method, route.path, route.permission or "none") for route in ROUTES}


@pytest.mark.parametrize("body", TAKEN, ids=lambda body: body.__name__)
def test_every_field_that_is_taken_is_named(body: type[Struct]) -> None:
    assert {field.encode_name for field in structs.fields(body)} - NAMES == set()


@pytest.mark.parametrize("answered", ANSWERED, ids=lambda record: record.__name__)
def test_every_field_that_is_answered_is_named(answered: type[Struct]) -> None:
    assert {field.encode_name for field in structs.fields(answered)} - NAMES == set()


def test_every_field_of_a_row_of_the_log_is_named() -> None:
    record = records.RequestRecord(
        id=UUID(int=1), timestamp=datetime.now(UTC), method="POST", path="/v1/messages"
    )
    assert log_item(record).keys() - NAMES == set()


def test_every_value_is_named() -> None:
    values = {*get_args(Outcome), *get_args(Period), *get_args(Interval)}
    values |= {*get_args(records.ReconcileState), *get_args(records.ReconcileReason)}
    assert values - NAMES == set()


def test_every_error_has_its_row() -> None:
    told = {
        (int(status), kind)
        for status, kind in re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PAGE, re.MULTILINE)
    }
    assert told == set(ANSWERS.values())
