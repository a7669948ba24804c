"""What a request that failed means, and what mends it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from pxbin_app.client_setup import advice
from pxbin_engine.records import AttemptRecord, RequestRecord

CASES = [
    ("refused", 401, (), advice.KEY_REFUSED),
    ("refused", 404, (), advice.NO_MODEL),
    ("refused", 429, (), advice.LIMITED),
    ("refused", 402, (), advice.LIMITED),
    ("refused", 503, (), advice.PAUSED),
    ("refused", 400, (), advice.NOT_UNDERSTOOD),
    ("upstream_error", 403, (401,), advice.UPSTREAM_KEY),
    ("upstream_error", 403, (500, 403), advice.UPSTREAM_KEY),
    ("client_error", 404, (404,), advice.NO_MODEL),
    ("upstream_error", 429, (429,), advice.UPSTREAM_BUSY),
    ("upstream_error", 529, (529,), advice.UPSTREAM_BUSY),
    ("client_error", 400, (400,), advice.NOT_UNDERSTOOD),
    ("upstream_error", 502, (None,), advice.UPSTREAM_FAILED),
    ("stream_error", 200, (200,), advice.CUT),
    ("cancelled", 499, (200,), advice.CUT),
]


@pytest.mark.parametrize(("outcome", "status", "attempts", "told"), CASES)
def test_the_advice_fits(
    outcome: Any, status: int, attempts: tuple[int | None, ...], told: str
) -> None:
    tried = tuple(
        AttemptRecord(upstream_id=None, upstream_name="u", upstream_model="m", status=answered)
        for answered in attempts
    )
    record = RequestRecord(
        id=UUID(int=1), timestamp=datetime(2026, 11, 24, tzinfo=UTC), method="POST", path="/", status_code=status,
        outcome=outcome, attempts=tried,
    )  # fmt: skip
    assert advice.advice_for(record) == told
