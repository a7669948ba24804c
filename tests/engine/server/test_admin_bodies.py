from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec import UNSET, Struct

from pxbin_engine.errors import InvalidInput
from pxbin_engine.server import admin_bodies as bodies

ID = "0192b3c4-0000-7000-8000-000000000000"


def test_what_is_not_said_is_unset_and_null_is_null() -> None:
    body = bodies.decode_body(b'{"rate_limit": null}', bodies.KeyChanges)
    assert body.rate_limit is None
    assert body.name is UNSET


def test_money_keeps_every_digit() -> None:
    body = bodies.decode_body(
        b'{"name": "m", "input_cost_per_million": 0.1000000000000000055}', bodies.NewModel
    )
    assert body.input_cost_per_million == Decimal("0.1000000000000000055")


def test_an_absent_body_is_an_empty_object() -> None:
    assert bodies.decode_body(b"", bodies.Bootstrap) == bodies.Bootstrap()


def test_texts_of_a_query_become_what_they_mean() -> None:
    query = bodies.decode_query(
        {
            "key_id": ID,
            "status_code": "400",
            "errors_only": "true",
            "from": "2026-01-01T01:00:00+01:00",
            "page": "2",
        },
        bodies.LogQuery,
    )
    assert query == bodies.LogQuery(
        key_id=UUID(ID),
        status_code=400,
        errors_only=True,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        page=2,
    )


@pytest.mark.parametrize(
    ("body", "kind", "field", "text"),
    [
        (b"{}", bodies.NewKey, "type", "missing required field"),
        (b'{"ids": ["x"]}', bodies.Ids, "ids[0]", "Invalid UUID"),
        (b'{"type": "llm", "name": null}', bodies.NewKey, "name", "got `null`"),
        (b'{"colour": 1}', bodies.Bootstrap, "colour", "unknown field"),
        (b"[]", bodies.Bootstrap, "", "Expected `object`"),
        (b"{", bodies.Bootstrap, "", "not JSON"),
    ],
)
def test_a_refusal_names_its_field(body: bytes, kind: type[Struct], field: str, text: str) -> None:
    with pytest.raises(InvalidInput, match=text) as refused:
        bodies.decode_body(body, kind)
    assert refused.value.field == field
    assert refused.value.message.startswith(field)
    assert "$" not in refused.value.message
