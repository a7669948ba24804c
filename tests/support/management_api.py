"""The management API over real use cases, spoken to by HTTP on loopback."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from pxbin_engine.records import Permission
from pxbin_engine.server.admin_routes import admin_app
from pxbin_engine.server.auth import Authenticator, KeyTable
from tests.support.control_plane import ControlPlane

UNKNOWN_ID = "0192b3c4-0000-7000-8000-000000000000"


class Api:
    """The management API over real stores, and a management key that may do everything.

    Attributes:
        headers: of the latest answer.
    """

    def __init__(
        self, control: ControlPlane, client: "TestClient[web.Request, web.Application]"
    ) -> None:
        self.control = control
        self._client = client
        self.key = ""
        self.headers: Mapping[str, str] = {}

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        data: bytes | io.BytesIO | None = None,
    ) -> tuple[int, Any]:
        """The status and the decoded answer; every answer must be JSON."""
        sent = {"x-api-key": self.key if key is None else key} | (headers or {})
        content = data if body is None else json.dumps(body).encode()
        async with self._client.request(
            method, f"/api/v1{path}", data=content, headers=sent
        ) as response:
            assert response.content_type == "application/json"
            self.headers = response.headers
            return response.status, json.loads(await response.read(), parse_float=Decimal)

    async def key_with(self, *permissions: Permission) -> str:
        """A management key of those permissions."""
        return (await self.control.keys.create("management", "test", permissions=permissions)).key


@pytest.fixture
async def api(control: ControlPlane) -> AsyncIterator[Api]:
    authenticator = Authenticator()
    app = web.Application()
    app.add_subapp(
        "/api",
        admin_app(
            control, lambda request: authenticator.authenticate(request.headers, "management")
        ),
    )

    async def reload(_: str) -> None:
        authenticator.keys = KeyTable(await control.keys.list())

    control.on_changed = reload
    async with TestClient(TestServer(app)) as client:
        api = Api(control, client)
        api.key = await api.key_with("read", "write")
        yield api


def error_of(answer: Any) -> tuple[str, str]:
    """The type and the message of an error, which must have the one shape."""
    assert answer.keys() == {"error"}
    assert answer["error"].keys() - {"field"} == {"type", "message"}
    return answer["error"]["type"], answer["error"]["message"]
