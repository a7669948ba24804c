"""What the fields of an upstream must hold; how they reach it is tested with the use cases."""

from typing import Any

import pytest

from pxbin_engine.admin.upstream_fields import a_format, a_preset, a_priority, a_secret
from pxbin_engine.errors import InvalidInput


def test_what_can_be_used_is_returned() -> None:
    assert a_format("gemini") == "gemini"
    assert a_preset("vllm") == "vllm"
    assert a_preset(None) is None
    assert a_priority(-3) == -3
    assert a_secret("  'sk-1' ") == "sk-1"
    assert a_secret("") is None


@pytest.mark.parametrize(
    ("check", "value", "field"),
    [
        (a_format, "soap", "format"),
        (a_preset, "nonsense", "preset"),
        (a_priority, 2**31, "priority"),
        (a_secret, "sk 1", "api_key"),
        (a_secret, "sk-\u00e9", "api_key"),
        (a_secret, "x" * 8001, "api_key"),
    ],
)
def test_what_cannot_is_refused_by_name(check: Any, value: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(value)
    assert refused.value.field == field
