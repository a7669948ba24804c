"""``pxbin-engine migrate`` and ``check``: bring the database up to date, and say whether everything works."""

from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pxbin_engine.cli.answers import Answer, as_table
from pxbin_engine.cli.command import on_engine
from pxbin_engine.cli.upstreams import describe
from pxbin_engine.config import EngineConfig
from pxbin_engine.engine import Engine
from pxbin_engine.storage.migrations import migrate as apply_migrations
from pxbin_engine.storage.server import EmbeddedServer


async def migrate(config: EngineConfig, _: Namespace) -> Answer:
    """Apply the migrations that the database lacks."""
    async with _dsn(config) as dsn:
        applied = await apply_migrations(dsn, schema=config.database_schema)
    files = [migration.file for migration in applied]
    text = f"Applied: {', '.join(files)}." if files else "The database is up to date."
    return Answer(text, {"applied": files})


@asynccontextmanager
async def _dsn(config: EngineConfig) -> AsyncIterator[str]:
    if not config.embedded:
        yield config.database_url
        return
    server = EmbeddedServer(config.data_dir)
    dsn = await server.start()
    try:
        yield dsn
    finally:
        await server.stop()


@on_engine
async def check(engine: Engine, _: Namespace) -> Answer:
    """Whether the database, the secret store, every active upstream and the search provider answer."""
    config = engine.config
    database = (
        f"embedded, in {config.data_dir}" if config.embedded else "configured by database_url"
    )
    rows = [
        ("database", True, f"{database}, schema {config.database_schema}"),
        ("secrets", True, engine.upstreams.secret_description),
    ]
    for upstream in await engine.upstreams.list():
        if upstream.is_active:
            report = await engine.upstreams.check(upstream.id)
            rows.append((f"upstream {upstream.name}", report.healthy, describe(report)))
    if engine.search is not None:
        found = await engine.search.search("pxbin")
        told = found.reason or f"{engine.search.name} found {len(found.hits)} pages"
        rows.append(("web search", found.error is None, told))
    data = [{"what": what, "works": works, "detail": detail} for what, works, detail in rows]
    text = as_table(("WHAT", "WORKS", "DETAIL"), rows)
    return Answer(text, data, failed=not all(works for _, works, _ in rows))
