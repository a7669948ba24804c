"""Aliases: what is shown, and what each action asks of the engine."""

from uuid import UUID

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from pxbin_app.pages.models.alias_presenter import (
    CLAUDE_CODE,
    CLAUDE_CODE_NAMES,
    AliasesPresenter,
    AliasRow,
    AliasValues,
    problem_of,
    whom,
)
from pxbin_engine.admin import aliases as engine_aliases
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import AliasRecord, ModelRecord, TargetRecord
from tests.app.listing.test_presenter import Form
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled

ALIAS = AliasRecord(
    id=UUID(int=1), pattern="gpt-4*", model="glm-4.6", created_at=NOW, updated_at=NOW
)
MODEL = ModelRecord(
    id=UUID(int=2), name="glm-4.6", created_at=NOW, updated_at=NOW,
    targets=(TargetRecord(upstream_id=UUID(int=3), upstream_model="glm-4.6"),),
)  # fmt: skip
VALUES = AliasValues(pattern="gpt-4*", model="glm-4.6")


class Shown:
    """A presenter whose panel is in view, with two models and a key."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.said: list[tuple[str, str]] = []
        self.presenter = AliasesPresenter(
            bridge_to(self.engine), lambda text, tone: self.said.append((text, tone))
        )

    @property
    def rows(self) -> tuple[AliasRow, ...]:
        return self.presenter.rows

    async def open(self) -> "Shown":
        upstream = await self.engine.upstreams.create(
            name="Z.ai", base_url="http://z", format="openai"
        )
        await self.engine.models.import_models(upstream.id, ["glm-4.5-air", "glm-4.6"])
        self.key = (await self.engine.keys.create("llm", "laptop")).record
        self.presenter.start()
        await settled()
        return self

    async def save(self, values: AliasValues, record: AliasRecord | None = None) -> Form:
        form = Form()
        self.presenter.save(values, form, record)
        await settled()
        return form


@pytest.fixture
async def shown(qapp: QApplication) -> Shown:
    return await Shown().open()


async def test_an_alias_is_made_changed_and_deleted(shown: Shown) -> None:
    form = await shown.save(VALUES)
    assert form.told == [True, "accepted", False]
    assert shown.said[-1] == ("gpt-4* → glm-4.6 saved", "ok")
    changed = AliasValues(
        pattern="gpt-*", model="glm-4.5-air", key_id=shown.key.id, client="Codex", is_active=False
    )
    await shown.save(changed, shown.rows[0].record)
    [row] = shown.rows
    assert (row.record.pattern, row.record.model) == ("gpt-*", "glm-4.5-air")
    assert (row.record.client, row.record.is_active) == ("Codex", False)
    assert whom(row) == "key laptop, Codex"
    shown.presenter.delete(shown.rows)
    await settled()
    assert shown.rows == ()
    assert shown.said[-1] == ("gpt-* deleted", "ok")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (AliasValues(pattern=" ", model="glm-4.6"), "pattern"),
        (AliasValues(pattern="x", model="gone"), "model"),
    ],
)
async def test_what_cannot_be_used_is_said_at_its_field(
    shown: Shown, values: AliasValues, field: str
) -> None:
    form = await shown.save(values)
    assert form.told[1][0] == field  # type: ignore[index]


async def test_the_same_twice_is_the_forms_error(shown: Shown) -> None:
    await shown.save(VALUES)
    form = await shown.save(VALUES)
    assert isinstance(form.told[1], str)
    assert len(shown.rows) == 1


async def test_claude_codes_names_are_set_at_once_and_taken_back(shown: Shown) -> None:
    await shown.save(AliasValues(pattern="*opus*", model="glm-4.5-air"))  # for everyone: another
    form = Form()
    shown.presenter.set_claude_code({"*opus*": "glm-4.6", "*haiku*": "glm-4.5-air"}, form)
    await settled()
    assert "accepted" in form.told
    assert shown.presenter.claude_code == {"*opus*": "glm-4.6", "*haiku*": "glm-4.5-air"}
    shown.presenter.set_claude_code({"*opus*": "", "*haiku*": "glm-4.6"}, Form())
    await settled()
    assert shown.presenter.claude_code == {"*haiku*": "glm-4.6"}
    assert len(shown.rows) == 2


def test_claude_codes_names_are_those_of_the_engine() -> None:
    assert CLAUDE_CODE == engine_aliases.CLAUDE_CODE
    patterns = tuple(pattern for pattern, _, _ in CLAUDE_CODE_NAMES)
    assert patterns == tuple(engine_aliases.CLAUDE_CODE_PATTERNS.values())


async def test_it_is_switched_off_and_a_failure_is_told(shown: Shown) -> None:
    await shown.save(VALUES)
    shown.presenter.set_active(shown.rows, False)
    await settled()
    assert not shown.rows[0].record.is_active
    shown.engine.failure = DatabaseUnavailable("The database is away.")
    shown.presenter.delete(shown.rows)
    await settled()
    assert shown.said[-1] == ("The database is away.", "err")
    assert len(shown.rows) == 1


async def test_a_model_that_goes_is_told_here(shown: Shown) -> None:
    await shown.save(VALUES)
    assert shown.rows[0].problem == ""
    model = next(one for one in shown.presenter.models if one.name == "glm-4.6")
    await shown.engine.models.delete(model.id)
    await settled()
    assert shown.rows[0].problem == "There is no such model."


async def test_a_filter_finds_name_model_and_whom(shown: Shown) -> None:
    await shown.save(AliasValues(pattern="a", model="glm-4.6", client="Codex"))
    for sought, found in (("a", 1), ("GLM", 1), ("codex", 1), ("everyone", 0)):
        shown.presenter.set_filter(sought)
        assert len(shown.presenter.visible_rows) == found, sought


def test_why_a_model_cannot_be_served() -> None:
    assert problem_of(MODEL) == ""
    assert problem_of(None) == "There is no such model."
    assert problem_of(replace(MODEL, is_active=False)) == "The model is switched off."
    assert problem_of(replace(MODEL, targets=())) == "No upstream serves the model."
