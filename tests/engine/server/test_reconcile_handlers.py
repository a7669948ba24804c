"""Reconciling over the management API."""

import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from pxbin_engine.server import reconcile_handlers
from tests.support.database import NOW, a_request
from tests.support.management_api import UNKNOWN_ID, Api, error_of

DAY = NOW.date()
HEADER = "Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens"
ACTIVITY = f'{HEADER}\n"{DAY} 00:00:00","openai/gpt-5","2.50","0","2","1100","200","0"\n'


@pytest.fixture
async def upstream(api: Api) -> str:
    """An upstream that served one request."""
    made = await api.control.an_upstream("openrouter")
    served = {"upstream_id": made.id, "upstream_model": "openai/gpt-5", "input_tokens": 1000}
    await api.control.request_store.insert_batch(
        [a_request(cache_read_tokens=100, output_tokens=200, cost=Decimal(2), **served)]
    )
    return str(made.id)


async def test_an_export_is_imported_listed_compared_and_forgotten(api: Api, upstream: str) -> None:
    body = {"upstream_id": upstream, "text": ACTIVITY, "file_name": "activity.csv"}
    status, told = await api("POST", "/reconcile/imports", body)
    assert status == 201
    made = told["data"]
    assert (made["format"], made["first_day"], made["cost"]) == (
        "openrouter-activity",
        str(DAY),
        Decimal("2.5"),
    )
    _, told = await api("GET", "/reconcile/imports")
    assert (told["data"], told["meta"]["total"]) == ([made], 1)

    status, told = await api("GET", f"/reconcile/comparison?upstream_id={upstream}")
    assert status == 200
    (line,) = told["data"]["lines"]
    assert (line["state"], line["reasons"]) == ("differs", ["unsettled", "price"])
    assert line["cost"] == {
        "provider": Decimal("2.5"),
        "pxbin": 2,
        "difference": Decimal("-0.5"),
        "percent": -20,
    }
    assert (line["prompt_tokens"]["provider"], line["prompt_tokens"]["pxbin"]) == (1100, 1100)
    assert line["input_tokens"] == {"provider": None, "pxbin": 1000, "difference": None, "percent": None}  # fmt: skip
    tomorrow = DAY + timedelta(days=1)
    _, told = await api("GET", f"/reconcile/comparison?upstream_id={upstream}&from={tomorrow}")
    assert told["data"]["lines"] == []

    assert (await api("DELETE", f"/reconcile/imports/{made['id']}"))[1]["data"] == {"deleted": 1}
    assert (await api("GET", "/reconcile/imports"))[1]["data"] == []


async def test_a_file_may_be_larger_than_other_bodies(
    api: Api, upstream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ACTIVITY.splitlines()[1]
    text = "\n".join([HEADER, *[line] * 20_000])
    assert len(text) > 1024**2
    body = json.dumps({"upstream_id": upstream, "text": text}).encode()
    status, told = await api("POST", "/reconcile/imports", data=io.BytesIO(body))
    assert (status, told["data"]["requests"]) == (201, 40_000)
    monkeypatch.setattr(reconcile_handlers, "_LARGEST_BODY", 1000)
    status, told = await api("POST", "/reconcile/imports", data=io.BytesIO(body))
    assert (status, error_of(told)[1]) == (413, "The body is too large.")


async def test_what_cannot_be_is_refused(api: Api, upstream: str) -> None:
    status, told = await api(
        "POST", "/reconcile/imports", {"upstream_id": upstream, "text": "a,b\n1,2"}
    )
    assert status == 400
    assert (told["error"]["field"], "columns are: a, b" in told["error"]["message"]) == ("file", True)  # fmt: skip
    for method, path, body in (
        ("POST", "/reconcile/imports", {"upstream_id": UNKNOWN_ID, "text": ACTIVITY}),
        ("DELETE", f"/reconcile/imports/{UNKNOWN_ID}", None),
        ("GET", f"/reconcile/comparison?upstream_id={UNKNOWN_ID}", None),
    ):
        assert (await api(method, path, body))[0] == 404, path
    for query in ("", "upstream_id=x", f"upstream_id={upstream}&from=yesterday"):
        assert (await api("GET", f"/reconcile/comparison?{query}"))[0] == 400, query
    reader = await api.key_with("read")
    assert (await api("POST", "/reconcile/imports", {}, key=reader))[0] == 403
    assert (await api("GET", "/reconcile/imports", key=reader))[0] == 200
