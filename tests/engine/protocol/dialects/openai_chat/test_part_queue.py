"""The rules by which fragments become parts; each case is a rule of the module's docstring."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxbin_engine.protocol.dialects.openai_chat.part_queue import BrokenSequence, PartQueue
from pxbin_engine.protocol.dialects.openai_chat.wire import (
    ExtraContent,
    FunctionCall,
    GoogleExtra,
)
from pxbin_engine.protocol.dialects.openai_chat.wire import ToolCall as Fragment
from pxbin_engine.protocol.request import (
    Citation,
    Image,
    Part,
    Text,
    Thinking,
    ToolCall,
    UrlSource,
)
from pxbin_engine.protocol.stream import (
    MessageStart,
    PartEnd,
    StreamCollector,
    StreamEvent,
    TextDelta,
    TextStart,
    ToolCallDelta,
    ToolCallStart,
)
from tests.support.validators.canonical import check_sequence


def fragment(
    arguments: str = "",
    *,
    index: int | None = 0,
    call_id: str | None = None,
    name: str | None = None,
) -> Fragment:
    return Fragment(index, call_id, FunctionCall(name, arguments))


def queue(*fragments: Fragment | str, ended: bool = True) -> list[StreamEvent]:
    """The events of these fragments; a bare string is text."""
    parts, out = PartQueue({}), list[StreamEvent]()
    for each in fragments:
        if isinstance(each, str):
            parts.text(each, out)
        else:
            parts.call(each, out)
    if ended:
        parts.end(out)
    return out


def calls(events: list[StreamEvent]) -> list[tuple[str, str, str]]:
    """Id, name and arguments of each call."""
    found: list[tuple[str, str, str]] = []
    for event in events:
        if isinstance(event, ToolCallStart):
            found.append((event.id, event.name, ""))
        elif isinstance(event, ToolCallDelta):
            call_id, name, arguments = found.pop()
            found.append((call_id, name, arguments + event.arguments))
    return found


def test_behaviour_01_rule_1_the_open_parts_fragments_leave_at_once() -> None:
    events = queue(fragment(call_id="a", name="f"), fragment('{"x"'), fragment(":1}"), ended=False)
    assert events == [ToolCallStart(0, "a", "f"), ToolCallDelta(0, '{"x"'), ToolCallDelta(0, ":1}")]


def test_behaviour_01_rule_1_others_wait_in_the_order_of_their_first_fragment() -> None:
    events = queue(
        fragment('{"x"', call_id="a", name="f"),
        fragment("{}", index=2, call_id="c", name="h"),
        fragment("{}", index=1, call_id="b", name="g"),
        fragment(":1}"),
    )
    assert [name for _, name, _ in calls(events)] == ["f", "h", "g"]


def test_behaviour_01_rule_2_a_complete_call_gives_way_before_the_answer_ends() -> None:
    events = queue(
        fragment("{}", call_id="a", name="f"),
        fragment("", index=1, call_id="b", name="g"),
        ended=False,
    )
    assert events[-2:] == [PartEnd(0), ToolCallStart(1, "b", "g")]


def test_behaviour_01_rule_2_text_closes_when_a_call_begins_but_not_for_one_without_a_name() -> (
    None
):
    assert queue("a", fragment(call_id="b"), ended=False) == [TextStart(0), TextDelta(0, "a")]
    assert queue("a", fragment(call_id="b", name="f"), ended=False)[-2:] == [
        PartEnd(0),
        ToolCallStart(1, "b", "f"),
    ]


def test_behaviour_02_rule_3_an_id_may_come_after_the_name_and_before_the_arguments() -> None:
    assert calls(queue(fragment(name="f"), fragment(call_id="a"), fragment("{}"))) == [
        ("a", "f", "{}")
    ]


def test_behaviour_02_rule_3_arguments_without_an_id_get_one_that_stays() -> None:
    ((made, name, arguments),) = calls(
        queue(fragment(name="f"), fragment("{"), fragment("}", call_id="late"))
    )
    assert made.startswith("toolu_")
    assert (name, arguments) == ("f", "{}")


def test_behaviour_02_rule_4_without_an_index_the_id_tells_else_the_last_call_goes_on() -> None:
    events = queue(
        fragment('{"x"', index=None, call_id="a", name="f"),
        fragment('{"y"', index=None, call_id="b", name="g"),
        fragment(":1}", index=None, call_id="a"),
        fragment(":2}", index=None),
    )
    assert calls(events) == [("a", "f", '{"x":1}'), ("b", "g", '{"y":2}')]


@pytest.mark.parametrize(
    ("second", "count"),
    [
        (fragment("{}", call_id="b", name="f"), 2),
        (fragment("{}", name="g"), 2),
        (fragment('{"y":2}', call_id="a", name="f"), 2),
        (fragment('{"x":1}', call_id="a", name="f"), 1),
        (fragment("", call_id="a", name="f"), 1),
        (fragment("", call_id="b"), 1),
        (fragment(" \n"), 1),
    ],
)
def test_behaviour_02_rule_5_what_begins_a_new_call_after_a_complete_one(
    second: Fragment, count: int
) -> None:
    found = calls(queue(fragment('{"x":1}', call_id="a", name="f"), second))
    assert len(found) == count
    assert len({call_id for call_id, _, _ in found}) == count


def test_behaviour_02_rule_5_an_id_that_changes_on_the_way_is_the_same_call() -> None:
    assert calls(
        queue(fragment('{"x"', call_id="a", name="f"), fragment(":1}", call_id="b", name="f"))
    ) == [("a", "f", '{"x":1}')]


def test_behaviour_02_rule_5_two_calls_without_arguments_at_one_index_are_two() -> None:
    events = queue(fragment(call_id="a", name="f"), fragment(call_id="b", name="f"))
    assert [call_id for call_id, _, _ in calls(events)] == ["a", "b"]


def test_a_closed_call_is_never_opened_again() -> None:
    with pytest.raises(BrokenSequence, match="complete"):
        queue(fragment("{}", call_id="a", name="f"), "text", fragment('"more"'))


def test_a_call_that_was_never_named_breaks_the_answer() -> None:
    with pytest.raises(BrokenSequence, match="without naming"):
        queue(fragment("{}", call_id="a"))


def test_braces_inside_texts_do_not_look_like_the_end() -> None:
    pieces = ['{"code":"if (x) {}', " else {}", '"}']
    events = queue(
        fragment(pieces[0], call_id="a", name="f"),
        "meanwhile",
        *(fragment(piece) for piece in pieces[1:]),
    )
    assert calls(events) == [("a", "f", "".join(pieces))]


CITED = Citation("https://a.example", "A")
PICTURE = Image(UrlSource("https://a.example/a.png"))


def proved(*said: tuple[str, str] | Fragment) -> tuple[Part, ...]:
    """The parts of these fragments of thinking, proofs and texts, and of calls."""
    parts, out = PartQueue({}), list[StreamEvent]()
    for each in said:
        if isinstance(each, Fragment):
            parts.call(each, out)
        elif each[0] == "thinking":
            parts.thinking(each[1], out, "openai_chat")
        elif each[0] == "proof":
            parts.proof(each[1], "openai_chat", out)
        else:
            parts.text(each[1], out)
    parts.end(out)
    return collected(out)


def collected(events: list[StreamEvent]) -> tuple[Part, ...]:
    check_sequence([MessageStart("c", "m"), *events], ended=False)
    collector = StreamCollector()
    for event in events:
        collector.add(event)
    return collector.response().parts


def signed(text: str, proof: str | None) -> Thinking:
    return Thinking(text, proof, vendor="openai_chat")


OPEN_CALL = fragment('{"x"', call_id="a", name="f")
REST = fragment(":1}")


def test_behaviour_18_rule_6_a_proof_belongs_to_the_thinking_before_it() -> None:
    assert proved(("thinking", "A"), ("proof", "1"), ("thinking", "B"), ("proof", "2")) == (
        signed("A", "1"),
        signed("B", "2"),
    )
    assert proved(("proof", "1"), ("proof", "2")) == (signed("", "1"), signed("", "2"))
    assert proved(("thinking", "A"), ("text", "So."), ("proof", "1")) == (
        signed("A", None),
        Text("So."),
        signed("", "1"),
    )


def test_behaviour_18_rule_6_also_while_they_wait_for_a_call() -> None:
    said = (("thinking", "A"), ("proof", "1"), ("thinking", "B"), ("proof", "2"))
    assert proved(OPEN_CALL, *said, REST) == (
        ToolCall("a", "f", '{"x":1}'),
        signed("A", "1"),
        signed("B", "2"),
    )


def test_behaviour_18_rule_6_a_calls_proof_stands_before_it() -> None:
    second = fragment("{}", index=1, call_id="b", name="g")
    second.extra_content = ExtraContent(GoogleExtra("CiQB"))
    assert proved(OPEN_CALL, second, REST) == (
        ToolCall("a", "f", '{"x":1}'),
        Thinking("", "CiQB", vendor="gemini_generate"),
        ToolCall("b", "g", "{}"),
    )


@pytest.mark.parametrize(
    ("before", "parts"),
    [
        (["It is."], (Text("It is.", (CITED,)),)),
        ([], (Text("[A](https://a.example)", (CITED,)),)),
        (
            [fragment("{}", call_id="a", name="f")],
            (ToolCall("a", "f", "{}"), Text("[A](https://a.example)", (CITED,))),
        ),
        (
            [OPEN_CALL, "It is."],
            (ToolCall("a", "f", '{"x"'), Text("It is.", (CITED,))),
        ),
    ],
)
def test_a_citation_belongs_to_the_text_before_it(
    before: list[str | Fragment], parts: tuple[Part, ...]
) -> None:
    queued, out = PartQueue({}), list[StreamEvent]()
    for each in before:
        if isinstance(each, str):
            queued.text(each, out)
        else:
            queued.call(each, out)
    queued.citation(CITED, out)
    queued.end(out)
    assert collected(out) == parts


@given(
    st.lists(st.sampled_from(["text", "thinking", "proof", "citation", "image", "call"])),
    st.booleans(),
)
def test_behaviour_01_any_order_of_anything_is_well_formed(said: list[str], gives_up: bool) -> None:
    queued, out, calls_so_far = PartQueue({}), list[StreamEvent](), 0
    for each in said:
        match each:
            case "text":
                queued.text("a", out)
            case "thinking":
                queued.thinking("a", out, "openai_chat")
            case "proof":
                queued.proof("1", "openai_chat", out)
            case "citation":
                queued.citation(CITED, out)
            case "image":
                queued.image(PICTURE, out)
            case "call":
                name = f"f{calls_so_far}"
                queued.call(fragment("{", index=calls_so_far, call_id=name, name=name), out)
                queued.call(fragment("" if gives_up else "}", index=calls_so_far), out)
                calls_so_far += 1
    queued.end(out)
    found = collected(out)
    assert sum(isinstance(part, Image) for part in found) == said.count("image")
    assert sum(isinstance(part, ToolCall) for part in found) == calls_so_far
    assert sum(len(part.citations) for part in found if isinstance(part, Text)) == said.count(
        "citation"
    )
    proofs = [part for part in found if isinstance(part, Thinking) and part.signature]
    assert len(proofs) == said.count("proof")
