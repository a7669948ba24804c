"""Names as Gemini takes them: legal ones untouched, others changed for ever in the same way, and undone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.gemini_generate.function_names import (
    original_names,
    wire_name,
)
from pxbin_engine.protocol.request import FunctionTool, Request

LEGAL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}\Z")


@pytest.mark.parametrize("name", ["Read", "mcp__server__tool", "ns.tool:do-it", "_x", "a" * 64])
def test_a_legal_name_is_itself(name: str) -> None:
    assert wire_name(name) == name


@pytest.mark.parametrize(
    ("name", "begin"),
    [("3d", "_d_"), ("-x", "_x_"), ("a b/ö", "a_b___"), ("", "__"), ("a" * 65, "a" * 55 + "_")],
)
def test_behaviour_15_another_name_gets_a_hash(name: str, begin: str) -> None:
    assert wire_name(name).startswith(begin)


@given(st.text(max_size=100), st.text(max_size=100))
def test_behaviour_15_every_name_becomes_legal_and_no_two_the_same(one: str, other: str) -> None:
    assert LEGAL.match(wire_name(one))
    assert (wire_name(one) == wire_name(other)) is (one == other)


def test_only_changed_names_are_undone() -> None:
    request = Request("m", (), tools=(FunctionTool("fine"), FunctionTool("not fine")))
    assert original_names(request) == {wire_name("not fine"): "not fine"}
