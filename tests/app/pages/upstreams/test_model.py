"""An upstream in cells."""

from uuid import UUID

from pxbin_app.pages.upstreams.model import COLUMNS, cells
from pxbin_app.pages.upstreams.presenter import UpstreamRow
from pxbin_engine.records import UpstreamRecord
from tests.support.fake_engine import NOW

RECORD = UpstreamRecord(
    id=UUID(int=1), name="Z.ai", base_url="https://api.z.ai/api/paas/v4", format="openai", priority=10,
    secret_place="sealed", created_at=NOW, updated_at=NOW,
)  # fmt: skip


def test_a_row_says_all_of_it() -> None:
    row = UpstreamRow(
        record=RECORD, models=("a", "b"), health="Failing", health_tone="err", reason="503"
    )
    shown = cells(row)
    assert [cell.text for cell in shown] == [
        "Z.ai", "OpenAI-compatible", "https://api.z.ai/api/paas/v4", "sealed in the database", "Failing", "2", "10",
        "on",
    ]  # fmt: skip
    assert len(shown) == len(COLUMNS)
    assert shown[3].icon == "lock"
    assert (shown[4].tone, shown[4].tip) == ("err", "503")
