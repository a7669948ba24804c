"""An alias in cells."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from pxbin_app.pages.models.alias_model import COLUMNS, cells
from pxbin_app.pages.models.alias_presenter import AliasRow
from pxbin_engine.records import AliasRecord
from tests.support.fake_engine import NOW

RECORD = AliasRecord(
    id=UUID(int=1), pattern="gpt-4*", model="glm-4.6", created_at=NOW, updated_at=NOW
)


def test_a_row_says_all_of_it() -> None:
    shown = cells(AliasRow(record=replace(RECORD, client="Codex")))
    assert [cell.text for cell in shown] == ["gpt-4*", "glm-4.6", "Codex", "on"]
    assert len(shown) == len(COLUMNS)


def test_a_model_that_cannot_be_served_says_why_and_not_by_colour_alone() -> None:
    cell = cells(AliasRow(record=RECORD, problem="There is no such model."))[1]
    assert (cell.tone, cell.icon, cell.second) == (
        "err",
        "warning-circle",
        "There is no such model.",
    )


@pytest.mark.parametrize(
    ("client", "said"), [("", "every name without a model"), ("Claude Code", None)]
)
def test_the_default_model_is_called_so(client: str, said: str | None) -> None:
    row = AliasRow(record=replace(RECORD, pattern="*", client=client))
    assert cells(row)[0].second == said


def test_one_that_is_off_is_grey_and_says_so() -> None:
    shown = cells(AliasRow(record=replace(RECORD, is_active=False)))
    assert (shown[0].tone, shown[3].text) == ("text3", "off")
