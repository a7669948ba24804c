"""Names and keys as upstreams take them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.request import FunctionTool, Request
from pxbin_engine.protocol.wire_names import original_names, wire_key, wire_name

LEGAL = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")


@given(st.text(min_size=1, max_size=120))
def test_behaviour_15_any_name_becomes_a_legal_one_and_is_undone(name: str) -> None:
    sent = wire_name(name)
    assert LEGAL.match(sent)
    assert original_names(Request("m", (), tools=(FunctionTool(name),))).get(sent, sent) == name


def test_behaviour_15_the_hash_is_stable_and_tells_long_names_apart() -> None:
    assert wire_name("mcp__a.b") == "mcp__a_b_a8620848"
    assert wire_name("x" * 64) == "x" * 64
    assert wire_name("x" * 65) != wire_name("x" * 66)


def test_a_long_key_becomes_one_of_64_letters_that_stays() -> None:
    assert wire_key("k" * 64) == "k" * 64
    assert len(wire_key("k" * 65)) == 64
    assert wire_key("k" * 65) != wire_key("k" * 66)
