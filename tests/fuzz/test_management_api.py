"""The management API of a running engine, asked by schemathesis what its own OpenAPI document says, and what it forbids.

The cases are the same ones each time. Of each operation so many are tried that fit the document, and so many that do not.
"""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.engine_process import EngineProcess, running_engine

CASES = 3
"""Of each operation and kind."""

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


async def a_furnished(engine: EngineProcess) -> dict[str, list[str]]:
    """An engine that has one of everything; the ids, by the collection."""
    upstream = await engine.add_upstream("u", "http://127.0.0.1:9/v1")
    await engine.add_model("m", upstream)
    await engine.add_key()
    await engine.call("POST", "aliases", {"pattern": "gpt-*", "model": "m"})
    await engine.call("POST", "budgets", {"name": "all", "limit": 5})
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{engine.base_url}/v1/messages", json={"model": "m"}) as answer,
    ):
        assert answer.status == 401  # refused, and has its row
    rows = await engine.logs(1)
    ids = {"logs": [row["id"] for row in rows]}
    for name in ("upstreams", "models", "aliases", "budgets"):
        ids[name] = [item["id"] for item in await engine.call("GET", name)]
    return ids


def play(engine: EngineProcess, document: Any, ids: dict[str, list[str]]) -> None:
    """Ask every operation, what deletes last; half of the ids are those of things that exist."""
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in sorted(operations, key=lambda one: bool(one.method.upper() == "DELETE")):
        for mode in GenerationMode:
            _ask(engine, operation, mode, ids)


def _ask(
    engine: EngineProcess, operation: Any, mode: GenerationMode, ids: dict[str, list[str]]
) -> None:
    checks = _CHECKS + [negative_data_rejection] * (mode is GenerationMode.NEGATIVE)
    known = ids.get(operation.path.split("/")[3], [])
    asked = 0

    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        nonlocal asked
        asked += 1
        if known and asked % 2 and "id" in case.path_parameters and mode is GenerationMode.POSITIVE:
            case.path_parameters["id"] = known[0]
        case.headers = {**(case.headers or {}), "x-api-key": engine.manager}
        response = case.call(base_url=engine.base_url)
        case.validate_response(response, checks=checks)

    ask()


@pytest.mark.timeout(180)
async def test_every_answer_is_as_the_document_says(tmp_path: Path) -> None:
    async with running_engine(tmp_path) as engine:
        ids = await a_furnished(engine)
        headers = {"x-api-key": engine.manager}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(f"{engine.base_url}/api/v1/openapi.json") as answer,
        ):
            document = await answer.json()
        await asyncio.to_thread(play, engine, document, ids)
