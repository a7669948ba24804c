"""A key in cells."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_app.pages.keys.model import COLUMNS, cells, in_full
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
        "Codex", "pxb_01f2…", "2 days ago", "1 h ago", "1,200/min", "active",
    ]  # fmt: skip
    assert len(shown) == len(COLUMNS)


def test_a_revoked_key_is_grey_and_says_so() -> None:
    shown = cells(KeyRow(record=replace(RECORD, is_active=False), now=LATER))
    assert {cell.tone for cell in shown[:-1]} == {"text3"}
    assert (shown[-1].text, shown[-1].tone) == ("revoked", "neutral")


def test_a_key_that_was_never_used_says_never() -> None:
    assert cells(KeyRow(record=replace(RECORD, last_used_at=None), now=LATER))[3].text == "never"


EVERYTHING = replace(
    RECORD, rate_limit=60, tokens_per_minute=40_000, max_concurrency=2, allowed_models=("a", "b", "c"),
    expires_at=NOW.astimezone().replace(hour=0, minute=0, second=0) + timedelta(days=9),
)  # fmt: skip


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (replace(RECORD, rate_limit=None), "default limit"),
        (replace(RECORD, rate_limit=60, allowed_models=("a", "b", "c")), "60/min · 3 models"),
        (replace(RECORD, rate_limit=None, allowed_models=("claude-*",)), "claude-*"),
        (replace(RECORD, rate_limit=None, allowed_models=("claude-*", "a")), "2 patterns"),
        (EVERYTHING, "60/min · 40k tokens/min · 2 at once · 3 models · until 1 Dec"),
        (replace(RECORD, type="management", permissions=("read",)), "read"),
        (replace(RECORD, type="management", permissions=("read", "write")), "read, write"),
    ],
)
def test_what_a_key_may_do(record: KeyRecord, said: str) -> None:
    assert cells(KeyRow(record=record, now=NOW))[4].text == said


def test_all_of_it_is_told_in_full() -> None:
    assert in_full(KeyRow(record=EVERYTHING, now=NOW))[:4] == [
        "60 requests a minute",
        "40,000 tokens a minute",
        "2 requests at once",
        "Models: a, b, c",
    ]


def test_an_expired_key_says_so() -> None:
    row = KeyRow(record=replace(RECORD, expires_at=NOW - timedelta(seconds=1)), now=NOW)
    shown = cells(row)
    assert (shown[-1].text, shown[-1].tone, shown[0].tone) == ("expired", "warn", "text3")
    assert "until" not in shown[4].text
    assert in_full(row)[-1].startswith("Expired 23 Nov 2026")
    revoked = KeyRow(record=replace(row.record, is_active=False), now=NOW)
    assert cells(revoked)[-1].text == "revoked"
