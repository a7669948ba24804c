"""A key in cells."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_app.pages.keys.model import COLUMNS, allowed, cells
from pxbin_app.pages.keys.presenter import KeyRow
from pxbin_engine.records import KeyRecord
from tests.support.fake_engine import NOW

RECORD = KeyRecord(
    id=UUID(int=1), type="llm", name="Codex", key_prefix="pxb_01f2", rate_limit=1200, created_at=NOW, updated_at=NOW,
    last_used_at=NOW + timedelta(days=2, hours=-1),
)  # fmt: skip
LATER = NOW + timedelta(days=2)


def test_a_row_says_all_of_it() -> None:
    shown = cells(KeyRow(record=RECORD, now=LATER))
    assert [cell.text for cell in shown] == [
        "Codex", "pxb_01f2…", "2 days ago", "1 h ago", "1,200 requests a minute", "active",
    ]  # fmt: skip
    assert len(shown) == len(COLUMNS)


def test_a_revoked_key_is_grey_and_says_so() -> None:
    shown = cells(KeyRow(record=replace(RECORD, is_active=False), now=LATER))
    assert {cell.tone for cell in shown[:-1]} == {"text3"}
    assert (shown[-1].text, shown[-1].tone) == ("revoked", "neutral")


def test_a_key_that_was_never_used_says_never() -> None:
    assert cells(KeyRow(record=replace(RECORD, last_used_at=None), now=LATER))[3].text == "never"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (replace(RECORD, rate_limit=None), "default limit"),
        (replace(RECORD, type="management", permissions=("read",)), "read"),
        (replace(RECORD, type="management", permissions=("read", "write")), "read, write"),
    ],
)
def test_what_a_key_may_do(record: KeyRecord, said: str) -> None:
    assert allowed(record) == said
