"""What a request will probably cost."""

import random
from decimal import Decimal
from typing import Any

import pytest

from pxbin_engine.gateway.budgets import estimate
from pxbin_engine.gateway.budgets.estimate import ENOUGH, LONGEST_GUESS, CostEstimator
from tests.support.database import a_model, a_request

MODEL = a_model(input_cost_per_million=Decimal(3), output_cost_per_million=Decimal(15))


def answered(output: int, *, prompt: str = "0.003", **more: Any) -> Any:
    written = Decimal(output) * 15 / 1_000_000
    values = {"output_tokens": output, "cost": Decimal(prompt) + written, "cost_output": written}
    return a_request(**{"model": "gpt-4o", **values, **more})


def test_before_anything_is_known_the_prompt_and_what_the_client_allows_count() -> None:
    estimator = CostEstimator()
    assert estimator.estimate(MODEL, 1000, 200) == Decimal("0.006")
    longest = Decimal("0.003") + LONGEST_GUESS * Decimal(15) / 1_000_000
    assert estimator.estimate(MODEL, 1000, None) == longest
    assert estimator.estimate(MODEL, 1000, 64_000) == longest


def test_a_prompt_may_be_written_to_a_cache() -> None:
    dear = a_model(
        input_cost_per_million=Decimal(4), output_cost_per_million=Decimal(0), cache_write_5m_cost_per_million=Decimal(5)
    )  # fmt: skip
    assert CostEstimator().estimate(dear, 1_000_000, 1) == 5


@pytest.mark.parametrize("unknown", ["input_cost_per_million", "output_cost_per_million"])
def test_without_a_price_there_is_no_estimate(unknown: str) -> None:
    prices = {
        "input_cost_per_million": Decimal(1),
        "output_cost_per_million": Decimal(1),
        unknown: None,
    }
    assert CostEstimator().estimate(a_model(**prices), 10, 10) is None


def test_what_is_free_costs_nothing() -> None:
    free = a_model(input_cost_per_million=Decimal(0), output_cost_per_million=Decimal(0))
    estimator = CostEstimator()
    assert estimator.estimate(free, 10, 10) == 0
    estimator.learn(a_request(model="gpt-4o", output_tokens=1, cost=Decimal(0)), 10, free.price)


def test_answers_teach_how_long_they_are_and_what_prompts_cost() -> None:
    """Prompts that are mostly cached cost a tenth; answers have 100 tokens."""
    estimator = CostEstimator()
    for _ in range(ENOUGH):
        estimator.learn(answered(100, prompt="0.0003"), 1000, MODEL.price)
    learned = estimator.estimate(MODEL, 1000, 64_000)
    assert learned == Decimal("0.0018")
    assert estimator.estimate(MODEL, 2000, 10) == Decimal("0.00075")


def test_most_requests_cost_less_than_their_estimate() -> None:
    estimator, chance = CostEstimator(), random.Random(1)
    less = 0
    for number in range(500):
        cost = answered(chance.randint(50, 500))
        if number >= 100:
            estimated = estimator.estimate(MODEL, 1000, None)
            less += estimated is not None and cost.cost <= estimated
        estimator.learn(cost, 1000, MODEL.price)
    assert less > 300


@pytest.mark.parametrize(
    "row",
    [{"outcome": "upstream_error"}, {"output_tokens": 0}, {"cost": None}],
    ids=["failed", "no answer", "unpriced"],
)
def test_what_had_no_answer_teaches_nothing(row: dict[str, Any]) -> None:
    estimator = CostEstimator()
    before = estimator.estimate(MODEL, 1000, 500)
    for _ in range(ENOUGH):
        estimator.learn(answered(1, **row), 1000, MODEL.price)
    assert estimator.estimate(MODEL, 1000, 500) == before


def test_the_models_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "_MOST_MODELS", 2)
    estimator = CostEstimator()
    for name in ["gpt-4o"] * ENOUGH + ["b", "c"]:
        estimator.learn(answered(100, model=name), 1000, MODEL.price)
    assert estimator.estimate(MODEL, 1000, 500) == Decimal("0.0105")
