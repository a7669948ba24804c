"""What was spent as rows."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from pxbin_app.pages.costs.model import (
    NO_CLIENT,
    NO_KEY,
    cells,
    columns,
    of_clients,
    of_keys,
    of_models,
    of_upstreams,
)
from pxbin_engine.records import ClientUsage, KeyUsage, ModelUsage, UpstreamUsage

USED: dict[str, Any] = {
    "total_requests": 10,
    "total_input_tokens": 1_000_000,
    "total_output_tokens": 200_000,
    "avg_latency_ms": 1.0,
}


def texts(row: Any) -> list[str]:
    return [cell.text for cell in cells(row)]


def test_a_row_for_each_model_with_its_share() -> None:
    usage = tuple(
        ModelUsage(model=name, total_cost=Decimal(cost), **USED)
        for name, cost in (("glm", "7.5"), ("qwen", "2.5"))
    )
    first, second = of_models(usage)
    assert texts(first) == ["glm", "10", "1.2M", "75%", "$7.50", ""]
    assert texts(second)[3:5] == ["25%", "$2.50"]
    assert len(cells(first)) == len(columns("Model"))
    assert first.id != second.id
    assert of_models(usage)[0].id == first.id


def test_what_has_no_price_is_never_zero() -> None:
    some = ModelUsage(model="a", total_cost=Decimal(1), unpriced_requests=3, **USED)
    none = ModelUsage(model="b", total_cost=Decimal(0), unpriced_requests=9, **USED)
    free = ModelUsage(model="c", total_cost=Decimal(0), **USED)
    rows = of_models((some, none, free))
    assert [texts(row)[3:] for row in rows] == [
        ["100%", "$1.00", "3"],
        ["—", "—", "9"],
        ["0%", "$0.00", ""],
    ]
    assert "no known price" in (cells(rows[0])[-1].tip or "")


def test_where_nothing_cost_anything_there_is_no_share() -> None:
    (row,) = of_models((ModelUsage(model="c", total_cost=Decimal(0), **USED),))
    assert row.share is None


def test_a_row_for_each_key_also_for_none() -> None:
    def usage(key_id: UUID | None, name: str, prefix: str) -> KeyUsage:
        return KeyUsage(
            key_id=key_id, key_name=name, key_prefix=prefix, total_cost=Decimal(1), **USED
        )

    rows = of_keys(
        (usage(UUID(int=1), "CI", "pxb_1"), usage(UUID(int=2), "", "pxb_2"), usage(None, "", ""))
    )
    assert [row.name for row in rows] == ["CI", "pxb_2", NO_KEY]
    assert rows[0].id == UUID(int=1)


def test_a_row_for_each_client_also_for_those_without_a_name() -> None:
    usage = tuple(
        ClientUsage(client=name, total_cost=Decimal(cost), **USED)
        for name, cost in (("Claude Code", 3), ("", 1))
    )
    rows = of_clients(usage)
    assert [(row.name, row.share) for row in rows] == [("Claude Code", 0.75), (NO_CLIENT, 0.25)]
    assert rows[0].id != rows[1].id


def test_a_row_for_each_upstream_the_most_expensive_first() -> None:
    usage = tuple(
        UpstreamUsage(
            upstream_id=UUID(int=cost),
            upstream_name=name,
            total_cost=Decimal(cost),
            error_count=0,
            p50_ttft_ms=None,
            **USED,
        )
        for name, cost in (("busy and cheap", 1), ("dear", 4))
    )
    rows = of_upstreams(usage)
    assert [(row.name, row.share) for row in rows] == [("dear", 0.8), ("busy and cheap", 0.2)]
    assert rows[0].id == UUID(int=4)
