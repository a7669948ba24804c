"""Every store of the room is offered, on the pool that was given."""

import importlib
import inspect
import pkgutil

from pxbin_engine import storage
from pxbin_engine.storage.database import Database
from pxbin_engine.storage.stores import Stores

NOT_OF_A_POOL_ALONE = {"SecretStore", "LatencyStore"}
"""What is made of another store; what the statistics have inside."""


async def test_none_is_missing_and_all_are_on_one_pool(database: Database) -> None:
    offered = vars(Stores(database))
    assert offered.pop("database") is database
    there = {
        name
        for module in pkgutil.iter_modules(storage.__path__, "pxbin_engine.storage.")
        for name, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        if name.endswith("Store") and kind.__module__ == module.name
    }
    names = {type(store).__name__ for store in offered.values()}
    assert there - NOT_OF_A_POOL_ALONE == {name for name in names if name.endswith("Store")}
    assert len(names) == len(offered)
    assert all(database in vars(store).values() for store in offered.values())
