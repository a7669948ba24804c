"""The canonical error."""

import pytest

from pxbin_engine.protocol.error import ApiError


@pytest.mark.parametrize(
    ("code", "told"),
    [("rate_limit_exceeded", "rate_limit_exceeded"), ("INTERNAL", None), (None, None)],
)
def test_openais_clients_are_told_no_status_of_googles(code: str | None, told: str | None) -> None:
    assert ApiError("api", 500, "It failed.", code=code).code_for_openai == told
