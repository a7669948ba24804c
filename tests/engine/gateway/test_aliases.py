"""Aliases: which one wins, for whom."""

from typing import Any
from uuid import UUID

import pytest

from pxbin_engine.gateway.aliases import AliasTable, spoken
from pxbin_engine.records import AliasRecord
from tests.support.gateway import KEY, NOW, key_record

LAPTOP = key_record(KEY, name="laptop")
OTHER = UUID(int=77)


def an_alias(pattern: str, model: str = "m", **fields: Any) -> AliasRecord:
    return AliasRecord(
        **{
            "id": UUID(int=5),
            "pattern": pattern,
            "model": model,
            "created_at": NOW,
            "updated_at": NOW,
        }
        | fields
    )


CLAUDE = {"client": "Claude Code"}
MINE = {"key_id": LAPTOP.id}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param({"pattern": "*", **MINE}, {"pattern": "opus", **CLAUDE}, id="key-client"),
        pytest.param({"pattern": "opus*", **CLAUDE}, {"pattern": "*", **CLAUDE}, id="letters"),
        pytest.param({"pattern": "opus", **CLAUDE}, {"pattern": "*opus", **CLAUDE}, id="exact"),
        pytest.param(
            {"pattern": "*", "client": "Claude Code"},
            {"pattern": "*", "client": "Claude"},
            id="client",
        ),
        pytest.param({"pattern": "*", **MINE, **CLAUDE}, {"pattern": "*", **MINE}, id="both"),
    ],
)
def test_which_goes_first(better: dict[str, Any], worse: dict[str, Any]) -> None:
    one, other = an_alias(model="better", **better), an_alias(model="worse", **worse)
    for aliases in ([one, other], [other, one]):
        found = AliasTable(aliases).of_caller(("opus",), LAPTOP.id, "Claude Code 2.1.330")
        assert found is one


def test_among_those_for_everyone_too_the_longer_goes_first() -> None:
    table = AliasTable([an_alias("*"), an_alias("claude-*"), an_alias("claude-opus-*")])
    found = [table.of_everyone((name,)) for name in ("claude-opus-5", "claude-x", "x")]
    assert [alias.pattern if alias else None for alias in found] == [
        "claude-opus-*",
        "claude-*",
        "*",
    ]


@pytest.mark.parametrize(
    ("fields", "key_id", "client", "holds"),
    [
        (MINE, LAPTOP.id, "", True),
        (MINE, OTHER, "", False),
        (MINE, None, "", False),
        (CLAUDE, None, "claude code 2.1", True),
        (CLAUDE, None, "Codex 1", False),
        (CLAUDE, None, "", False),
        (MINE | CLAUDE, LAPTOP.id, "Codex 1", False),
    ],
)
def test_whom_it_concerns(
    fields: dict[str, Any], key_id: UUID | None, client: str, holds: bool
) -> None:
    table = AliasTable([an_alias("opus", **fields)])
    assert bool(table.of_caller(("opus",), key_id, client)) == holds
    assert table.of_everyone(("opus",)) is None


def test_what_is_switched_off_is_not_there() -> None:
    table = AliasTable([an_alias("*", is_active=False)])
    assert not table
    assert table.of_everyone(("x",)) is None


def test_the_names_that_are_said_for_someone() -> None:
    table = AliasTable(
        [an_alias("all"), an_alias("some*"), an_alias("mine", **MINE), an_alias("cc", **CLAUDE)]
    )
    assert table.exact(None, "") == {"all"}
    assert table.exact(LAPTOP.id, "") == {"all", "mine"}
    assert table.exact(None, "Claude Code 2") == {"all", "cc"}


@pytest.mark.parametrize(
    ("alias", "text"),
    [
        (an_alias("opus"), "the alias opus"),
        (an_alias("*"), "the alias * (the default model)"),
        (an_alias("*opus*", **CLAUDE), "the alias *opus* of Claude Code"),
        (an_alias("*", **MINE), "the alias * of the key laptop"),
    ],
)
def test_how_it_is_told(alias: AliasRecord, text: str) -> None:
    assert spoken(alias, LAPTOP) == text
