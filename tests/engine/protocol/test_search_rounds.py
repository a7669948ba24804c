"""The rounds of an answer: whatever the upstream's rounds were, the client hears one well-formed answer."""

from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, structs

from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.request import (
    Message,
    OpaquePart,
    Part,
    SearchCall,
    SearchHit,
    SearchResult,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from pxbin_engine.protocol.response import Response, StopKind, StopReason, Usage
from pxbin_engine.protocol.search_rounds import MOST_ROUNDS, MOST_SEARCHES, SearchRounds, summed
from pxbin_engine.protocol.stream import (
    MessageEnd,
    OpaqueDelta,
    Ping,
    StreamCollector,
    StreamEvent,
    StreamFailed,
    WholePart,
    events_of,
)
from tests.support.validators.canonical import check_sequence

HIT = SearchHit("https://a.example", "A", text="It says so.")
USED = Usage(input_tokens=10, cache_read_tokens=5, output_tokens=2)


def search(call_id: str, query: str = "news") -> ToolCall:
    return ToolCall(call_id, "web_search", f'{{"query":"{query}"}}')


def answer(*parts: Part, stop: StopKind = "end_turn", usage: Usage | None = USED) -> Response:
    """One round of the upstream."""
    calls = any(isinstance(part, ToolCall) for part in parts)
    unified = "tool_use" if calls and stop == "end_turn" else stop
    return Response("r", "m", parts, StopReason(unified), usage)


def rounds(most_uses: int | None = None) -> SearchRounds:
    return SearchRounds("web_search", most_uses, lambda: 100)


def find(call: SearchCall) -> SearchResult:
    """What every search of these tests finds, unless told otherwise."""
    return SearchResult(call.id, (HIT,))


def play(
    told: SearchRounds,
    script: Iterable[Response],
    results: Callable[[SearchCall], SearchResult] = find,
) -> tuple[list[StreamEvent], list[tuple[Message, Message]]]:
    """All rounds: what the client hears, and what the upstream is told between them."""
    heard: list[StreamEvent] = []
    turns: list[tuple[Message, Message]] = []
    for response in script:
        heard += told.hear(events_of(response))
        while (call := told.search) is not None:
            heard += told.found(results(call))
        if told.asks_again:
            turns.append(told.next_turns())
    return heard, turns


def collected(events: Iterable[StreamEvent]) -> Response:
    collector = StreamCollector()
    for event in events:
        collector.add(event)
    return collector.response()


S1, S2 = SearchCall("s1", "news"), SearchCall("s2", "more")
R1, R2 = SearchResult("s1", (HIT,)), SearchResult("s2", (HIT,))
READ = ToolCall("t1", "Read", '{"path":"/"}')
Case = tuple[Sequence[Response], tuple[Part, ...], StopKind, int]

CASES: dict[str, Case] = {
    "no search": ([answer(Thinking("Hm."), Text("Hello."))], (Thinking("Hm."), Text("Hello.")), "end_turn", 0),
    "only a client's call": ([answer(READ)], (READ,), "tool_use", 0),
    "a search and the answer": (
        [answer(Text("Let me see."), search("s1")), answer(Text("It is so."))],
        (Text("Let me see."), S1, R1, Text("It is so.")), "end_turn", 1,
    ),
    "two at once, each with its result": (
        [answer(search("s1"), search("s2", "more")), answer(Text("So."))],
        (S1, R1, S2, R2, Text("So.")), "end_turn", 2,
    ),
    "one after the other": (
        [answer(search("s1")), answer(Thinking("More."), search("s2", "more")), answer(Text("So."))],
        (S1, R1, Thinking("More."), S2, R2, Text("So.")), "end_turn", 2,
    ),
    "a client's call after a search": ([answer(search("s1"), READ)], (S1, R1, READ), "tool_use", 1),
    "a client's call before a search": ([answer(READ, search("s1"))], (READ, S1, R1), "tool_use", 1),
    "a client's call between two": (
        [answer(search("s1"), READ, search("s2", "more"))], (S1, R1, READ, S2, R2), "tool_use", 2,
    ),
    "a client's call in the second round": (
        [answer(search("s1")), answer(Text("Now."), READ)], (S1, R1, Text("Now."), READ), "tool_use", 1,
    ),
    "an upstream that counts its calls from 0": (
        [answer(search("call_0")), answer(search("call_0", "more")), answer(Text("So."))],
        (
            SearchCall("call_0", "news"), SearchResult("call_0", (HIT,)),
            SearchCall("call_0_1", "more"), SearchResult("call_0_1", (HIT,)), Text("So."),
        ),
        "end_turn", 2,
    ),
    "arguments that are none": (
        [answer(ToolCall("s1", "web_search", "{}")), answer(Text("Sorry."))],
        (SearchCall("s1", ""), SearchResult("s1", error="invalid_input"), Text("Sorry.")), "end_turn", 0,
    ),
    "cut by its length in the middle of a call": (
        [answer(Text("Let"), ToolCall("s1", "web_search", '{"que'), stop="max_tokens")],
        (Text("Let"), SearchCall("s1", ""), SearchResult("s1", error="unavailable")), "max_tokens", 0,
    ),
    "an upstream that says stop although it calls": (
        [Response("r", "m", (search("s1"),), StopReason("end_turn", "stop"), USED), answer(Text("So."))],
        (S1, R1, Text("So.")), "end_turn", 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_client_hears_one_answer(case: str) -> None:
    script, parts, stop, searches = CASES[case]
    told = rounds()
    heard, _ = play(told, script)
    check_sequence(heard)
    response = collected(heard)
    assert response.parts == parts
    assert response.stop.unified == stop
    assert response.usage == Usage(
        input_tokens=10 * len(script),
        cache_read_tokens=5 * len(script),
        output_tokens=2 * len(script),
        web_searches=searches,
    )
    assert told.usage == response.usage


def test_the_model_is_told_what_was_found() -> None:
    thought = Thinking("Hm.", "signature", vendor="v")
    script = [answer(thought, Text("Let me see."), search("s1")), answer(Text("So."))]
    _, turns = play(rounds(), script)
    assert turns == [
        (
            Message("assistant", (thought, Text("Let me see."), search("s1"))),
            Message(
                "user", (ToolResult("s1", (Text("A\nhttps://a.example\nIt says so."),)),)
            ),
        )
    ]  # fmt: skip


def test_the_model_knows_its_calls_by_its_own_ids() -> None:
    script = [answer(search("call_0")), answer(search("call_0")), answer(Text("So."))]
    _, turns = play(rounds(), script)
    results = [part for _, turn in turns for part in turn.parts]
    assert [part.call_id for part in results if isinstance(part, ToolResult)] == ["call_0"] * 2


def test_text_and_the_first_search_are_told_at_once() -> None:
    told = rounds()
    events = events_of(answer(Text("Let me see."), search("s1"), search("s2", "more")))
    heard = told.hear(events[:-4])  # up to the end of the first call
    assert heard[-1] == WholePart(1, S1)
    assert told.search is None  # the round goes on
    assert told.hear(events[-4:]) == []
    assert told.search == S1
    assert told.found(R1) == [WholePart(2, R1), WholePart(3, S2)]
    assert told.search == S2
    assert told.found(R2) == [WholePart(4, R2)]
    assert (told.search, told.asks_again) == (None, True)


def test_a_failed_search_is_told_and_the_model_goes_on() -> None:
    script = [answer(search("s1")), answer(Text("I could not look."))]
    failed = SearchResult("s1", error="too_many_requests")
    heard, turns = play(rounds(), script, lambda _: failed)
    assert collected(heard).parts == (S1, failed, Text("I could not look."))
    assert turns[0][1].parts == (
        ToolResult("s1", (Text("Error: the web search failed (too_many_requests)."),), True),
    )
    usage = collected(heard).usage
    assert usage is not None
    assert usage.web_searches == 0


@pytest.mark.parametrize("most_uses", [0, 1, 2])
def test_no_more_searches_than_the_tool_allows(most_uses: int) -> None:
    script = [answer(search("a"), search("b")), answer(search("c")), answer(Text("So."))]
    heard, turns = play(rounds(most_uses), script)
    check_sequence(heard)
    results = [part for part in collected(heard).parts if isinstance(part, SearchResult)]
    assert [part.error for part in results] == [None] * most_uses + ["max_uses_exceeded"] * (
        3 - most_uses
    )
    assert len(turns) == 2  # it is told so, and goes on


@pytest.mark.parametrize(
    ("most_uses", "made"), [(None, MOST_SEARCHES), (1000, MOST_SEARCHES), (3, 3)]
)
def test_a_turn_of_a_thousand_searches_is_bounded(most_uses: int | None, made: int) -> None:
    script = [answer(*(search(f"s{n}") for n in range(1000))), answer(Text("So."))]
    heard, _ = play(rounds(most_uses), script)
    check_sequence(heard)
    results = [part for part in collected(heard).parts if isinstance(part, SearchResult)]
    assert [part.error for part in results].count(None) == made
    assert len(results) == 1000


def test_what_only_the_upstream_s_dialect_says_of_a_search_is_told_to_nobody() -> None:
    told = rounds()
    start, begin, *rest = events_of(answer(search("s1")))
    said = OpaqueDelta(0, OpaquePart("d", "signature_delta", Raw(b"{}")))
    heard = told.hear([start, begin, said, *rest])
    check_sequence([*heard, *told.found(R1)], ended=False)
    assert said not in heard


def test_a_model_that_never_ends_searching_is_stopped() -> None:
    script = [answer(search(f"s{n}")) for n in range(MOST_ROUNDS + 5)]
    told = rounds()
    heard: list[StreamEvent] = []
    asked = 0
    for response in script:
        asked += 1
        heard += play(told, [response])[0]
        if isinstance(heard[-1], MessageEnd):
            break
    assert asked == MOST_ROUNDS + 1
    check_sequence(heard)
    last = collected(heard)
    assert last.stop.unified == "pause_turn"
    assert last.parts[-1] == SearchResult(f"s{MOST_ROUNDS}", error="max_uses_exceeded")


def test_a_round_that_breaks_ends_the_answer() -> None:
    told = rounds()
    heard, _ = play(told, [answer(search("s1"))])
    cut = StreamFailed(ApiError("api", 502, "cut"))
    heard += told.hear([*events_of(answer(Text("It is")))[:3], cut])
    check_sequence(heard)
    assert heard[-1] == cut
    # The first round is paid for, and what was written of the second is estimated.
    assert told.usage == Usage(
        input_tokens=20, cache_read_tokens=10, output_tokens=4, web_searches=1, estimated=True
    )


def test_an_upstream_that_reports_no_usage_is_estimated_round_by_round() -> None:
    script = [answer(search("s1"), usage=None), answer(Text("It is so."), usage=None)]
    heard, _ = play(rounds(), script)
    usage = collected(heard).usage
    assert usage is not None
    assert usage.estimated
    assert usage.input_tokens == 200
    assert usage.output_tokens > 2


def test_signs_of_life_pass_also_while_something_is_held_back() -> None:
    told = rounds()
    events = events_of(answer(search("s1"), READ))
    heard = [event for each in events for event in told.hear([each, Ping()] if each is not events[-1] else [each])]  # fmt: skip
    assert heard.count(Ping()) == len(events) - 1
    check_sequence([*heard, *told.found(R1)])


def test_a_result_that_nothing_waits_for_is_a_bug() -> None:
    with pytest.raises(RuntimeError):
        rounds().found(R1)


PARTS = st.sampled_from(
    [Text("a"), Thinking("b"), READ, ToolCall("t2", "Bash", "{}"), search("x"), search("y", "z")]
)


@given(
    st.lists(st.lists(PARTS, min_size=1, max_size=5), min_size=1, max_size=4),
    st.one_of(st.none(), st.integers(0, 3)),
    st.sampled_from(["end_turn", "max_tokens"]),
)
def test_any_rounds_tell_one_well_formed_answer(
    script: list[list[Part]], most_uses: int | None, stop: StopKind
) -> None:
    told = rounds(most_uses)
    heard: list[StreamEvent] = []
    for number, parts in enumerate(script):
        unique = tuple(
            structs.replace(part, id=f"{number}_{at}") if isinstance(part, ToolCall) else part
            for at, part in enumerate(parts)
        )
        heard += play(told, [answer(*unique, stop=stop)])[0]
        if isinstance(heard[-1], MessageEnd):
            break
    over = isinstance(heard[-1], MessageEnd)
    check_sequence(heard, ended=over)
    parts_told = collected(heard).parts
    assert not any(isinstance(part, ToolCall) and part.name == "web_search" for part in parts_told)
    for before, after in zip(parts_told, (*parts_told[1:], None), strict=True):
        if isinstance(before, SearchCall):
            assert isinstance(after, SearchResult)
            assert after.call_id == before.id


def test_usages_add_up_class_by_class() -> None:
    first = Usage(1, 2, 3, 4, 5, 6, 7)
    assert summed(first, Usage(10, 20, 30, 40, 50, 60, 70, estimated=True)) == Usage(
        11, 22, 33, 44, 55, 66, 77, estimated=True
    )
    assert summed(None, first) == summed(first, None) == first
    assert summed(None, None) is None
