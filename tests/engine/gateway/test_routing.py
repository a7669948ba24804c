"""The routing table: which targets a name has, in which order."""

from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.errors import SecretUndecryptable
from pxbin_engine.gateway.routing import EMPTY, RoutingTable
from pxbin_engine.protocol.quirks import quirks_for
from pxbin_engine.records import ModelRecord, TargetRecord, UpstreamRecord

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


def test_a_target_has_its_key_or_the_reason_why_not() -> None:
    error = SecretUndecryptable("sealed with another key")
    models = [model("m", to(FIRST), to(SECOND), to(THIRD))]
    upstreams = [upstream(FIRST), upstream(SECOND), upstream(THIRD)]
    table = RoutingTable.build(models, upstreams, {FIRST: "sk-1", SECOND: error, THIRD: None})
    route = table.resolve("m")
    assert route is not None
    assert [(t.api_key, t.key_error) for t in route.targets] == [
        ("sk-1", None),
        (None, "sealed with another key"),
        (None, None),
    ]
    assert "sk-1" not in repr(route.targets[0])


def test_claudes_window_suffix_is_taken_off_only_where_the_whole_name_is_unknown() -> None:
    table = RoutingTable.build([model("a", to(FIRST)), model("b[1m]", to(FIRST))], [], {})
    assert table.resolve("a[1m]") is table.resolve("a") is not None
    assert table.resolve("b[1m]") is not None
    assert table.resolve("b") is None


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
