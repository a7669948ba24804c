"""The listening socket: start, a stop in stages, web pages, and faults of our own."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from pxbin_engine.errors import AuthenticationFailed, ConfigError, LockedOut, PxbinError
from pxbin_engine.gateway.reply import Reply
from pxbin_engine.records import KeyRecord
from pxbin_engine.tasks import spawn
from tests.support.gateway import KEY, MANAGEMENT_KEY, Proxy, anthropic_request
from tests.support.upstream import (
    HANG,
    Answer,
    openai_completion,
    openai_events,
    openai_stream,
    sse_answer,
)

PAGE = "https://page.test"


async def test_a_taken_address_is_a_clear_error() -> None:
    async with Proxy() as proxy:
        other = Proxy(listen_addr=f"127.0.0.1:{proxy.port}")
        with pytest.raises(ConfigError, match=r"cannot listen at .*: Address already in use$"):
            await other.server.start()


async def test_a_client_that_asks_before_it_sends_its_body_is_told_to_go_on() -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_completion("Hello"))
        answer = await proxy.http.post(
            proxy.url + "/v1/messages?beta=true",
            json=anthropic_request(),
            headers={"x-api-key": KEY},
            expect100=True,
        )
        assert answer.status == 200
        answer.close()


async def test_stop_gives_what_is_in_flight_its_time() -> None:
    async with Proxy(grace_seconds=5.0) as proxy:
        proxy.upstreams[0].script(openai_completion("Hello").after(0.3))
        asking = spawn(proxy.post("/v1/messages", anthropic_request()), name="test")
        await _in_flight(proxy)
        await proxy.server.stop()
        assert (await asking).status == 200
        assert (await proxy.finished()).outcome == "ok"
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection(proxy.host, proxy.port)


async def test_stop_cancels_what_takes_longer() -> None:
    async with Proxy(grace_seconds=0.1) as proxy:
        proxy.upstreams[0].script(sse_answer(*openai_events("Hel")[:2], HANG))
        answer = await proxy.http.post(
            proxy.url + "/v1/messages",
            json=anthropic_request(stream=True),
            headers={"x-api-key": KEY},
        )
        async with asyncio.timeout(2):
            await proxy.server.stop()
        answer.close()
        row = await proxy.finished()
        assert row.outcome == "cancelled"
        assert row.error_message == "pxbin was stopped before the answer was complete."
        await asyncio.wait_for(proxy.upstreams[0].requests[0].left.wait(), 2)


async def test_stop_without_a_start_and_twice_is_harmless() -> None:
    proxy = Proxy()
    await proxy.server.stop()
    async with proxy:
        await proxy.server.stop()
        await proxy.server.stop()


@pytest.mark.expects_error_log("exchange.failed")
async def test_a_fault_of_our_own_is_a_500_in_json_with_a_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Proxy() as proxy:
        monkeypatch.setattr("pxbin_engine.gateway.door.find_route", _broken)
        seen = await proxy.post("/v1/messages", anthropic_request())
        assert (seen.status, seen.json["error"]["type"]) == (500, "api_error")
        assert "secret" not in seen.body.decode()
        row = await proxy.finished()
        assert (row.outcome, row.error_type) == ("refused", "internal_error")


@pytest.mark.expects_error_log("exchange.failed")
async def test_a_fault_in_mid_stream_breaks_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Proxy() as proxy:
        proxy.upstreams[0].script(openai_stream("Hel", "lo", pause=0.05))
        write = Reply.write

        async def write_once(reply: Reply, *data: Any, **more: Any) -> None:
            if reply.committed:
                _broken()
            await write(reply, *data, **more)

        monkeypatch.setattr(Reply, "write", write_once)
        with pytest.raises(Exception, match=r"payload|Disconnected"):
            await proxy.post("/v1/messages", anthropic_request(stream=True))
        assert (await proxy.finished()).outcome == "stream_error"


async def test_two_engines_can_be_chained() -> None:
    async with Proxy() as first, Proxy("anthropic") as second:
        second.upstream_model = "alias"
        second.route(first.url, secrets={_first_id(): KEY})
        first.upstreams[0].script(
            Answer(200, {"content-type": "text/event-stream"}, openai_events("Hi"))
        )
        seen = await second.post("/v1/messages", anthropic_request(stream=True))
        assert seen.text == "Hi"


# ---------------------------------------------------------------------- the management API and web pages


def _admin_app(authenticate: Callable[[web.Request], KeyRecord]) -> web.Application:
    async def whoami(request: web.Request) -> web.Response:
        return web.json_response({"data": authenticate(request).name})

    async def bootstrap(_: web.Request) -> web.Response:
        return web.json_response({"data": {}})

    @web.middleware
    async def errors(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            return await handler(request)  # type: ignore[no-any-return]  # aiohttp's handler is untyped
        except PxbinError as error:
            return web.json_response({"error": error.message}, status=403)

    app = web.Application(middlewares=[errors])
    app.router.add_get("/v1/whoami", whoami)
    app.router.add_post("/v1/bootstrap", bootstrap)
    return app


@pytest.mark.parametrize(
    ("origin", "allowed", "status"),
    [
        (None, (), 200),
        (PAGE, (), 403),
        ("null", (), 403),
        (PAGE, (PAGE,), 200),
        ("https://other.test", (PAGE,), 403),
    ],
)
async def test_web_pages_may_manage_only_where_they_are_listed(
    origin: str | None, allowed: tuple[str, ...], status: int
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with Proxy(admin_app=_admin_app, cors_origins=allowed) as proxy:
        seen = await proxy.ask("GET", "/api/v1/whoami", key=MANAGEMENT_KEY, **headers)
        assert seen.status == status
        seen = await proxy.ask("POST", "/api/v1/bootstrap", body={}, key=None, **headers)
        assert seen.status == status


async def test_what_is_no_page_but_says_it_is_one_may_use_the_proxy_alone() -> None:
    extension = {"Origin": "chrome-extension://abc"}
    async with Proxy(admin_app=_admin_app) as proxy:
        assert (await proxy.ask("GET", "/v1/models", **extension)).status == 200
        for path in ("/api/v1/whoami", "/%61pi/v1/whoami"):  # the router decodes it
            url = URL(proxy.url + path, encoded=True)
            headers = {**extension, "x-api-key": MANAGEMENT_KEY}
            async with proxy.http.get(url, headers=headers) as answer:
                assert answer.status == 403


async def test_without_cors_origins_there_are_no_cors_headers() -> None:
    async with Proxy() as proxy:
        seen = await proxy.ask("GET", "/health", Origin=PAGE)
        assert not [name for name in seen.headers if name.lower().startswith("access-control")]


async def test_a_listed_page_gets_its_preflight_and_its_header() -> None:
    asked: dict[str, Any] = {"Origin": PAGE, "Access_Control_Request_Method": "POST"}
    async with Proxy(cors_origins=(PAGE,)) as proxy:
        seen = await proxy.ask("OPTIONS", "/v1/messages", key=None, **asked)
        assert (seen.status, seen.headers["access-control-allow-origin"]) == (204, PAGE)
        assert "access-control-allow-credentials" not in seen.headers
        seen = await proxy.ask(
            "OPTIONS", "/v1/messages", key=None, **asked | {"Origin": "https://o.test"}
        )
        assert "access-control-allow-origin" not in seen.headers
        assert seen.status == 403


async def test_bootstrap_cannot_be_guessed() -> None:
    tried: list[str] = []

    def admin_app(_authenticate: Callable[[web.Request], KeyRecord]) -> web.Application:
        async def bootstrap(request: web.Request) -> web.Response:
            tried.append(request.headers["X-Bootstrap-Key"])
            raise AuthenticationFailed("The bootstrap key is not right.")

        return _with_errors(web.Application(), bootstrap)

    async with Proxy(admin_app=admin_app, bad_key_limit=3) as proxy:
        seen = [
            await proxy.ask(
                "POST", "/api/v1/bootstrap", body={}, key=None, X_Bootstrap_Key=f"guess-{n}"
            )
            for n in range(5)
        ]
        assert [answer.status for answer in seen] == [401, 401, 401, 429, 429]
        assert tried == ["guess-0", "guess-1", "guess-2"]


def _with_errors(app: web.Application, bootstrap: Any) -> web.Application:
    @web.middleware
    async def errors(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            return await handler(request)  # type: ignore[no-any-return]  # aiohttp's handler is untyped
        except PxbinError as error:
            return web.json_response({}, status=429 if isinstance(error, LockedOut) else 401)

    app.middlewares.append(errors)
    app.router.add_post("/v1/bootstrap", bootstrap)
    return app


async def test_probes_under_api_work_beside_the_management_api() -> None:
    async with Proxy(admin_app=_admin_app) as proxy:
        assert (await proxy.ask("HEAD", "/api/hello", key=None)).status == 200


async def _in_flight(proxy: Proxy) -> None:
    async with asyncio.timeout(2):
        while not proxy.gateway.in_flight:
            await asyncio.sleep(0.005)


def _broken(*_: object) -> None:
    raise ValueError("a secret detail")


def _first_id() -> Any:
    from uuid import UUID

    return UUID(int=1)
