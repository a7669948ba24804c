"""Asks an upstream what it has, and whether it works; nothing is paid unless that is asked for."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct, structs

from pxbin_engine.admin.model_list import decode_model_list
from pxbin_engine.errors import ProtocolError, UpstreamError
from pxbin_engine.gateway.addresses import IN_CLEAR, is_in_clear
from pxbin_engine.gateway.upstream import UpstreamClient
from pxbin_engine.protocol.quirks import PRESETS, quirks_for
from pxbin_engine.records import DiscoveredModel, HealthReport, UpstreamFormat

TIMEOUT = 10.0
"""Seconds that an upstream has for its model list, or for the one paid completion."""

_PAGE_SIZE = 1000  # the largest of Anthropic (platform.claude.com/docs/en/api/models-list) and Google (ai.google.dev/api/models)
_MOST_PAGES = 20  # an upstream whose pages never end is broken


class Address(Struct, frozen=True, kw_only=True):
    """Where to ask, and with which key; ``preset`` as in ``UpstreamRecord``."""

    base_url: str
    format: UpstreamFormat
    api_key: str | None
    preset: str | None = None

    @property
    def of_models(self) -> "Address":
        """Where the models are listed: elsewhere at the same host, where the vendor's preset for this address says so."""
        for preset in PRESETS:
            same = (preset.base_url, preset.format) == (self.base_url, self.format)
            if same and preset.models_url:
                return structs.replace(self, base_url=preset.models_url, format="openai")
        return self

    def __repr__(self) -> str:
        return f"Address({self.format} {self.base_url})"


class Discovery:
    """Questions to upstreams over the gateway's own client."""

    def __init__(
        self, client: UpstreamClient, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._monotonic = monotonic

    async def models(self, address: Address) -> tuple[DiscoveredModel, ...]:
        """What the upstream says it has, in its order, each id once.

        Raises:
            UpstreamError: there is no answer, it refuses the key, or the answer is no model list.
        """
        address = address.of_models
        found: dict[str, DiscoveredModel] = {}
        after_id: str | None = None
        for _ in range(_MOST_PAGES):
            try:
                page = decode_model_list(await self._get_models(address, after_id))
            except ProtocolError as error:
                raise UpstreamError(f"{address.base_url}: {error.message}") from error
            found |= {model.id: model for model in page.models}
            after_id = page.after_id
            if after_id is None:
                return tuple(found.values())
        raise UpstreamError(
            f"{address.base_url}: its model list has more than {_MOST_PAGES} pages."
        )

    async def failure(self, address: Address) -> str | None:
        """What keeps the upstream from answering a question that costs nothing; None: it answers.

        That it has no list of models, or not for this key, is an answer; that it does not take the key is none.
        """
        try:
            await self._get_models(address.of_models, None)
        except UpstreamError as error:
            return None if _is_alive(error.status) else error.message
        return None

    async def check(
        self, address: Address, *, paid: bool = False, model: str | None = None
    ) -> HealthReport:
        """Whether the upstream works: by its model list, and with ``paid`` by one tiny completion too."""
        started = self._monotonic()
        models: tuple[DiscoveredModel, ...] = ()
        tested: str | None = None
        failure: str | None = None
        try:
            if not (paid and model):
                models = await self.models(address)
            if paid:
                tested = model or _first(models)
                await self._complete(address, tested)
        except UpstreamError as error:
            failure = error.message
        return HealthReport(
            healthy=failure is None,
            models_found=len(models),
            tested_model=tested,
            latency_ms=round((self._monotonic() - started) * 1000, 1),
            error=failure,
            warning=IN_CLEAR if is_in_clear(address.base_url) else "",
        )

    async def _get_models(self, address: Address, after_id: str | None) -> Any:
        query: dict[str, Any] = {}
        path = "/v1/models"
        if address.format == "anthropic":
            query = {"limit": _PAGE_SIZE} | ({"after_id": after_id} if after_id else {})
        elif address.format == "gemini":
            path = "/v1beta/models"
            query = {"pageSize": _PAGE_SIZE} | ({"pageToken": after_id} if after_id else {})
        return await self._client.get_json(
            base_url=address.base_url,
            format=address.format,
            api_key=address.api_key,
            auth_header=_auth_header(address),
            path=path,
            query=urlencode(query),
            timeout=TIMEOUT,
        )

    async def _complete(self, address: Address, model: str) -> None:
        path, body = tiny_completion(address.format, model)
        try:
            await self._post(address, path, body)
        except UpstreamError as error:
            # OpenAI's reasoning models refuse the older name, most other servers know no newer one.
            if "max_completion_tokens" not in error.message or "max_tokens" not in body:
                raise
            body["max_completion_tokens"] = body.pop("max_tokens")
            await self._post(address, path, body)

    async def _post(self, address: Address, path: str, body: dict[str, Any]) -> None:
        await self._client.post_json(
            base_url=address.base_url,
            format=address.format,
            api_key=address.api_key,
            auth_header=_auth_header(address),
            path=path,
            body=msgspec.json.encode(body),
            timeout=TIMEOUT,
        )


def tiny_completion(upstream_format: UpstreamFormat, model: str) -> tuple[str, dict[str, Any]]:
    """The path and body of the cheapest request that proves a model answers."""
    if upstream_format == "openai-responses":
        # 16 is the least that the Responses API takes.
        return "/v1/responses", {
            "model": model,
            "input": "Hi",
            "max_output_tokens": 16,
            "store": False,
        }
    if upstream_format == "gemini":
        return f"/v1beta/models/{model.removeprefix('models/')}:generateContent", {
            "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
            "generationConfig": {"maxOutputTokens": 16},
        }
    messages = [{"role": "user", "content": "Hi"}]
    if upstream_format == "anthropic":
        return "/v1/messages", {"model": model, "max_tokens": 1, "messages": messages}
    return "/v1/chat/completions", {"model": model, "max_tokens": 16, "messages": messages}


def _is_alive(status: int | None) -> bool:
    """Whether who answered so works; 403 is what OpenAI says to keys that may do everything but list models."""
    return status is not None and (200 <= status < 300 or (400 <= status < 500 and status != 401))


def _auth_header(address: Address) -> str | None:
    return quirks_for(address.base_url, "", address.preset).auth_header


def _first(models: tuple[DiscoveredModel, ...]) -> str:
    if not models:
        raise UpstreamError("The upstream lists no model to test with.")
    return models[0].id
