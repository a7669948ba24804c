"""Foreign exceptions of the database -> pxbin's own, by one table."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from pxbin_engine.errors import (
    Conflict,
    DatabaseUnavailable,
    InvalidInput,
    PxbinError,
    StorageError,
)

# The first class that matches counts: the special stand before the general.
FAILURES: tuple[tuple[type[BaseException], type[PxbinError], str], ...] = (
    (asyncpg.UniqueViolationError, Conflict, "it exists already"),
    (asyncpg.ForeignKeyViolationError, InvalidInput, "it names something that does not exist"),
    (asyncpg.IntegrityConstraintViolationError, InvalidInput, "a value is not allowed"),
    (asyncpg.CannotConnectNowError, DatabaseUnavailable, "the database is starting or stopping"),
    (asyncpg.TooManyConnectionsError, DatabaseUnavailable, "the database has no free connection"),
    (asyncpg.InsufficientResourcesError, DatabaseUnavailable, "the database is out of resources"),
    (asyncpg.LockNotAvailableError, DatabaseUnavailable, "a lock was not free in time"),
    (asyncpg.TransactionRollbackError, DatabaseUnavailable, "another writer was in the way"),
    (asyncpg.QueryCanceledError, DatabaseUnavailable, "a statement took too long"),
    (asyncpg.OperatorInterventionError, DatabaseUnavailable, "the database ended the connection"),
    (
        asyncpg.PostgresConnectionError,
        DatabaseUnavailable,
        "the connection to the database was lost",
    ),
    (
        asyncpg.TargetServerAttributeNotMatched,
        DatabaseUnavailable,
        "no database host has the wanted role",
    ),
    (asyncpg.ReadOnlySQLTransactionError, DatabaseUnavailable, "the database takes no writes now"),
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        DatabaseUnavailable,
        "the database refused the login",
    ),
    (asyncpg.InvalidCatalogNameError, DatabaseUnavailable, "there is no such database"),
    (asyncpg.DataError, InvalidInput, "a value cannot be stored"),
    (asyncpg.ProgramLimitExceededError, InvalidInput, "a value is too large to be stored"),
    (asyncpg.ClientConfigurationError, DatabaseUnavailable, "database_url cannot be used"),
    (asyncpg.InterfaceError, DatabaseUnavailable, "the connection to the database is closed"),
    (asyncpg.PostgresError, StorageError, "the database refused a statement"),
    (asyncpg.InternalClientError, StorageError, "the database said something unexpected"),
    (TimeoutError, DatabaseUnavailable, "the database did not answer in time"),
    (asyncio.IncompleteReadError, DatabaseUnavailable, "the connection to the database was lost"),
    (OSError, DatabaseUnavailable, "the database cannot be reached"),
)

# What a person reads where a constraint of ours was broken; the database's own text would show values of the row.
CONSTRAINTS = {
    "keys_key_hash_key": "this key exists already",
    "keys_pkey": "this key exists already",
    "upstreams_name_key": "an upstream of this name exists already",
    "upstream_keys_label": "another key of this upstream has this label",
    "budgets_name_key": "a budget of this name exists already",
    "budgets_time_zone_check": "the database does not know this time zone",
    "models_name_key": "a model of this name exists already",
    "aliases_pattern_key_id_client_key": "this name means something already for that key and client",
    "aliases_key_id_fkey": "there is no such key",
    "model_targets_pkey": "a model cannot have the same target twice",
    "model_targets_upstream_id_fkey": "there is no such upstream",
}

_FOREIGN = tuple(foreign for foreign, _, _ in FAILURES)


def translate(error: BaseException) -> PxbinError:
    """The exception of pxbin that ``error`` means, with the first line of what it said."""
    for foreign, ours, text in FAILURES:
        if isinstance(error, foreign):
            known = CONSTRAINTS.get(getattr(error, "constraint_name", None) or "")
            return ours(known or f"{text} ({_said(error)})")
    return StorageError(f"the database failed ({type(error).__name__})")


def _said(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


@contextmanager
def translated() -> Iterator[None]:
    """Let only exceptions of ``errors.py`` out of the block."""
    try:
        yield
    except _FOREIGN as error:
        raise translate(error) from error
