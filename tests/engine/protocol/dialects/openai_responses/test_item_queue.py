"""The order of items; each case is a rule of the module's docstring."""

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from pxbin_engine.protocol.dialects.openai_responses import upstream_wire as wire
from pxbin_engine.protocol.dialects.openai_responses.call_reader import BrokenAnswer
from pxbin_engine.protocol.dialects.openai_responses.item_queue import ItemQueue
from pxbin_engine.protocol.dialects.openai_responses.item_reader import AnswerState
from pxbin_engine.protocol.request import Part, Text, ToolCall
from pxbin_engine.protocol.response import StopReason
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    PartEnd,
    StreamCollector,
    StreamEvent,
    TextDelta,
    TextStart,
)
from tests.support.validators.canonical import check_sequence


def raw(**item: Any) -> Raw:
    return Raw(msgspec.json.encode(item))


def message(text: str, **fields: Any) -> Raw:
    content = [{"type": "output_text", "text": text}] if text else []
    return raw(type="message", content=content, **fields)


def call(arguments: str, number: int = 1, **fields: Any) -> Raw:
    named = {"id": f"fc_{number}", "call_id": f"call_{number}", "name": "read"}
    return raw(type="function_call", arguments=arguments, **{**named, **fields})


def added(index: int, item: Raw) -> wire.ItemAdded:
    return wire.ItemAdded(item, index)


def done(index: int, item: Raw) -> wire.ItemDone:
    return wire.ItemDone(item, index)


def queue(*events: wire.ItemEvent, output: tuple[Raw, ...] | None = ()) -> list[StreamEvent]:
    """The events told; with no ``output`` the answer still runs."""
    state = AnswerState({})
    items = ItemQueue(state)
    for event in events:
        items.take(event)
    if output is not None:
        items.end(list(output))
        rest = [MessageEnd(StopReason("end_turn"))]
        check_sequence([MessageStart("r", "m"), *state.out, *rest])
    return state.out


def parts(events: list[StreamEvent]) -> tuple[Part, ...]:
    collector = StreamCollector()
    for event in events:
        collector.add(event)
    return collector.response().parts


def test_behaviour_01_rule_1_the_open_items_deltas_leave_at_once() -> None:
    told = queue(wire.TextDelta("a", 0), wire.TextDelta("b", 0), output=None)
    assert told == [TextStart(0), TextDelta(0, "a"), TextDelta(0, "b")]


def test_behaviour_01_rule_1_others_wait_until_it_is_done() -> None:
    events: list[wire.ItemEvent] = [
        added(0, call("")),
        added(1, call("", 2)),
        wire.ArgumentsDelta("{}", 1),
        done(1, call("{}", 2)),
        wire.ArgumentsDelta("{", 0),
    ]
    assert len(queue(*events, output=None)) == 2
    told = parts(queue(*events, done(0, call("{}"))))
    assert told == (ToolCall("call_1", "read", "{}"), ToolCall("call_2", "read", "{}"))


def test_behaviour_02_rule_2_items_of_another_kind_at_the_same_index_are_others() -> None:
    told = queue(
        wire.TextDelta("a", 0),
        done(0, message("a")),
        added(0, call("")),
        wire.ArgumentsDelta("{}", 0),
        done(0, call("{}")),
        added(0, call("", 2)),
        wire.ArgumentsDelta("[]", 0),
        done(0, call("[]", 2)),
    )
    assert parts(told) == (
        Text("a"),
        ToolCall("call_1", "read", "{}"),
        ToolCall("call_2", "read", "[]"),
    )


def test_behaviour_02_rule_2_a_delta_announces_its_item_and_a_late_announcement_names_it() -> None:
    told = queue(wire.ArgumentsDelta("{", 0), added(0, call("")), wire.ArgumentsDelta("}", 0))
    assert parts(told) == (ToolCall("call_1", "read", "{}"),)


def test_behaviour_02_rule_2_another_announcement_at_its_place_ends_the_open_item() -> None:
    told = queue(
        added(0, call("")),
        wire.ArgumentsDelta("{}", 0),
        added(0, call("")),
        added(0, call("", 2)),
        wire.ArgumentsDelta("[]", 0),
    )
    assert parts(told) == (ToolCall("call_1", "read", "{}"), ToolCall("call_2", "read", "[]"))


def test_behaviour_04_rule_3_an_item_that_is_told_again_is_skipped() -> None:
    told = queue(done(0, call("{}")), done(0, call("{}")), done(0, call("[]", 2)))
    assert len(parts(told)) == 2
    assert len(parts(queue(done(0, message("a")), done(0, message("a"))))) == 1


def test_rule_4_the_end_tells_what_no_event_told() -> None:
    told = queue(wire.TextDelta("a", 0), output=(message("ab"), call("{}")))
    assert parts(told) == (Text("ab"), ToolCall("call_1", "read", "{}"))


def test_rule_4_an_item_without_an_index_is_found_by_its_kind() -> None:
    told = queue(wire.TextDelta("a"), wire.TextDelta("b"), output=(message("abc"),))
    assert parts(told) == (Text("abc"),)


def test_rule_4_what_was_told_is_not_told_again() -> None:
    told = queue(
        done(0, message("a", id="m1")),
        done(0, message("b", id="m2")),
        output=(message("a", id="m1"), message("b", id="m2")),
    )
    assert parts(told) == (Text("a"), Text("b"))


def test_an_item_that_says_nothing_is_no_part() -> None:
    assert queue(added(0, message("")), done(0, message(""))) == []
    assert queue(added(0, raw(type="x")), wire.TextDelta("a", 1))[0] == TextStart(0)


def test_an_item_of_unknown_fields_is_kept_as_what_it_is() -> None:
    told = queue(done(0, raw(type="message", content=7)), done(1, raw(type="x", content=7)))
    assert [type(event).__name__ for event in told] == ["OpaqueStart", "PartEnd"]
    assert told[-1] == PartEnd(0)


def test_a_call_that_was_never_named_breaks_the_answer() -> None:
    with pytest.raises(BrokenAnswer, match="without naming"):
        queue(wire.ArgumentsDelta("{}", 0))
