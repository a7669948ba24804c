"""Calls of tools, told in deltas, whole, or in both."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses import upstream_wire as wire
from pxbin_engine.protocol.dialects.openai_responses.call_reader import (
    BrokenAnswer,
    CallReader,
    FreeformCallReader,
)
from pxbin_engine.protocol.dialects.openai_responses.item_reader import AnswerState
from pxbin_engine.protocol.freeform import freeform_input
from pxbin_engine.protocol.request import ToolCall
from pxbin_engine.protocol.stream import StreamCollector, ToolCallStart


def item(**fields: Any) -> wire.Item:
    return wire.Item(**{"call_id": "a", "name": "read", **fields})


def parts(state: AnswerState) -> tuple[Any, ...]:
    collector = StreamCollector()
    for event in state.out:
        collector.add(event)
    return collector.response().parts


def read(
    *deltas: str,
    begin: wire.Item | None = None,
    end: wire.Item | None = None,
    names: dict[str, str] | None = None,
) -> AnswerState:
    state = AnswerState(names or {})
    reader = CallReader(state)
    if begin is not None:
        reader.begin(begin)
    for delta in deltas:
        reader.take(wire.ArgumentsDelta(delta))
    reader.finish(end, Raw())
    return state


@pytest.mark.parametrize("deltas", [(), ("{",), ("{", "}"), ("", "{}")])
@pytest.mark.parametrize("begin", [item(), None])
def test_behaviour_02_a_call_gets_what_its_deltas_left_out(
    deltas: tuple[str, ...], begin: wire.Item | None
) -> None:
    state = read(*deltas, begin=begin, end=item(arguments="{}"))
    assert parts(state) == (ToolCall("a", "read", "{}"),)
    assert state.last_call == "whole"


def test_arguments_that_came_with_the_beginning_count_where_nothing_else_comes() -> None:
    assert parts(read(begin=item(arguments='{"a":1}')))[0].arguments == '{"a":1}'
    assert parts(read("{}", begin=item(arguments='{"a":1}')))[0].arguments == "{}"


def test_arguments_as_an_object_become_text() -> None:
    assert parts(read(end=item(arguments={"a": 1})))[0].arguments == '{"a":1}'


@pytest.mark.parametrize(
    ("arguments", "status", "last_call"),
    [
        ("{}", "completed", "whole"),
        ("{}", None, "whole"),
        ("{}", "incomplete", "cut"),
        ('{"a', "completed", "cut"),
        ("", "completed", "cut"),
    ],
)
def test_behaviour_05_whether_a_call_was_cut(
    arguments: str, status: str | None, last_call: str
) -> None:
    assert read(end=item(arguments=arguments, status=status)).last_call == last_call


def test_behaviour_02_a_missing_or_repeated_id_is_made_up() -> None:
    state = AnswerState({})
    for called in (item(), item(), item(call_id=None, id="fc_1"), item(call_id=None)):
        CallReader(state).finish(called, Raw())
    ids = [event.id for event in state.out if isinstance(event, ToolCallStart)]
    assert ids[0] == "a"
    assert ids[2] == "fc_1"
    assert len({*ids}) == 4


def test_behaviour_15_names_are_undone_also_in_a_namespace() -> None:
    assert parts(read(end=item(), names={"read": "re.ad"}))[0].name == "re.ad"
    assert parts(read(end=item(namespace="files")))[0].name == "files__read"


def test_a_call_without_a_name_breaks_the_answer() -> None:
    with pytest.raises(BrokenAnswer, match="without naming"):
        read("{}", end=wire.Item())


@given(st.lists(st.text(max_size=6), max_size=4), st.text(max_size=6), st.booleans())
def test_behaviour_25_a_freeform_text_is_json_however_it_comes(
    deltas: list[str], rest: str, ended: bool
) -> None:
    state = AnswerState({})
    reader = FreeformCallReader(state)
    reader.begin(item(input=""))
    for delta in deltas:
        reader.take(wire.InputDelta(delta))
    whole = "".join(deltas) + (rest if ended else "")
    reader.finish(item(input=whole) if ended else None, Raw())
    (call,) = parts(state)
    assert msgspec.json.decode(call.arguments) == {"input": whole}
    assert freeform_input(call.arguments) == whole


def test_behaviour_05_a_freeform_call_that_was_cut_is_known_by_its_status() -> None:
    state = AnswerState({})
    FreeformCallReader(state).finish(item(input="*** Beg", status="incomplete"), Raw())
    assert state.last_call == "cut"
    assert parts(state)[0].arguments == '{"input":"*** Beg"}'
