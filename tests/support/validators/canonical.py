"""Checks a sequence of canonical events against the rules of ``pxbin_engine.protocol.stream``."""

from collections.abc import Iterable

from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    OpaqueDelta,
    OpaqueStart,
    PartEnd,
    Ping,
    StreamEvent,
    StreamFailed,
    TextCitation,
    TextDelta,
    TextStart,
    ThinkingDelta,
    ThinkingSignature,
    ThinkingStart,
    ToolCallDelta,
    ToolCallStart,
    WholePart,
)

DELTAS = {
    TextDelta: TextStart,
    TextCitation: TextStart,
    ThinkingDelta: ThinkingStart,
    ThinkingSignature: ThinkingStart,
    ToolCallDelta: ToolCallStart,
}


def check_sequence(events: Iterable[StreamEvent], *, ended: bool = True) -> None:
    """Assert that the events are well-formed, and (unless the stream still runs) that they have an end."""
    started = over = False
    opened: StreamEvent | None = None
    next_index = 0
    calls: set[str] = set()
    for event in events:
        assert not over, f"{event} after the end"
        match event:
            case MessageStart():
                assert not started, "two MessageStart"
                started = True
                continue
            case StreamFailed():
                over = True
                continue
        assert started, f"{event} before MessageStart"
        match event:
            case TextStart() | ThinkingStart() | ToolCallStart() | OpaqueStart():
                assert opened is None, f"{event} while {opened} is open"
                assert event.index == next_index, f"{event} should have the index {next_index}"
                opened, next_index = event, next_index + 1
                if isinstance(event, ToolCallStart):
                    assert event.id, f"{event} has no id"
                    assert event.name, f"{event} has no name"
                    assert event.id not in calls, f"{event} repeats an id"
                    calls.add(event.id)
            case WholePart():
                assert opened is None, f"{event} while {opened} is open"
                assert event.index == next_index, f"{event} should have the index {next_index}"
                next_index += 1
            case PartEnd():
                assert opened is not None, f"{event} closes nothing"
                assert opened.index == event.index, f"{event} closes {opened}"
                opened = None
            case MessageEnd():
                assert opened is None, f"the message ended while {opened} is open"
                over = True
            case Ping():
                pass
            case _:
                assert opened is not None, f"{event} outside a part"
                assert opened.index == event.index, f"{event} in {opened}"
                if not isinstance(event, OpaqueDelta):
                    assert type(opened) is DELTAS[type(event)], f"{event} in {opened}"
    assert over or not ended, "no end"
