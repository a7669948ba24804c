"""An upstream in cells."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_app.pages.upstreams.health import CheckResult
from pxbin_app.pages.upstreams.model import COLUMNS, cells
from pxbin_app.pages.upstreams.presenter import UpstreamRow
from pxbin_engine.records import (
    HealthReport,
    UpstreamHealthRecord,
    UpstreamKeyRecord,
    UpstreamRecord,
)
from tests.support.fake_engine import NOW

RECORD = UpstreamRecord(
    id=UUID(int=1), name="Z.ai", base_url="https://api.z.ai/api/paas/v4", format="openai", priority=10,
    secret_place="sealed", created_at=NOW, updated_at=NOW,
)  # fmt: skip
SEEN = UpstreamHealthRecord(
    upstream_id=RECORD.id, upstream_name="Z.ai", level="degraded", error_rate=0.125, recent_requests=40,
    last_failure_at=NOW - timedelta(minutes=3), last_failure="503", checked_at=NOW - timedelta(minutes=10),
)  # fmt: skip


def key(number: int, *, active: bool = True) -> UpstreamKeyRecord:
    return UpstreamKeyRecord(
        id=UUID(int=number), label="team" if number == 1 else "", secret_place="sealed", is_active=active,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def test_a_row_says_all_of_it() -> None:
    shown = cells(UpstreamRow(record=RECORD, models=("a", "b"), seen=SEEN, now=NOW))
    assert [cell.text for cell in shown] == [
        "Z.ai", "https://api.z.ai/api/paas/v4", "sealed", "degraded", "12%", "3 min ago",
        "10 min ago", "2", "10",
    ]  # fmt: skip
    assert len(shown) == len(COLUMNS)
    assert (shown[1].second, shown[2].icon) == ("OpenAI-compatible", "lock")
    assert (shown[3].tone, shown[5].tip) == ("warn", "503")


def test_what_nobody_knows_yet_is_no_zero() -> None:
    shown = cells(UpstreamRow(record=RECORD, now=NOW))
    assert [cell.text for cell in shown[3:7]] == ["not asked yet", "—", "—", "—"]


def test_a_test_of_ones_own_is_a_check_too() -> None:
    check = CheckResult(report=HealthReport(healthy=True), at=NOW - timedelta(minutes=1))
    row = UpstreamRow(record=RECORD, seen=SEEN, check=check, now=NOW)
    assert cells(row)[6].text == "1 min ago"


@pytest.mark.parametrize(
    ("keys", "text", "tip"),
    [
        ((key(1),), "sealed", "sealed in the database"),
        ((key(1), key(2)), "2 keys", "team\nKey 2"),
        ((key(1), key(2, active=False)), "1 of 2 keys on", "team\nKey 2"),
    ],
)
def test_its_keys(keys: tuple[UpstreamKeyRecord, ...], text: str, tip: str | None) -> None:
    cell = cells(UpstreamRow(record=replace(RECORD, keys=keys), now=NOW))[2]
    assert (cell.text, cell.tip) == (text, tip)
