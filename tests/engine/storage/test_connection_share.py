"""Engines that share the embedded server leave connections for each other."""

import pytest

from pxbin_engine.storage.connection_share import embedded_pool, most_embedded_engines
from pxbin_engine.storage.postgres.conf import _SETTINGS


@pytest.mark.parametrize(
    ("wanted", "engines", "size"), [(25, 1, 8), (5, 1, 5), (25, 3, 8), (25, 5, 5), (25, 10, 2)]
)
def test_a_pool_is_as_large_as_its_share(wanted: int, engines: int, size: int) -> None:
    assert embedded_pool(wanted, engines=engines) == size


def test_all_of_them_fit_and_leave_some() -> None:
    engines = most_embedded_engines()
    used = engines * (embedded_pool(25, engines=engines) + 1)
    assert used + 6 <= int(_SETTINGS["max_connections"])
