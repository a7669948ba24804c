import asyncio
import inspect

import asyncpg
import pytest

from pxbin_engine.errors import (
    Conflict,
    DatabaseUnavailable,
    InvalidInput,
    PxbinError,
    StorageError,
)
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.failures import CONSTRAINTS, FAILURES, translate, translated

EVERY_ASYNCPG_ERROR = [
    error
    for _, error in inspect.getmembers(asyncpg.exceptions, inspect.isclass)
    if issubclass(error, Exception)
    and not issubclass(error, Warning)
    and issubclass(
        error, asyncpg.PostgresError | asyncpg.InterfaceError | asyncpg.InternalClientError
    )
]


@pytest.mark.parametrize("error", EVERY_ASYNCPG_ERROR, ids=lambda error: error.__name__)
def test_whatever_asyncpg_raises_becomes_one_of_ours(error: type[Exception]) -> None:
    with pytest.raises(PxbinError) as caught, translated():
        raise error("what it said\nand more")
    assert type(caught.value) in {Conflict, InvalidInput, DatabaseUnavailable, StorageError}
    assert caught.value.__cause__ is not None
    assert "and more" not in caught.value.message


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError(),
        ConnectionRefusedError(111, "refused"),
        asyncio.IncompleteReadError(b"", 1),
        OSError(),
    ],
)
def test_a_network_that_fails_is_a_database_that_is_away(error: Exception) -> None:
    assert type(translate(error)) is DatabaseUnavailable


def test_no_row_of_the_table_hides_a_later_one() -> None:
    kinds = [foreign for foreign, _, _ in FAILURES]
    hidden = [
        (later, kind)
        for n, kind in enumerate(kinds)
        for later in kinds[n + 1 :]
        if issubclass(later, kind)
    ]
    assert hidden == []


def test_what_is_no_failure_of_the_database_goes_through() -> None:
    for error in (asyncio.CancelledError(), KeyError("x"), InvalidInput("ours")):
        with pytest.raises(type(error)), translated():
            raise error


async def test_the_constraints_with_a_text_for_people_are_there(database: Database) -> None:
    rows = await database.fetch(
        "select conname as name from pg_constraint where connamespace = current_schema()::regnamespace"
        " union select indexname from pg_indexes where schemaname = current_schema()"
    )
    assert set(CONSTRAINTS) <= {row["name"] for row in rows}
