"""Members of a JSON object exchanged without touching the others."""

import pytest

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.json_patch import drop_members, patch_model, read_members, write_members


def patch_members(body: bytes, changes: dict[str, bytes]) -> bytes:
    return write_members({**read_members(body), **changes})


def test_a_member_is_exchanged_in_its_place_and_the_bytes_of_the_rest_stay() -> None:
    body = b'{ "a" : 1.0e5, "model":"x" , "b":{"model": "\\u0041"} }'
    assert (
        patch_members(body, {"model": b'"y"'})
        == b'{"a":1.0e5,"model":"y","b":{"model": "\\u0041"}}'
    )


def test_a_new_member_comes_last_and_a_repeated_one_counts_once() -> None:
    assert patch_members(b'{"a":1,"a":2}', {"b": b"[]"}) == b'{"a":2,"b":[]}'


def test_names_with_escapes_stay_the_names_they_are() -> None:
    assert patch_members(b'{"m\\u006fdel":1,"q\\"":2}', {"model": b"3"}) == b'{"model":3,"q\\"":2}'


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"a":', b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError, match="not a JSON object"):
        patch_members(body, {})


def test_the_model_is_exchanged_in_the_bytes_and_no_other_byte_changes() -> None:
    body = b'{ "x":[{"model":"old"}],\n "model" :"old" , "y":1.0e5}'
    assert patch_model(body, 'n"ew') == b'{ "x":[{"model":"old"}],\n "model" :"n\\"ew" , "y":1.0e5}'


@pytest.mark.parametrize("body", [b"{}", b'{"model":"a","model":"b"}', b"[]", b"\xff"])
def test_a_body_without_one_model_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError, match="model"):
        patch_model(body, "new")


def test_members_are_dropped_at_any_depth_and_the_rest_stays() -> None:
    body = b'{"a":1.0e5,"b":{"c":1,"d":2},"e":[{"c":1}]}'
    assert drop_members(body, ["b.c"]) == (b'{"a":1.0e5,"b":{"d":2},"e":[{"c":1}]}', ["b.c"])
    assert drop_members(body, ["a", "b"]) == (b'{"e":[{"c":1}]}', ["a", "b"])
    for missing in ("x", "b.x", "a.c", "e.c"):
        assert drop_members(body, [missing]) == (body, [])
