import pytest

from pxbin_engine.protocol.dialects import DIALECTS, dialect_for


@pytest.mark.parametrize(
    ("format_name", "name"), [("anthropic", "anthropic_messages"), ("openai", "openai_chat")]
)
def test_an_upstreams_format_names_its_dialect(format_name: str, name: str) -> None:
    assert dialect_for(format_name) is DIALECTS[name]
    assert DIALECTS[name].name == name


def test_a_format_that_is_not_spoken_is_an_error() -> None:
    with pytest.raises(KeyError):
        dialect_for("smoke signals")
