"""``models sync-pricing``, ``models prices``, ``models price``, ``models reprice`` and ``models repricings``."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from pxbin_engine.cli.prices import rows_of_change
from pxbin_engine.records import ModelPrice, PriceChange, PriceTier
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.requests import RequestStore
from tests.support.command_line import Cli
from tests.support.database import a_request


@pytest.fixture
def model(cli: Cli) -> Cli:
    """A model ``big`` without a price."""
    assert cli("upstreams", "add", "main", "http://127.0.0.1:9/v1", "--no-key").code == 0
    assert cli("models", "add", "big", "--upstream", "main").code == 0
    return cli


def test_a_price_with_a_tier_is_told(model: Cli) -> None:
    tier = "above=32000,service=batch,input=1.8"
    done = model(
        "models", "price", "big", "--input", "1", "--output", "5", "--tier", tier, "--json"
    )
    (told,) = done.json["price"]["tiers"]
    assert {name: value for name, value in told.items() if value is not None} == {
        "above_prompt_tokens": 32000,
        "service_tier": "batch",
        "input": 1.8,
    }
    assert "batch > 32000 tokens" in model("models", "prices", "big").out
    assert [one["price"]["source"] for one in model("models", "prices", "big", "--json").json] == [
        "model",
        "unknown",
    ]


@pytest.mark.parametrize(
    "tier", ["above=many,input=1", "service=slow,input=1", "colour=1", "input=x"]
)
def test_a_tier_that_cannot_be_is_refused(
    model: Cli, tier: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        model("models", "price", "big", "--tier", tier)
    assert "--tier" in capsys.readouterr().err


def test_a_sync_says_first_what_it_would_change(model: Cli) -> None:
    model("models", "add", "gpt-4o", "--upstream", "main", "--input-cost", "1")
    assert model("models", "add", "o3", "--upstream", "main").code == 0
    assert (
        "0 of 3 would change, 1 have no price" in model("models", "sync-pricing", "--dry-run").out
    )
    (o3,) = [one for one in model("models", "list", "--json").json if one["name"] == "o3"]
    assert o3["price_source"] == "published"
    assert model("models", "sync-pricing", "big", "--json").json["total_models"] == 1
    assert "no model 'huge'" in model("models", "sync-pricing", "huge").err


def test_a_change_of_a_price_is_a_line_before_and_one_after() -> None:
    tier = PriceTier(service_tier="batch", input=Decimal("0.5"))
    change = PriceChange(
        model_id=UUID(int=1),
        model="m",
        before=ModelPrice(),
        after=ModelPrice(input=Decimal(1), tiers=(tier,), source="published"),
    )
    rows = [tuple(str(cell) for cell in row[:5]) for row in rows_of_change(change)]
    assert rows == [
        ("m", "was", "unknown", "", "None"),
        ("", "becomes", "published", "", "1"),
        ("", "", "", "batch", "0.5"),
    ]


def test_requests_without_a_cost_get_one(model: Cli, database_url: str, schema: str) -> None:
    async def log() -> None:
        database = await Database.connect(database_url, schema=schema, min_size=1, max_size=1)
        row = a_request(model="big", input_tokens=2_000_000)
        assert await RequestStore(database).insert_batch([row]) == ()
        await database.close()

    asyncio.run(log())
    model("models", "price", "big", "--input", "0.5", "--output", "1")
    would = model("models", "reprice", "--dry-run").out
    assert would.startswith("1 of 1 requests would get another cost (+1")
    assert model("models", "repricings", "--json").json == []
    done = model("models", "reprice", "big", "--json").json
    assert (done["by"], Decimal(str(done["difference"]))) == ("command line", 1)
    assert "command line" in model("models", "repricings").out
    assert model("models", "reprice").out.startswith("0 of 0 requests")
