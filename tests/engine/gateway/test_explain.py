"""Explain: the same decisions as a request meets, told, and nothing taken."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_engine.gateway.affinity import ranked
from pxbin_engine.gateway.explain import Question, Standing, explain
from pxbin_engine.gateway.routing import RoutingTable, Target
from pxbin_engine.records import (
    AliasRecord,
    Explanation,
    KeyRecord,
    ModelRecord,
    TargetRecord,
    UpstreamFormat,
)
from tests.support.gateway import KEY, NOW, key_record, model_record, upstream_record

FORMATS: tuple[UpstreamFormat, ...] = ("openai", "anthropic", "openai")
LAPTOP = key_record(KEY, name="laptop")
OPUS = AliasRecord(
    id=UUID(int=5),
    pattern="*opus*",
    model="big",
    client="Claude Code",
    created_at=NOW,
    updated_at=NOW,
)


def table(*weights: int, off: int | None = None, **model: Any) -> RoutingTable:
    """``big`` on an upstream for each weight, all of one priority, the one of number ``off`` switched off."""
    upstreams = [
        replace(upstream_record(number, "http://u", FORMATS[number - 1]), is_active=number != off)
        for number in range(1, len(weights) + 1)
    ]
    targets = tuple(
        TargetRecord(upstream_id=UUID(int=number), upstream_model="there", weight=weight)
        for number, weight in enumerate(weights, start=1)
    )
    big = replace(model_record("big", [], ""), targets=targets, **model)
    return RoutingTable.build([big], upstreams, {}, [OPUS])


class Now:
    """A present that says what it is told to."""

    def __init__(self, at_door: str = "", by_budget: str = "", **standings: Standing) -> None:
        self._at_door, self._by_budget, self._standings = at_door, by_budget, standings

    def refusal_at_door(self, question: Question) -> str:
        return self._at_door

    def refusal_by_budget(self, question: Question, model: ModelRecord) -> str:
        return self._by_budget

    def standing(self, target: Target) -> Standing:
        return self._standings.get(target.upstream.name.replace("-", "_"), Standing())


def told(
    routes: RoutingTable, model: str = "big", now: Now | None = None, **who: Any
) -> Explanation:
    return explain(Question(model=model, **who), routes, now or Now(), now=NOW)


def test_a_models_own_name() -> None:
    explanation = told(table(1))
    assert (explanation.model, explanation.alias, explanation.refusal) == ("big", None, "")
    assert explanation.steps == ("'big' is the name of a model.",)
    (target,) = explanation.targets
    assert (target.upstream_name, target.upstream_model, target.state) == (
        "upstream-1",
        "there",
        "ready",
    )
    assert target.reason == "Tried first. Priority 0."
    assert not target.verbatim


@pytest.mark.parametrize(
    ("asked", "who", "step"),
    [
        ("claude-opus-5", {"client": "Claude Code"}, "by the alias *opus* of Claude Code"),
        ("claude-big", {}, "means the model 'big'"),
        ("big[1m]", {}, "window of a million tokens"),
        ("none", {}, "No model and no alias"),
        ("big", {"key": replace(LAPTOP, allowed_models=("b*",))}, "may use: b*."),
        ("big", {"session_id": "s"}, "session affinity, 2 targets of priority 0"),
        ("big", {}, "chance by weight, 2 targets of priority 0"),
    ],
)
def test_what_was_decided_is_told(asked: str, who: dict[str, Any], step: str) -> None:
    assert step in " ".join(told(table(1, 1), asked, **who).steps)


def test_the_order_is_the_one_of_a_request() -> None:
    routes = table(1, 3, 1)
    route = routes.resolve("big")
    assert route is not None
    for session in ("a", "b", "c", "d"):
        order = [target.upstream_id for target in told(routes, session_id=session).targets]
        assert order == [target.upstream.id for target in ranked(route.targets, session)]
    likeliest, *_ = told(routes).targets
    assert likeliest.upstream_name == "upstream-2"
    assert "60% go here first, placed by chance" in likeliest.reason


def test_bytes_go_through_where_both_speak_the_same() -> None:
    by_name = {t.upstream_name: t.verbatim for t in told(table(1, 1), format="anthropic").targets}
    assert by_name == {"upstream-1": False, "upstream-2": True}


@pytest.mark.parametrize("words", ["its circuit is open.", "its circuit is open"])
def test_one_that_cannot_be_tried_says_why_and_the_next_is_first(words: str) -> None:
    open_circuit = Standing("circuit_open", words)
    first, second = told(table(2, 1), now=Now(upstream_1=open_circuit)).targets
    assert (first.state, first.reason[:36]) == (
        "circuit_open",
        "Not tried now: its circuit is open. ",
    )
    assert (second.state, second.reason[:12]) == ("ready", "Tried first.")


def test_those_that_are_switched_off_come_last() -> None:
    targets = told(table(5, 1, off=1)).targets
    assert [(t.upstream_name, t.state) for t in targets] == [
        ("upstream-2", "ready"),
        ("upstream-1", "switched_off"),
    ]
    lonely = told(table(1, off=1))
    assert "no upstream that is switched on" in lonely.refusal
    assert [target.state for target in lonely.targets] == ["switched_off"]


@pytest.mark.parametrize(
    ("asked", "key", "now", "refusal"),
    [
        ("big", replace(LAPTOP, is_active=False), Now("paused"), "was revoked"),
        ("big", replace(LAPTOP, expires_at=NOW), Now(), "has expired"),
        ("big", replace(LAPTOP, type="management"), Now(), "management API"),
        ("big", replace(LAPTOP, expires_at=NOW + timedelta(seconds=1)), Now(), ""),
        ("none", LAPTOP, Now("paused"), "paused"),
        ("none", LAPTOP, Now(), "There is no model 'none'. There are: big."),
        ("big", replace(LAPTOP, allowed_models=("x",)), Now("", "spent"), "may not use"),
        ("big", LAPTOP, Now("", "spent"), "spent"),
    ],
)
def test_the_first_that_refuses_is_told(asked: str, key: KeyRecord, now: Now, refusal: str) -> None:
    explanation = told(table(1), asked, now, key=key)
    assert refusal in explanation.refusal
    assert bool(explanation.refusal) == bool(refusal)


def test_an_alias_that_leads_nowhere() -> None:
    routes = RoutingTable.build([], [], {}, [OPUS])
    explanation = told(routes, "opus", client="Claude Code")
    assert (explanation.model, explanation.alias, explanation.targets) == (None, OPUS, ())
    assert (
        explanation.refusal == "The alias *opus* of Claude Code means 'big', which does not exist."
    )


def test_where_nobody_serves_that_is_said() -> None:
    explanation = explain(Question(model="big"), table(1), None, now=NOW)
    assert "known to a running engine only" in explanation.steps[-1]
    assert [target.state for target in explanation.targets] == ["ready"]
