"""What every test has: no stray error logs, and the fixtures of ``tests/support``.

A test in which something is logged at ERROR fails, because a user would have seen that line. A test that provokes
one on purpose says so: ``@pytest.mark.expects_error_log("part of the message")``.
"""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Windows are tested without a screen; set before anything of Qt is imported.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_NO_GLIB", "1")

# How long a case takes is the machine's: nothing here is timed.
settings.register_profile("pxbin", deadline=None)
settings.load_profile("pxbin")

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.database",
    "tests.support.control_plane",
    "tests.support.management_api",
    "tests.support.command_line",
]


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def no_stray_error_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail on ERROR logs that the test did not expect, and on expected ones that did not come."""
    expected = [mark.args[0] for mark in request.node.iter_markers("expects_error_log")]
    handler = _Errors()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
    texts = [f"{record.name}: {record.getMessage()}" for record in handler.records]
    stray = [text for text in texts if not any(part in text for part in expected)]
    missing = [part for part in expected if not any(part in text for text in texts)]
    assert not stray, f"stray error logs: {stray}"
    assert not missing, f"expected error logs that did not come: {missing}"
