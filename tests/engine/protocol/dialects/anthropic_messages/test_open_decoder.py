import pytest
from msgspec import Raw, Struct

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialects.anthropic_messages.open_decoder import OpenDecoder


class Plain(Struct, forbid_unknown_fields=True):
    name: str
    inner: dict[str, int] = {}


class Cat(Struct, forbid_unknown_fields=True, tag_field="type", tag="cat"):
    lives: int = 9


class Dog(Struct, forbid_unknown_fields=True, tag_field="type", tag="dog"):
    name: str


PLAIN = OpenDecoder(Plain)
PETS: OpenDecoder[Cat | Dog] = OpenDecoder(Cat, Dog)


def test_known_fields_are_typed_and_unknown_ones_are_kept() -> None:
    assert PLAIN.decode(b'{"name":"a"}', "") == (Plain("a"), {})
    assert PLAIN.decode(b'{"new":[1,{"x":null}],"name":"a"}', "") == (
        Plain("a"),
        {"new": [1, {"x": None}]},
    )
    assert PETS.decode(Raw(b'{"type":"dog","name":"a","tail":1}'), "") == (Dog("a"), {"tail": 1})


def test_an_unknown_type_is_none() -> None:
    assert PETS.decode(b'{"type":"fish","name":7}', "pets.0") is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "at.name: Field required"),
        (b'{"name":1}', "at.name: Expected `str`, got `int`"),
        (b'{"name":1,"new":2}', "at.name: Expected `str`, got `int`"),
        (b'{"name":"a","inner":{"x":"y"}}', "at.inner: Expected `int`, got `str`"),
        (b"7", "at: Expected `object`, got `int`"),
    ],
)
def test_what_is_wrong_is_named_with_its_path(body: bytes, message: str) -> None:
    with pytest.raises(ProtocolError) as raised:
        PLAIN.decode(body, "at")
    assert raised.value.message == message


def test_a_type_is_required_where_types_differ() -> None:
    with pytest.raises(ProtocolError, match=r"pets\.0\.type: Field required"):
        PETS.decode(b"{}", "pets.0")


@pytest.mark.parametrize("body", [b"", b"{", b'{"name":"\xff"}', b'{"name":' + b"[" * 100_000])
def test_what_is_no_json_is_told_so(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        PLAIN.decode(body, "")
