"""Which names models have in the log, and which of them a filter can find."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from pxbin_engine.admin.log_query import parse
from pxbin_engine.records import RequestFilter
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.migrations import load_migrations, migrate
from pxbin_engine.storage.model_names import ModelNames
from pxbin_engine.storage.requests import RequestStore
from pxbin_engine.storage.totals import Totals
from tests.support.database import NOW, a_request

MODELS = ("glm-4.5", "glm-4.6", "GLM-x", "gpt-5.2", "100%_sure", "")


async def names(database: Database) -> set[str]:
    return {row["model"] for row in await database.fetch("select model from model_names")}


@pytest.fixture
async def model_names(database: Database) -> ModelNames:
    store = RequestStore(database)
    for _ in range(2):
        await store.insert_batch([a_request(model=model) for model in MODELS])
    return ModelNames(database)


FOUND: dict[str, set[str] | None] = {
    "model:glm": {"glm-4.5", "glm-4.6", "GLM-x"},
    "model:glm -model:x": {"glm-4.5", "glm-4.6"},
    "model:glm,sure model:4": {"glm-4.5", "glm-4.6"},
    "model:%": {"100%_sure"},
    "model:nothing": set(),
    "model:glm status:500": {"glm-4.5", "glm-4.6", "GLM-x"},
    "-model:glm": None,
    "status:500": None,
    "glm": None,
    "": None,
}


@pytest.mark.parametrize("query", FOUND)
async def test_names_are_told_where_a_part_of_one_is_asked_for(
    model_names: ModelNames, query: str
) -> None:
    found = await model_names.fitting(parse(query, now=NOW).filter, most=10)
    assert (None if found is None else set(found)) == FOUND[query]


async def test_a_filter_of_old_asks_for_a_part_too(model_names: ModelNames) -> None:
    found = await model_names.fitting(RequestFilter(model="GLM", model_name="glm-4.5"), most=10)
    assert found == ["glm-4.5"]


async def test_more_names_than_asked_for_are_none(model_names: ModelNames) -> None:
    where = RequestFilter(model="glm")
    assert await model_names.fitting(where, most=2) is None
    assert await model_names.fitting(where, most=3) is not None


async def test_each_name_of_the_log_is_there_once_until_its_last_row_is_gone(
    database: Database, model_names: ModelNames
) -> None:
    assert await names(database) == set(MODELS)
    await model_names.forget_unused()
    assert await names(database) == set(MODELS)
    await database.write("delete from requests where model = 'glm-4.5' or model = ''")
    await Totals(database).maintain(now=NOW)
    assert await names(database) == set(MODELS) - {"glm-4.5", ""}


async def test_of_very_many_names_some_are_forgotten_each_time(
    database: Database, model_names: ModelNames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pxbin_engine.storage.model_names._LOOKED_AT", 2)
    await database.write("delete from requests")
    left = []
    for _ in range(3):
        await model_names.forget_unused()
        left.append(len(await names(database)))
    assert left == [4, 2, 0]


async def test_a_log_of_before_has_its_names(database_url: str, schema: str) -> None:
    files = load_migrations()
    (number,) = [file.version for file in files if file.name == "model_names"]
    await migrate(database_url, schema=schema, migrations=files[: number - 1])
    connection = await asyncpg.connect(database_url, server_settings={"search_path": schema})
    try:
        for number, model in enumerate(MODELS):
            await connection.execute(
                "insert into requests (id, timestamp, method, path, input_format, output_format, model, upstream_model,"
                " upstream_name, key_name, stream, status_code, outcome, input_tokens, output_tokens, cache_read_tokens,"
                " cache_write_5m_tokens, cache_write_1h_tokens, reasoning_tokens, usage_estimated, price_source,"
                " latency_ms, overhead_us, client_name, user_agent, remote_addr, attempts, losses, metadata)"
                " values (gen_random_uuid(), $1, 'POST', '/', '', '', $2, 'm', 'u', '', false, 200, 'ok', 0, 0, 0, 0, 0,"
                " 0, false, 'model', 10, 1, '', '', '', '[]', '[]', '{}')",
                datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=number),
                model,
            )
    finally:
        await connection.close()
    await migrate(database_url, schema=schema)
    database = await Database.connect(database_url, schema=schema)
    try:
        assert await names(database) == set(MODELS)
    finally:
        await database.close()
