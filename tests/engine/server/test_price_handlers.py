"""Prices over the management API."""

from decimal import Decimal

from msgspec.structs import replace

from tests.support.database import NOW, a_request
from tests.support.management_api import UNKNOWN_ID, Api


async def test_prices_are_added_and_listed_newest_first(api: Api) -> None:
    model = await api.control.a_model()
    path = f"/models/{model.id}/prices"
    body = {
        "input": 3, "output": 15, "tiers": [{"above_prompt_tokens": 200000, "input": 6, "output": 22.5}],
    }  # fmt: skip
    status, told = await api("POST", path, body)
    (tier,) = told["data"]["price"]["tiers"]
    assert (status, tier["above_prompt_tokens"], tier["service_tier"]) == (201, 200000, "")
    assert (tier["input"], tier["output"], tier["cache_read"]) == (6, Decimal("22.5"), None)
    status, listed = await api("GET", path)
    assert (status, listed["meta"]["total"]) == (200, 2)
    assert listed["data"][0] == told["data"]
    shown = (await api("GET", f"/models/{model.id}"))[1]["data"]
    assert (shown["input_cost_per_million"], shown["price_id"]) == (3, told["data"]["id"])


async def test_a_reprice_is_tried_done_and_told(api: Api) -> None:
    model = await api.control.a_model("m1", input_cost_per_million=Decimal(2))
    row = a_request(model="m1", input_tokens=500_000)
    await api.control.request_store.insert_batch([row])
    asked = {"model_id": str(model.id), "from": "2026-11-01T00:00:00Z"}
    status, would = await api("POST", "/models/reprice", asked | {"dry_run": True})
    assert (status, would["data"]["id"], would["data"]["difference"]) == (200, None, 1)
    done = (await api("POST", "/models/reprice", asked))[1]["data"]
    assert (done["requests_priced"], done["difference"]) == (1, 1)
    listed = (await api("GET", "/models/repricings"))[1]["data"]
    assert [one["by"] for one in listed] == [done["by"]] != [""]
    (change,) = (await api("GET", f"/models/repricings/{done['id']}"))[1]["data"]
    assert (change["request_id"], change["cost"]) == (str(row.id), 1)


async def test_a_sync_is_tried_and_done_for_some_models(api: Api) -> None:
    models = [await api.control.a_model(name) for name in ("gpt-4o", "o3")]
    for name in ("gpt-4o", "o3"):
        api.control.published[name] = replace(api.control.published[name], input=Decimal(1))
    body = {"ids": [str(models[0].id)]}
    would = (await api("POST", "/models/sync-pricing", body | {"dry_run": True}))[1]["data"]
    (change,) = would["changes"]
    assert (change["model_id"], change["model"]) == (str(models[0].id), "gpt-4o")
    assert (change["before"]["input"], change["after"]["input"]) == (Decimal("2.5"), 1)
    assert (await api("POST", "/models/sync-pricing", body))[1]["data"] == would
    assert (await api("POST", "/models/sync-pricing"))[1]["data"]["changes"][0]["model"] == "o3"
    assert (await api("POST", "/models/sync-pricing", {"ids": ["x"]}))[0] == 400


async def test_what_cannot_be_is_refused_and_reading_is_not_writing(api: Api) -> None:
    model = await api.control.a_model()
    path = f"/models/{model.id}/prices"
    for body in (
        {},
        {"input": -1},
        {"price": 1},
        {"input": 1, "valid_from": "2999-01-01T00:00:00Z"},
    ):
        assert (await api("POST", path, body))[0] == 400
    assert (await api("GET", f"/models/{UNKNOWN_ID}/prices"))[0] == 404
    backwards = {"from": NOW.isoformat(), "to": NOW.isoformat()}
    assert (await api("POST", "/models/reprice", backwards))[0] == 400
    reader = await api.key_with("read")
    assert (await api("GET", path, key=reader))[0] == 200
    assert (await api("POST", path, {"input": 1}, key=reader))[0] == 403
    assert (await api("POST", "/models/reprice", {}, key=reader))[0] == 403
