"""The database under an engine: the embedded one or the one that is configured, migrated, with its pool."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from pxbin_engine.config import EngineConfig
from pxbin_engine.events import DatabaseStateChanged, EventBus
from pxbin_engine.storage.connection_share import embedded_pool
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.migrations import migrate
from pxbin_engine.storage.server import EmbeddedServer, ServerState


@asynccontextmanager
async def database_of(
    config: EngineConfig, events: EventBus, *, engines: int
) -> AsyncIterator[tuple[str, Database]]:
    """The database of one of several engines on a data directory, and the DSN that it is reached by.

    Raises:
        StorageError: it cannot be started, reached or migrated; what was started is stopped again.
    """
    async with AsyncExitStack() as parts:
        dsn: str = config.database_url
        most = config.max_db_conns
        if config.embedded:
            server = _embedded_server(config, events)
            dsn = await server.start()
            parts.push_async_callback(server.stop)
            most = embedded_pool(most, engines=engines)
        await migrate(dsn, schema=config.database_schema)
        database = await Database.connect(
            dsn,
            schema=config.database_schema,
            min_size=min(config.min_db_conns, most),
            max_size=most,
        )
        parts.push_async_callback(database.close)
        yield dsn, database


def _embedded_server(config: EngineConfig, events: EventBus) -> EmbeddedServer:
    def away(detail: str) -> None:
        events.publish(DatabaseStateChanged(available=False, detail=detail))

    def state_changed(state: ServerState) -> None:
        if state is ServerState.RESTARTING:
            away("The embedded database is restarting.")

    return EmbeddedServer(config.data_dir, on_state=state_changed, on_exit=away)
