"""Each route decodes what its shape says, and the fields that scripts rely on are there."""

import contextlib
from uuid import UUID

import pytest

from pxbin_engine.server.admin_routes import ROUTES, Route, openapi_document
from pxbin_engine.server.route_shapes import SHAPES

EACH = pytest.mark.parametrize(
    "route", ROUTES, ids=[f"{route.method} {route.path}" for route in ROUTES]
)

CONTRACT = {
    "CreatedKeyItem": "key id name created_at",
    "LlmKeyItem": "id key_prefix name is_active rate_limit last_used_at metadata created_at updated_at",
    "ManagementKeyItem": "id key_prefix name is_active permissions last_used_at created_at updated_at",
    "UpstreamRecord": "id name base_url format is_active priority created_at updated_at",
    "HealthReport": "healthy models_found tested_model latency_ms error",
    "DiscoveredModel": "id owned_by",
    "ImportReport": "upstream models_created models_skipped",
    "PricingReport": "models_updated models_not_found total_models",
    "ModelRecord": "id name display_name provider upstream_id input_cost_per_million output_cost_per_million"
    " is_active created_at updated_at",
    "LogItem": "id llm_key_id timestamp method path model input_format upstream_id status_code latency_ms input_tokens"
    " output_tokens cache_creation_tokens cache_read_tokens cost overhead_us error_message request_metadata created_at",
    "StatsOverview": "total_requests total_input_tokens total_output_tokens total_cache_read_tokens cache_hit_rate"
    " total_cost avg_latency_ms avg_overhead_us error_count error_rate",
    "KeyUsage": "key_id key_prefix key_name total_requests total_input_tokens total_output_tokens total_cost avg_latency_ms",
    "ModelUsage": "model total_requests total_input_tokens total_output_tokens total_cost avg_latency_ms",
    "UsageBucket": "bucket requests input_tokens output_tokens cost avg_latency_ms avg_overhead_us errors",
    "LatencyStats": "p50 p95 p99 overhead_p50_us overhead_p95_us overhead_p99_us",
    "NewKey": "type name rate_limit permissions",
    "NewUpstream": "name base_url api_key format priority is_active",
    "HealthCheck": "upstream_id base_url api_key format",
    "Bootstrap": "bootstrap_key type name",
    "Import": "upstream_id models",
    "ImportedModel": "name provider",
}
"""Fields of the original API; more may be added, none may go."""


@pytest.mark.parametrize("name", CONTRACT)
def test_no_field_of_the_original_api_is_gone(name: str) -> None:
    schema = openapi_document()["components"]["schemas"][name]
    assert set(CONTRACT[name].split()) - schema["properties"].keys() == set()


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/v1/keys", "type page per_page"),
        ("/v1/logs", "key_id model status_code input_format from to page per_page cursor"),
        ("/v1/stats/overview", "period"),
        ("/v1/stats/by-key", "period"),
        ("/v1/stats/by-model", "period"),
        ("/v1/stats/timeseries", "period interval tz"),
        ("/v1/stats/latency", "period"),
    ],
)
def test_no_parameter_of_the_original_api_is_gone(path: str, parameters: str) -> None:
    told = openapi_document()["paths"][f"/api{path}"]["get"]["parameters"]
    assert set(parameters.split()) - {parameter["name"] for parameter in told} == set()


def test_every_route_has_a_shape_and_no_shape_is_left_over() -> None:
    assert {(route.method, route.path) for route in ROUTES} == {*SHAPES}


class _Anything:
    """A body, a query or use cases: whatever a handler does with it comes after the decoding."""

    def __getattr__(self, _: str) -> "_Anything":
        return self


class _Recording:
    """A call that notes what the handler decodes, and goes no further than the use case."""

    def __init__(self) -> None:
        self.asked: dict[str, type] = {}
        self.id, self.bootstrap_key, self.caller = UUID(int=1), "", ""
        self.admin = _Anything()

    def id_of(self, _: str) -> UUID:
        return self.id

    def query(self, kind: type) -> _Anything:
        self.asked["query"] = kind
        return _Anything()

    async def body(self, kind: type, **_: int) -> _Anything:
        self.asked["body"] = kind
        return _Anything()


@EACH
async def test_the_handler_decodes_what_the_document_says(route: Route) -> None:
    call = _Recording()
    shape = SHAPES[route.method, route.path]
    said = {"query": shape.query, "body": shape.body}
    with contextlib.suppress(Exception):  # whatever stops it: what it asked for before counts
        await route.handler(call)  # type: ignore[arg-type]  # as much of a call as is needed
    assert call.asked == {name: kind for name, kind in said.items() if kind}
