"""The routing table: which targets a name has, in which order."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from multidict import CIMultiDict, CIMultiDictProxy

from pxbin_engine.errors import SecretUndecryptable
from pxbin_engine.gateway.routing import EMPTY, WIDE_WINDOW, Meaning, RoutingTable, with_wide_window
from pxbin_engine.protocol.quirks import quirks_for
from pxbin_engine.records import (
    AliasRecord,
    LearnedQuirk,
    ModelRecord,
    TargetRecord,
    UpstreamRecord,
)
from tests.support.gateway import key_record, with_keys

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIRST, SECOND, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)


def upstream(upstream_id: UUID, *, priority: int = 0, is_active: bool = True) -> UpstreamRecord:
    return UpstreamRecord(
        id=upstream_id,
        name=f"u{upstream_id.int}",
        base_url="http://u",
        format="openai",
        priority=priority,
        is_active=is_active,
        created_at=NOW,
        updated_at=NOW,
    )


def model(name: str, *targets: TargetRecord, is_active: bool = True) -> ModelRecord:
    return ModelRecord(
        id=UUID(int=9),
        name=name,
        targets=targets,
        is_active=is_active,
        created_at=NOW,
        updated_at=NOW,
    )


def to(upstream_id: UUID, name: str = "m", priority: int = 0) -> TargetRecord:
    return TargetRecord(upstream_id=upstream_id, upstream_model=name, priority=priority)


def order(table: RoutingTable, name: str) -> list[str]:
    route = table.resolve(name)
    assert route is not None
    return [target.upstream.name for target in route.targets]


def test_targets_are_tried_by_their_priority_then_their_upstreams() -> None:
    upstreams = [upstream(FIRST, priority=5), upstream(SECOND), upstream(THIRD)]
    models = [model("m", to(FIRST), to(SECOND, priority=1), to(THIRD))]
    assert order(RoutingTable.build(models, upstreams, {}), "m") == ["u3", "u1", "u2"]


def test_equal_priorities_keep_the_models_order() -> None:
    models = [model("m", to(SECOND), to(FIRST))]
    table = RoutingTable.build(models, [upstream(FIRST), upstream(SECOND)], {})
    assert order(table, "m") == ["u2", "u1"]


def test_what_is_switched_off_is_left_out() -> None:
    upstreams = [upstream(FIRST, is_active=False), upstream(SECOND)]
    models = [model("m", to(FIRST), to(SECOND)), model("off", to(SECOND), is_active=False)]
    table = RoutingTable.build(models, upstreams, {})
    assert order(table, "m") == ["u2"]
    assert table.resolve("off") is None


def test_a_target_has_its_keys_or_the_reason_why_not() -> None:
    error = SecretUndecryptable("sealed with another key")
    models = [model("m", to(FIRST), to(SECOND), to(THIRD))]
    upstreams = [with_keys(upstream(FIRST)), with_keys(upstream(SECOND)), upstream(THIRD)]
    table = RoutingTable.build(models, upstreams, {FIRST: "sk-1", SECOND: error})
    route = table.resolve("m")
    assert route is not None
    assert [[(key.secret, key.error) for key in t.keys] for t in route.targets] == [
        [("sk-1", None)],
        [(None, "sealed with another key")],
        [(None, None)],
    ]
    assert "sk-1" not in repr(route)


def resolved(table: RoutingTable, name: str) -> tuple[str, bool] | None:
    route = table.resolve(name)
    return (route.model.name, route.wide) if route else None


@pytest.mark.parametrize(
    ("name", "model_and_wide"),
    [
        ("a", ("a", False)),
        ("a[1m]", ("a", True)),
        ("claude-a", ("a", False)),
        ("claude-a[1m]", ("a", True)),
        ("b[1m]", ("b[1m]", False)),
        ("claude-b[1m]", ("b[1m]", False)),
        ("claude-c", ("claude-c", False)),
        ("claude-c[1m]", ("claude-c", True)),
        ("claude-claude-c", ("claude-c", False)),
        ("b", None),
        ("claude-", None),
        ("[1m]", None),
        ("claude-[1m]", None),
        ("Claude-a", None),
    ],
)
def test_what_a_name_stands_for_counts_only_where_no_model_has_that_very_name(
    name: str, model_and_wide: tuple[str, bool] | None
) -> None:
    models = [model("a"), model("b[1m]"), model("c"), model("claude-c")]
    assert resolved(RoutingTable.build(models, [], {}), name) == model_and_wide


@pytest.mark.parametrize(
    ("headers", "betas"),
    [
        ({}, WIDE_WINDOW),
        ({"Anthropic-Beta": "x, y"}, f"x,y,{WIDE_WINDOW}"),
        ({"anthropic-beta": f"x,{WIDE_WINDOW}"}, f"x,{WIDE_WINDOW}"),
    ],
)
def test_the_beta_for_the_wide_window_is_added_once(headers: dict[str, str], betas: str) -> None:
    given = CIMultiDictProxy(CIMultiDict({"X-App": "cli"} | headers))
    wide = with_wide_window(given)
    assert wide["anthropic-beta"] == betas
    assert wide["x-app"] == "cli"
    assert given.get("anthropic-beta") == (next(iter(headers.values())) if headers else None)


def test_names_are_sorted() -> None:
    table = RoutingTable.build([model("z"), model("a")], [], {})
    assert [record.name for record in table.names] == ["a", "z"]
    assert EMPTY.names == ()


def test_a_models_own_limit_of_output_tokens_goes_with_its_targets() -> None:
    limited = replace(model("m", to(FIRST, "gpt-4o")), max_output_tokens=4096)
    route = RoutingTable.build([limited], [upstream(FIRST)], {}).resolve("m")
    assert route is not None
    assert route.targets[0].quirks == replace(
        quirks_for("http://u", "gpt-4o"), max_output_tokens=4096
    )


def learned(quirk: str, value: object, upstream_model: str = "m") -> LearnedQuirk:
    return LearnedQuirk(
        upstream_model=upstream_model, quirk=quirk, value=value, description="", learned_at=NOW
    )


def test_behaviour_16_what_an_upstream_taught_goes_with_its_targets_model_by_model() -> None:
    taught = replace(
        upstream(FIRST),
        learned=(
            learned("dropped_schema_keywords", ["propertyNames"]),
            learned("dropped_schema_keywords", ["$schema"]),
            learned("max_output_tokens", 8192),
            learned("text_only", True, "another"),
        ),
    )
    route = RoutingTable.build(
        [replace(model("m", to(FIRST)), max_output_tokens=32000)], [taught], {}
    ).resolve("m")
    assert route is not None
    quirks = route.targets[0].quirks
    assert quirks.dropped_schema_keywords == ("propertyNames", "$schema")
    assert quirks.max_output_tokens == 8192
    assert not quirks.text_only


def test_the_preset_that_was_chosen_says_which_program_answers() -> None:
    at_home = replace(upstream(FIRST), preset="vllm")
    route = RoutingTable.build([model("m", to(FIRST))], [at_home], {}).resolve("m")
    assert route is not None
    assert route.targets[0].quirks == quirks_for("http://u", "m", "vllm")


def an_alias(pattern: str, means: str, **fields: Any) -> AliasRecord:
    return AliasRecord(
        **{
            "id": UUID(int=5),
            "pattern": pattern,
            "model": means,
            "created_at": NOW,
            "updated_at": NOW,
        }
        | fields
    )


LAPTOP, CLAUDE = UUID(int=70), {"client": "Claude Code"}
CLIENT = "Claude Code 2.1.330"


def named(*aliases: AliasRecord) -> RoutingTable:
    """Two models, ``big`` and ``small``, one that is switched off, and these aliases."""
    models = [
        model("big", to(FIRST)),
        model("small", to(FIRST)),
        model("off", to(FIRST), is_active=False),
    ]
    return RoutingTable.build(models, [upstream(FIRST)], {}, aliases)


@pytest.mark.parametrize(
    ("aliases", "name", "means"),
    [
        pytest.param([an_alias("opus", "big")], "opus", "big", id="everyone"),
        pytest.param([an_alias("small", "big")], "small", "small", id="a model goes first"),
        pytest.param([an_alias("claude-small", "big")], "claude-small", "small", id="prefix too"),
        pytest.param([an_alias("small[1m]", "big")], "small[1m]", "small", id="mark too"),
        pytest.param([an_alias("small", "big", **CLAUDE)], "small", "big", id="client's before"),
        pytest.param([an_alias("*", "big", key_id=LAPTOP)], "small", "big", id="key's before"),
        pytest.param(
            [an_alias("*", "small", key_id=LAPTOP), an_alias("opus", "big", **CLAUDE)],
            "opus", "small", id="key's before client's",
        ),
        pytest.param([an_alias("*", "small")], "whatever", "small", id="the default"),
        pytest.param([an_alias("*", "small", key_id=UUID(int=71))], "x", None, id="another's key"),
        pytest.param([an_alias("fast", "small")], "claude-fast", "small", id="as it is listed"),
        pytest.param([an_alias("fast", "small")], "claude-fast[1m]", "small", id="with the mark"),
        pytest.param([an_alias("opus", "gone")], "opus", None, id="no such model"),
        pytest.param([an_alias("opus", "off")], "opus", None, id="switched off"),
        pytest.param([an_alias("a", "b"), an_alias("b", "big")], "a", None, id="no chains"),
    ],
)  # fmt: skip
def test_what_a_name_means(aliases: list[AliasRecord], name: str, means: str | None) -> None:
    table = named(*aliases)
    for _ in range(2):  # found, then remembered
        route = table.resolve(name, LAPTOP, CLIENT)
        assert (route.model.name if route else None) == means


def test_an_alias_that_leads_nowhere_is_told() -> None:
    alias = an_alias("opus", "gone")
    assert named(alias).meaning("opus") == Meaning(None, alias)


@pytest.mark.parametrize(
    ("pattern", "name", "wide"),
    [
        ("*opus*", "claude-opus-5[1m]", True),
        ("*opus*", "claude-opus-5", False),
        ("opus[1m]", "opus[1m]", False),
        ("*", "x[1m]", True),
    ],
)
def test_the_mark_of_the_wide_window_is_kept_through_an_alias(
    pattern: str, name: str, wide: bool
) -> None:
    route = named(an_alias(pattern, "big")).resolve(name)
    assert route is not None
    assert route.wide == wide


def test_what_is_remembered_is_each_callers_own_and_bounded() -> None:
    table = named(an_alias("*", "small", key_id=LAPTOP), an_alias("*", "big"))
    for number in range(5000):
        mine, theirs = table.resolve(f"n{number}", LAPTOP), table.resolve(f"n{number}", FIRST)
        assert mine is not None
        assert theirs is not None
        assert (mine.model.name, theirs.model.name) == ("small", "big")
    assert len(table._meanings) <= 4096
    before = len(table._meanings)
    assert table.resolve("x" * 10_000) is not None
    assert len(table._meanings) == before


def test_what_a_key_is_offered() -> None:
    table = named(
        an_alias("fast", "small"),
        an_alias("mine", "big", key_id=LAPTOP),
        an_alias("some*", "big"),
        an_alias("lost", "gone"),
        an_alias("small", "big"),
        an_alias("cc", "big", **CLAUDE),
    )
    everyone = {m.name: m.provider for m in table.offered(None)}
    assert list(everyone) == ["big", "fast", "small"]
    laptop = key_record("pxb_x", id=LAPTOP, allowed_models=("big",))
    assert [m.name for m in table.offered(laptop)] == ["big", "mine"]
    assert [m.name for m in table.offered(laptop, CLIENT)] == ["big", "cc", "mine"]
    assert table.offered(key_record("pxb_x", allowed_models=("none",))) == ()
