from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from msgspec import UNSET

from pxbin_engine.admin.model_fields import (
    changed_price_source,
    changed_targets,
    checked_fields,
    checked_targets,
    providers_by_name,
)
from pxbin_engine.errors import InvalidInput
from pxbin_engine.records import PriceTier, TargetRecord
from tests.support.database import a_model

UPSTREAM = uuid4()


def target(name: str = "m", *, upstream_id: UUID = UPSTREAM, priority: int = 0) -> TargetRecord:
    return TargetRecord(upstream_id=upstream_id, upstream_model=name, priority=priority)


def test_only_what_was_said_is_left_of_the_fields() -> None:
    fields = checked_fields({"display_name": " A ", "provider": UNSET, "context_window": None})
    assert fields == {"display_name": "A", "context_window": None}


@pytest.mark.parametrize("price", ["-0.01", "1000001", "NaN", "-Infinity", "sNaN"])
def test_a_price_that_is_none_is_refused(price: str) -> None:
    with pytest.raises(InvalidInput, match="output_cost_per_million"):
        checked_fields({"output_cost_per_million": Decimal(price)})


def test_targets_are_sorted_by_priority_and_otherwise_stay() -> None:
    given = [target("c", priority=1), target("b"), target(" a ")]
    assert [t.upstream_model for t in checked_targets(given, {UPSTREAM})] == ["b", "a", "c"]


def test_a_target_alone_is_made_of_what_is_said_first() -> None:
    (made,) = changed_targets((), None, {"upstream_id": UPSTREAM}, default_name="m")
    assert made == target("m")
    changed = changed_targets((made, target("n")), None, {"upstream_model": "x"}, default_name="m")
    assert changed == (target("x"), target("n"))


def test_whose_a_price_is() -> None:
    model = a_model(input_cost_per_million=Decimal(1), price_source="published")
    assert changed_price_source(model, {"name": "x"}) == {}
    assert changed_price_source(model, {"input_cost_per_million": Decimal("1.0")}) == {}
    assert changed_price_source(model, {"input_cost_per_million": Decimal(2)}) == {
        "price_source": "model"
    }
    assert changed_price_source(model, {"input_cost_per_million": None}) == {
        "price_source": "unknown"
    }


TIERS = {
    "neither longer nor sold otherwise": (PriceTier(input=Decimal(1)),),
    "without a price": (PriceTier(above_prompt_tokens=1),),
    "a negative length": (PriceTier(above_prompt_tokens=-1, input=Decimal(1)),),
    "a negative price": (PriceTier(above_prompt_tokens=1, input=Decimal(-1)),),
    "two for the same": (
        PriceTier(service_tier="flex", input=Decimal(1)),
        PriceTier(service_tier="flex", input=Decimal(2)),
    ),
}


@pytest.mark.parametrize("tiers", TIERS.values(), ids=TIERS.keys())
def test_tiers_that_cannot_hold_are_refused(tiers: tuple[PriceTier, ...]) -> None:
    with pytest.raises(InvalidInput):
        checked_fields({"price_tiers": tiers})


def test_tiers_are_kept_in_order_and_make_a_price_the_persons_own() -> None:
    flex = PriceTier(service_tier="flex", input=Decimal(1))
    long = PriceTier(above_prompt_tokens=200_000, input=Decimal(6))
    columns = checked_fields({"price_tiers": [flex, long]})
    assert columns == {"price_tiers": (long, flex)}
    assert changed_price_source(a_model(), columns) == {"price_source": "model"}


def test_an_imported_name_stands_once_with_its_provider() -> None:
    assert providers_by_name([" a ", ("b", " me "), "a"]) == {"a": "", "b": "me"}
