"""What this process knows of the moment, from the parts that know it; asking takes nothing."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pxbin_engine.config import EngineConfig
from pxbin_engine.errors import SecretError, SecretStoreUnavailable
from pxbin_engine.events import EventBus
from pxbin_engine.gateway.budgets.gate import BudgetGate
from pxbin_engine.gateway.explain import Question
from pxbin_engine.gateway.health import UpstreamHealth
from pxbin_engine.gateway.limits import KeyLimits
from pxbin_engine.gateway.present import GatewayPresent
from pxbin_engine.gateway.routing import RoutingTable, Target
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.records import BudgetRecord, BudgetScope
from tests.support.gateway import (
    KEY,
    NOW,
    key_record,
    model_record,
    upstream_record,
    with_keys,
)

MODEL = model_record("big", [], "")
LAPTOP = key_record(KEY, name="laptop", rate_limit=1)
BY_LAPTOP = Question(model="big", key=LAPTOP, client="Claude Code 2.1.330")


class House:
    """A gateway's parts, at 1000 seconds of its clock."""

    def __init__(self) -> None:
        self.health = UpstreamHealth(
            EngineConfig(cb_failure_threshold=1, cb_timeout_seconds=30), EventBus()
        )
        self.limits = KeyLimits(0, 0)
        self.budgets = BudgetGate(lambda: 1000.0)

    def present(self, *, paused: bool = False) -> GatewayPresent:
        return GatewayPresent(
            self.health, self.limits, self.budgets, lambda: 1000.0,
            paused=paused, wall_clock=_wall_clock,
        )  # fmt: skip

    def spend(self, scope: BudgetScope, subject: str) -> None:
        """Let a budget of ten dollars be used up."""
        budget = BudgetRecord(
            id=UUID(int=3),
            name="pocket money",
            scope=scope,
            subject=subject,
            limit=Decimal(10),
            created_at=NOW,
            updated_at=NOW,
        )
        self.budgets.book.replace([budget])
        (meter,) = self.budgets.book.meters_for({scope: subject}, NOW)
        meter.grant(Decimal(0), spent=Decimal(10), alone=True, asked_at=0.0, written=Decimal(0))


def _wall_clock() -> datetime:
    return NOW


def a_target(secrets: dict[UUID, str | SecretError]) -> Target:
    """A target on an upstream with a key for each secret, whose ids are 1, 101, 201 ..."""
    bare = upstream_record(1, "http://u", "openai")
    upstream = with_keys(bare, *(f"k{key_id.int}" for key_id in secrets)) if secrets else bare
    table = RoutingTable.build([model_record("m", [upstream], "m")], [upstream], secrets)
    route = table.resolve("m")
    assert route is not None
    return route.targets[0]


def test_while_it_is_paused() -> None:
    house = House()
    assert "paused" in house.present(paused=True).refusal_at_door(BY_LAPTOP)
    assert house.present().refusal_at_door(BY_LAPTOP) == ""


def test_a_limit_that_is_used_up_and_nothing_is_taken_by_asking() -> None:
    house = House()
    for _ in range(3):
        assert house.present().refusal_at_door(BY_LAPTOP) == ""
    house.limits.enter(LAPTOP, 0, 1000.0)
    assert "1 requests a minute" in house.present().refusal_at_door(BY_LAPTOP)
    assert house.present().refusal_at_door(Question(model="big")) == ""


def test_a_budget_that_is_used_up() -> None:
    spent: list[tuple[BudgetScope, str]] = [
        ("all", ""),
        ("model", "big"),
        ("client", "Claude Code"),
    ]
    for scope, subject in spent:
        house = House()
        assert house.present().refusal_by_budget(BY_LAPTOP, MODEL) == ""
        house.spend(scope, subject)
        assert "pocket money" in house.present().refusal_by_budget(BY_LAPTOP, MODEL)
    house = House()
    house.spend("model", "other")
    assert house.present().refusal_by_budget(BY_LAPTOP, MODEL) == ""


def test_an_upstream_whose_budget_is_used_up() -> None:
    house, target = House(), a_target({})
    assert house.present().standing(target).state == "ready"
    house.spend("upstream", target.upstream.name)
    standing = house.present().standing(target)
    assert standing.state == "over_budget"
    assert "pocket money" in standing.reason


def test_a_circuit_that_is_open() -> None:
    house, target = House(), a_target({})
    breaker = house.health.of(target.upstream)
    breaker.failure(990.0, 990.0, "HTTP 500")
    standing = house.present().standing(target)
    assert standing.state == "circuit_open"
    assert standing.reason == "its circuit is open for 20 s, for it failed: HTTP 500."
    assert breaker.state == "open"


def test_keys_that_all_rest() -> None:
    house = House()
    target = a_target({UUID(int=1): "sk-1", UUID(int=101): "sk-2"})
    refused = ApiError("rate_limit", 429, "Slow down.", retry_after=40.0)
    house.health.key_refused(target.upstream, target.keys[0], refused, 1000.0)
    assert house.present().standing(target).state == "ready"
    house.health.key_refused(target.upstream, target.keys[1], refused, 1000.0)
    standing = house.present().standing(target)
    assert (standing.state, standing.reason) == (
        "resting",
        "all its keys rest for 40 s: Slow down.",
    )


def test_a_key_that_cannot_be_read() -> None:
    target = a_target({UUID(int=1): SecretStoreUnavailable("The keyring is locked.")})
    standing = House().present().standing(target)
    assert standing.state == "key_unreadable"
    assert "The keyring is locked." in standing.reason
