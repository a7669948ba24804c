"""The table ``model_names``: under which names models stand in the log. A trigger of the log adds to it (see its migration)."""

from collections.abc import Sequence

from pxbin_engine.records import RequestFilter
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.request_filters import sql_of_names

_LOCK_WAIT_MS = 5000
_LOOKED_AT = 1000
# Each by itself, by the index; "not exists" would read the index from one end to the other.
_UNUSED = "(select true from requests r where r.model = n.model limit 1) is null"


class ModelNames:
    """Reads and clears it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fitting(self, where: RequestFilter, *, most: int) -> Sequence[str] | None:
        """The names of the models that ``where`` can find, some of them at least by a part of their name.

        None where it does not ask for parts of names, or where there are more than ``most``.
        """
        conditions, values = sql_of_names(where)
        if not conditions:
            return None
        rows = await self._database.fetch(
            f"select model from model_names where {' and '.join(conditions)} limit {most + 1}",  # noqa: S608  # constants of request_filters
            *values,
        )
        return None if len(rows) > most else [row["model"] for row in rows]

    async def forget_unused(self) -> None:
        """Drop names of which the log has no row any more; of very many, some each time.

        Clients make names up, so there is no end of them, and each is looked for in every day of the log.
        """
        some = f"select model from model_names order by random() limit {_LOOKED_AT}"  # noqa: S608  # constants
        unused = await self._database.fetch(f"select model from ({some}) n where {_UNUSED}")  # noqa: S608  # as above
        if not unused:
            return
        async with self._database.transaction() as connection:
            await connection.execute(f"set local lock_timeout = {_LOCK_WAIT_MS}")
            # Else a row could come between the look and the deletion, and its name would be missed.
            await connection.execute("lock table model_names in share row exclusive mode")
            await connection.execute(
                f"delete from model_names n where model = any($1) and {_UNUSED}",  # noqa: S608  # as above
                [row["model"] for row in unused],
            )
