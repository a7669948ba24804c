from datetime import timedelta
from decimal import Decimal

import pytest

from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import PriceTier
from tests.support.control_plane import ControlPlane
from tests.support.database import NOW, a_request, uuid7

DAY = timedelta(days=1)


async def test_every_change_of_a_price_is_kept_with_its_time(control: ControlPlane) -> None:
    model = await control.a_model()
    await control.models.update(model.id, display_name="the same price")
    await control.models.update(model.id, input_cost_per_million=Decimal(4))
    newest, first = await control.prices.history(model.id)
    assert (first.price, first.valid_from) == (control.published["gpt-4o"], NOW)
    assert (newest.price.source, newest.price.input, newest.price.output) == ("model", 4, 10)
    assert (await control.models.get(model.id)).price_id == newest.id


async def test_a_price_from_now_on_is_the_models_own(control: ControlPlane) -> None:
    model = await control.a_model()
    long = PriceTier(above_prompt_tokens=200_000, input=Decimal(6))
    added = await control.prices.add(model.id, {"input": Decimal(3), "tiers": (long,)})
    held = await control.models.get(model.id)
    assert (held.price, held.price_id) == (added.price, added.id)
    assert (held.price.source, held.price.output, held.price.tiers) == ("model", None, (long,))
    assert control.changes == ["models"]


async def test_a_price_that_began_earlier_changes_only_the_past(control: ControlPlane) -> None:
    model = await control.a_model()
    added = await control.prices.add(model.id, {"input": Decimal(1)}, valid_from=NOW - DAY)
    present, past = await control.prices.history(model.id)
    assert (past, past.valid_from) == (added, NOW - DAY)
    assert (await control.models.get(model.id)).price_id == present.id != past.id


async def test_what_cannot_be_a_price_is_refused(control: ControlPlane) -> None:
    model = await control.a_model()
    with pytest.raises(InvalidInput, match="future"):
        await control.prices.add(model.id, {"input": Decimal(1)}, valid_from=NOW + DAY)
    with pytest.raises(InvalidInput, match="at least one"):
        await control.prices.add(model.id, {"input": None})
    with pytest.raises(InvalidInput, match="from 0"):
        await control.prices.add(model.id, {"input": Decimal(-1)})
    with pytest.raises(NotFound):
        await control.prices.add(uuid7(), {"input": Decimal(1)})
    with pytest.raises(InvalidInput, match="later"):
        await control.prices.reprice(by="ada", since=NOW, until=NOW)


async def test_a_reprice_says_who_asked_for_what(control: ControlPlane) -> None:
    model = await control.a_model("m1")
    row = a_request(model="m1", input_tokens=1_000_000)
    await control.request_store.insert_batch([row, a_request(model="m2", input_tokens=1)])
    await control.models.update(model.id, input_cost_per_million=Decimal(2))
    would = await control.prices.reprice(by="ada", model_id=model.id, dry_run=True)
    assert (would.id, would.requests_priced, would.difference) == (None, 1, 2)
    assert await control.prices.repricings() == ()
    done = await control.prices.reprice(by="ada", model_id=model.id, since=NOW - DAY)
    assert await control.prices.repricings() == (done,)
    assert (done.by, done.model, done.since, done.difference) == ("ada", "m1", NOW - DAY, 2)
    (change,) = await control.prices.changes(done.id or uuid7())
    assert (change.request_id, change.cost_before, change.cost) == (row.id, None, 2)
