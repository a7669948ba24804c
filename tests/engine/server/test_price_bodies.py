import pytest

from pxbin_engine.errors import InvalidInput
from pxbin_engine.server.admin_bodies import decode_body
from pxbin_engine.server.price_bodies import NewPrice, Reprice

REFUSED = {
    b'{"tiers": [{"service_tier": "slow", "input": 1}]}': (NewPrice, "tiers"),
    b'{"valid_from": "2026-01-01T00:00:00"}': (NewPrice, "valid_from"),
    b'{"since": "2026-01-01T00:00:00Z"}': (Reprice, "since"),
    b'{"every": 1}': (Reprice, "every"),
}


@pytest.mark.parametrize(("body", "expected"), REFUSED.items())
def test_what_is_no_such_body_is_refused_by_its_field(
    body: bytes, expected: tuple[type, str]
) -> None:
    kind, field = expected
    with pytest.raises(InvalidInput) as refused:
        decode_body(body, kind)
    assert refused.value.field.startswith(field)
