"""What is kept of a request further down: all that its line shows."""

from datetime import timedelta
from decimal import Decimal
from sys import getsizeof

from pxbin_app.request_rows.cells import (
    COLUMNS,
    TIME,
    cell_tone,
    model_text,
    record_text,
    routed_to,
    tooltip,
)
from pxbin_app.request_rows.listed import listed, tokens_in
from tests.support.database import a_request
from tests.support.fake_engine import NOW
from tests.support.traffic import a_days_requests

RECORDS = [
    *a_days_requests(60),
    a_request(asked_model="opus", model="glm", upstream_model="glm-air", cache_write_5m_tokens=7),
    a_request(model="", method="GET", path="/nothing", status_code=404, outcome="refused"),
    a_request(outcome="stream_error", error_message="It broke off.", cost=Decimal("1.5"), output_tokens=3),
]  # fmt: skip


def test_its_line_is_that_of_the_whole_row() -> None:
    for record in RECORDS:
        short = listed(record)
        for column in range(len(COLUMNS)):
            assert column == TIME or record_text(short, column) == record_text(record, column)
            assert cell_tone(short, column) == cell_tone(record, column)
            assert tooltip(short, column) == tooltip(record, column)
        assert (routed_to(short), model_text(short)) == (routed_to(record), model_text(record))
        assert (short.id, short.timestamp) == (record.id, record.timestamp)


def test_all_input_counts() -> None:
    record = a_request(input_tokens=1, cache_read_tokens=20, cache_write_5m_tokens=300)
    assert tokens_in(record) == tokens_in(listed(record)) == 321


def test_names_are_kept_once_and_the_rest_is_small() -> None:
    one, other = (
        listed(a_request(at=NOW + timedelta(seconds=n), model=f"glm {len('four')}.6"))
        for n in (1, 2)
    )
    assert one.model is other.model
    assert getsizeof(one) < 200
