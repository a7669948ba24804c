"""What the cells of a request say."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from pxbin_app.request_rows.cells import (
    CLIENT,
    COLUMNS,
    COST,
    MODEL,
    STATUS,
    TIME,
    TOKENS_IN,
    TOKENS_OUT,
    cell_tone,
    model_text,
    record_text,
    routed_to,
    time_text,
    tooltip,
)
from tests.support.database import a_request
from tests.support.traffic import started

RECORD = a_request(
    model="haiku",
    upstream_model="glm",
    client_name="Claude Code 2.1.330",
    input_tokens=1000,
    cache_read_tokens=5000,
    cache_write_5m_tokens=200,
    output_tokens=656,
    cost=Decimal("0.005"),
    latency_ms=9214.0,
)


def test_a_record_in_its_cells() -> None:
    texts = [record_text(RECORD, column) for column in range(len(COLUMNS)) if column != TIME]
    assert texts == ["200", "Claude Code", "haiku", "6.2k", "656", "$0.0050", "9.21 s"]
    assert routed_to(RECORD) == "glm"
    assert tooltip(RECORD, CLIENT) == "Claude Code 2.1.330"
    assert tooltip(RECORD, COST) is None
    assert str(RECORD.timestamp.astimezone().year) in str(tooltip(RECORD, TIME))


@pytest.mark.parametrize(
    ("values", "text", "tone"),
    [
        ({}, "200", "ok"),
        ({"status_code": 404, "outcome": "refused"}, "404", "warn"),
        ({"status_code": 503, "outcome": "upstream_error"}, "503", "err"),
        ({"outcome": "stream_error"}, "cut", "err"),
        ({"status_code": 499, "outcome": "cancelled"}, "left", "neutral"),
    ],
)
def test_a_status_is_a_word_and_a_tone(values: dict[str, Any], text: str, tone: str) -> None:
    record = a_request(**values)
    assert (record_text(record, STATUS), cell_tone(record, STATUS)) == (text, tone)
    assert str(tooltip(record, STATUS)).startswith(str(record.status_code))


@pytest.mark.parametrize(
    ("values", "text", "tone"),
    [
        ({"cost": Decimal(0)}, "—", None),
        ({"cost": Decimal(0), "output_tokens": 9}, "$0.00", None),
        ({"cost": None, "output_tokens": 9}, "no price", "warn"),
    ],
)
def test_an_unknown_cost_is_never_a_zero(
    values: dict[str, Any], text: str, tone: str | None
) -> None:
    record = a_request(**values)
    assert (record_text(record, COST), cell_tone(record, COST)) == (text, tone)


def test_a_row_without_model_shows_what_was_asked() -> None:
    record = a_request(method="GET", path="/nothing", status_code=404)
    assert record_text(record, MODEL) == "GET /nothing"
    assert record_text(record, TOKENS_IN) == record_text(record, TOKENS_OUT) == "—"


def test_times_of_other_days_have_their_day() -> None:
    now = datetime(2026, 11, 23, 12, 0).astimezone()
    assert time_text(now - timedelta(hours=23), now) == "13:00:00"
    assert time_text(now - timedelta(hours=25), now) == "22 Nov 11:00"


def test_the_name_that_the_client_said_stands_before_the_model() -> None:
    record = a_request(asked_model="opus", model="glm-4.6", upstream_model="glm-4.6-air")
    assert (model_text(record), routed_to(record)) == ("opus", "glm-4.6")
    assert tooltip(record, MODEL) == "opus → glm-4.6 → glm-4.6-air"


def test_of_one_in_flight_only_the_model_is_known() -> None:
    running = started(RECORD)
    assert (model_text(running), routed_to(running)) == ("haiku", None)
    assert cell_tone(running, STATUS) == "info"
    assert cell_tone(running, COST) is None
    assert tooltip(running, MODEL) == "haiku"
    assert tooltip(running, STATUS) is None
