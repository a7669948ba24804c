from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.listener import Listener
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    Ping,
    StreamEvent,
    StreamFailed,
    TextDelta,
    TextStart,
    ThinkingDelta,
    ToolCallDelta,
)


def hear(*events: StreamEvent) -> Listener:
    listener = Listener()
    listener.hear(events)
    return listener


def never() -> int:
    raise AssertionError("not needed")


def test_a_start_and_pings_are_not_useful() -> None:
    listener = hear(MessageStart("a", "m"), Ping())
    assert listener.started
    assert not listener.useful
    assert hear(TextStart(0)).useful
    assert not hear(TextStart(0)).first_token


def test_each_kind_of_delta_is_a_first_token() -> None:
    for delta in (TextDelta(0, "a"), ThinkingDelta(0, "a"), ToolCallDelta(0, "a")):
        assert hear(delta).first_token


def test_reported_usage_counts_before_any_estimate() -> None:
    usage = Usage(input_tokens=3, output_tokens=2)
    listener = hear(
        MessageStart("a", "m"), TextDelta(0, "x" * 400), MessageEnd(StopReason("end_turn"), usage)
    )
    assert listener.usage(never) == usage
    assert (listener.complete, listener.stop) == (True, StopReason("end_turn"))


def test_what_is_not_reported_is_estimated() -> None:
    begun = hear(
        MessageStart("a", "m", Usage(input_tokens=3, cache_read_tokens=4, output_tokens=1)),
        TextDelta(0, "x" * 40),
    )
    assert begun.usage(never) == Usage(
        input_tokens=3, cache_read_tokens=4, output_tokens=10, estimated=True
    )
    silent = hear(MessageStart("a", "m"), ToolCallDelta(0, "x" * 40))
    assert silent.usage(lambda: 7) == Usage(input_tokens=7, output_tokens=10, estimated=True)
    assert hear().usage(never) is None


def test_a_failure_is_kept() -> None:
    error = ApiError("api", 502, "Why.")
    assert hear(StreamFailed(error)).failure == error
