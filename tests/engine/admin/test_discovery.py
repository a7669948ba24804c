import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from msgspec import structs

from pxbin_engine.admin import discovery as module
from pxbin_engine.admin.discovery import Address, Discovery
from pxbin_engine.errors import UpstreamError, UpstreamMisconfigured, UpstreamUnreachable
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.records import DiscoveredModel, UpstreamFormat

Answer = Callable[[web.Request], Awaitable[web.Response]]
OPENAI_LIST = {"object": "list", "data": [{"id": "m1", "owned_by": "me"}, {"id": "m2"}]}


@dataclass
class Upstream:
    """An upstream on loopback that answers what the test says and remembers what it was asked."""

    base_url: str = ""
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[web.Response | Answer] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.asked.append((request.method, request.path_qs, json.loads(body) if body else {}))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        answer = self.answers.pop(0)
        return answer if isinstance(answer, web.Response) else await answer(request)

    def address(
        self, upstream_format: UpstreamFormat = "openai", api_key: str | None = "sk-secret"
    ) -> Address:
        return Address(base_url=self.base_url, format=upstream_format, api_key=api_key)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", upstream.handle)
    async with TestServer(app) as server:
        upstream.base_url = f"http://127.0.0.1:{server.port}"
        yield upstream


@pytest.fixture
async def discovery() -> AsyncIterator[Discovery]:
    client = UpstreamClient(connect_timeout=5)
    await client.start()
    yield Discovery(client)
    await client.close()


async def test_an_openai_upstream_is_asked_with_a_bearer(
    upstream: Upstream, discovery: Discovery
) -> None:
    upstream.answers = [web.json_response(OPENAI_LIST)]
    models = await discovery.models(upstream.address())
    assert models == (DiscoveredModel(id="m1", owned_by="me"), DiscoveredModel(id="m2"))
    assert upstream.asked == [("GET", "/v1/models", {})]
    assert upstream.headers[0]["authorization"] == "Bearer sk-secret"


async def test_an_anthropic_upstream_is_asked_with_its_own_header_page_by_page(
    upstream: Upstream, discovery: Discovery
) -> None:
    upstream.answers = [
        web.json_response({"data": [{"id": "c1"}], "has_more": True, "last_id": "c1"}),
        web.json_response({"data": [{"id": "c2"}], "has_more": False, "last_id": "c2"}),
    ]
    models = await discovery.models(upstream.address("anthropic"))
    assert [model.id for model in models] == ["c1", "c2"]
    assert [path for _, path, _ in upstream.asked] == [
        "/v1/models?limit=1000",
        "/v1/models?limit=1000&after_id=c1",
    ]
    assert upstream.headers[0]["x-api-key"] == "sk-secret"
    assert upstream.headers[0]["anthropic-version"]
    assert "authorization" not in upstream.headers[0]


async def test_gemini_is_asked_with_its_own_header_and_path_page_by_page(
    upstream: Upstream, discovery: Discovery
) -> None:
    flash = {"name": "models/flash", "inputTokenLimit": 1048576, "outputTokenLimit": 65536}
    upstream.answers = [
        web.json_response({"models": [flash], "nextPageToken": "a b"}),
        web.json_response({"models": [{"name": "models/pro"}]}),
    ]
    models = await discovery.models(upstream.address("gemini"))
    assert models == (
        DiscoveredModel(id="flash", context_window=1048576, max_output_tokens=65536),
        DiscoveredModel(id="pro"),
    )
    assert [path for _, path, _ in upstream.asked] == [
        "/v1beta/models?pageSize=1000",
        "/v1beta/models?pageSize=1000&pageToken=a+b",
    ]
    assert upstream.headers[0]["x-goog-api-key"] == "sk-secret"
    assert "authorization" not in upstream.headers[0]


async def test_a_responses_upstream_lists_its_models_as_openai_does(
    upstream: Upstream, discovery: Discovery
) -> None:
    upstream.answers = [web.json_response(OPENAI_LIST)]
    models = await discovery.models(upstream.address("openai-responses"))
    assert [model.id for model in models] == ["m1", "m2"]
    assert upstream.asked == [("GET", "/v1/models", {})]
    assert upstream.headers[0]["authorization"] == "Bearer sk-secret"


async def test_a_paid_check_of_gemini_names_the_model_in_the_path(
    upstream: Upstream, discovery: Discovery
) -> None:
    listed = {"models": [{"name": "models/flash"}]}
    upstream.answers = [web.json_response(listed), web.json_response({"candidates": []})]
    report = await discovery.check(upstream.address("gemini"), paid=True)
    assert (report.healthy, report.tested_model) == (True, "flash")
    method, path, body = upstream.asked[1]
    assert (method, path) == ("POST", "/v1beta/models/flash:generateContent")
    assert body["generationConfig"] == {"maxOutputTokens": 16}
    assert upstream.headers[1]["x-goog-api-key"] == "sk-secret"


async def test_pages_without_an_end_are_an_error(upstream: Upstream, discovery: Discovery) -> None:
    page = {"data": [{"id": "c1"}], "has_more": True, "last_id": "c1"}
    upstream.answers = [web.json_response(page) for _ in range(module._MOST_PAGES)]
    with pytest.raises(UpstreamError, match="pages"):
        await discovery.models(upstream.address("anthropic"))


async def test_a_check_costs_nothing(upstream: Upstream, discovery: Discovery) -> None:
    upstream.answers = [web.json_response(OPENAI_LIST)]
    report = await discovery.check(upstream.address())
    assert (report.healthy, report.models_found, report.tested_model) == (True, 2, None)
    assert report.error is None
    assert report.latency_ms > 0
    assert [method for method, _, _ in upstream.asked] == ["GET"]


@pytest.mark.parametrize(
    ("upstream_format", "path", "limit"),
    [
        ("openai", "/v1/chat/completions", {"max_tokens": 16}),
        ("anthropic", "/v1/messages", {"max_tokens": 1}),
        ("openai-responses", "/v1/responses", {"max_output_tokens": 16}),
    ],
)
async def test_a_paid_check_asks_for_next_to_nothing(
    upstream: Upstream,
    discovery: Discovery,
    upstream_format: UpstreamFormat,
    path: str,
    limit: dict[str, int],
) -> None:
    upstream.answers = [web.json_response(OPENAI_LIST), web.json_response({"id": "x"})]
    report = await discovery.check(upstream.address(upstream_format), paid=True)
    assert (report.healthy, report.tested_model) == (True, "m1")
    method, asked_path, body = upstream.asked[1]
    assert (method, asked_path, body["model"]) == ("POST", path, "m1")
    assert limit.items() <= body.items()


async def test_a_paid_check_of_a_named_model_needs_no_list(
    upstream: Upstream, discovery: Discovery
) -> None:
    upstream.answers = [web.json_response({"id": "x"})]
    report = await discovery.check(upstream.address(), paid=True, model="mine")
    assert (report.healthy, report.tested_model) == (True, "mine")
    assert len(upstream.asked) == 1


async def test_a_model_that_wants_the_newer_limit_gets_it(
    upstream: Upstream, discovery: Discovery
) -> None:
    text = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    upstream.answers = [
        web.json_response({"error": {"message": text}}, status=400),
        web.json_response({"id": "x"}),
    ]
    report = await discovery.check(upstream.address(), paid=True, model="o9")
    assert report.healthy
    assert upstream.asked[1][2]["max_completion_tokens"] == 16
    assert "max_tokens" not in upstream.asked[1][2]


async def test_a_paid_check_without_any_model_says_so(
    upstream: Upstream, discovery: Discovery
) -> None:
    upstream.answers = [web.json_response({"data": []})]
    report = await discovery.check(upstream.address(), paid=True)
    assert not report.healthy
    assert "no model" in str(report.error)


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (web.json_response({"error": {"message": "bad key"}}, status=401), "refused the key (401)"),
        (web.json_response({"error": {"message": "no"}}, status=403), "refused the key (403)"),
        (web.json_response({"error": {"message": "boom"}}, status=500), "answered 500"),
        (
            web.Response(text="<!doctype html><p>hi", content_type="text/html"),
            "did not answer with JSON",
        ),
        (web.json_response({"hello": "world"}), "not a model list"),
    ],
)
async def test_a_check_says_what_is_wrong(
    upstream: Upstream, discovery: Discovery, answer: web.Response, part: str
) -> None:
    upstream.answers = [answer]
    report = await discovery.check(upstream.address())
    assert not report.healthy
    assert part in str(report.error)
    assert "sk-secret" not in str(report.error)


async def test_silence_is_a_time_out(
    upstream: Upstream, discovery: Discovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(_: web.Request) -> web.Response:
        await asyncio.sleep(0.5)
        return web.Response()

    monkeypatch.setattr(module, "TIMEOUT", 0.05)
    upstream.answers = [silent]
    report = await discovery.check(upstream.address())
    assert "did not answer within 0.05 seconds" in str(report.error)


async def test_a_closed_port_is_unreachable(discovery: Discovery) -> None:
    address = Address(base_url=f"http://127.0.0.1:{unused_port()}", format="openai", api_key=None)
    with pytest.raises(UpstreamUnreachable):
        await discovery.models(address)
    assert not (await discovery.check(address)).healthy


async def test_a_refused_key_is_told_from_other_failures(
    upstream: Upstream, discovery: Discovery
) -> None:
    upstream.answers = [web.json_response({}, status=401)]
    with pytest.raises(UpstreamMisconfigured):
        await discovery.models(upstream.address())


def test_an_address_does_not_show_its_key() -> None:
    assert "sk-secret" not in repr(
        Address(base_url="http://x", format="openai", api_key="sk-secret")
    )


@pytest.mark.parametrize(
    ("base_url", "spoken", "asked"),
    [
        ("https://api.z.ai/api/anthropic", "anthropic", ("https://api.z.ai/api/paas/v4", "openai")),
        ("https://api.z.ai/api/paas/v4", "openai", ("https://api.z.ai/api/paas/v4", "openai")),
        ("https://api.anthropic.com", "anthropic", ("https://api.anthropic.com", "anthropic")),
    ],
)
def test_models_are_asked_where_the_vendor_lists_them(
    base_url: str, spoken: UpstreamFormat, asked: tuple[str, str]
) -> None:
    address = Address(base_url=base_url, format=spoken, api_key="sk-1").of_models
    assert (address.base_url, address.format) == asked
    assert address.api_key == "sk-1"


async def test_the_key_goes_where_the_preset_says(upstream: Upstream, discovery: Discovery) -> None:
    upstream.answers = [web.json_response(OPENAI_LIST)]
    address = structs.replace(upstream.address(), preset="azure")
    await discovery.models(address)
    assert upstream.headers[0]["api-key"] == "sk-secret"
    assert "authorization" not in upstream.headers[0]


@pytest.mark.parametrize(
    ("base_url", "warned"),
    [("http://api.example.com", True), ("https://api.example.com", False), ("http://gpu", False)],
)
async def test_what_crosses_the_internet_unencrypted_is_warned_of(
    base_url: str, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def get_json(*_: object, **__: object) -> Any:
        return OPENAI_LIST

    monkeypatch.setattr(UpstreamClient, "get_json", get_json)
    discovery = Discovery(UpstreamClient(connect_timeout=1))
    report = await discovery.check(Address(base_url=base_url, format="openai", api_key="sk"))
    assert (report.healthy, "unencrypted" in report.warning) == (True, warned)
