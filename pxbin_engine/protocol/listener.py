"""What the events of an answer tell about it, whatever becomes of its bytes: tokens, stop reason, failure, first token."""

from collections.abc import Callable, Iterable

from msgspec import structs

from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.estimate import estimate_tokens
from pxbin_engine.protocol.response import StopReason, Usage
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    Ping,
    StreamEvent,
    StreamFailed,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
)


class Listener:
    """Hears every canonical event of one answer.

    Attributes:
        started: the upstream said that it began.
        useful: it said more than that, and more than pings.
        first_token: text, thinking or arguments of a tool call arrived.
        complete: the answer ended as it should.
        failure: why it did not.
        stop: why the model stopped, once it is known.
    """

    def __init__(self) -> None:
        self.started = False
        self.useful = False
        self.first_token = False
        self.complete = False
        self.failure: ApiError | None = None
        self.stop: StopReason | None = None
        self._early_usage: Usage | None = None
        self._final_usage: Usage | None = None
        self._output_length = 0

    def hear(self, events: Iterable[StreamEvent]) -> None:
        """Take note of the next events."""
        for event in events:
            kind = type(event)
            if kind is TextDelta or kind is ThinkingDelta:
                self._output_length += len(event.text)  # type: ignore[union-attr]  # faster than match, and this is the hot path
            elif kind is ToolCallDelta:
                self._output_length += len(event.arguments)  # type: ignore[union-attr]  # as above
            else:
                self._hear_rare(event)
                continue
            self.first_token = self.useful = True

    def usage(self, estimate_input: Callable[[], int]) -> Usage | None:
        """What the answer used so far, estimated (and flagged so) where the upstream has not said it."""
        if self._final_usage is not None or not self.started:
            return self._final_usage
        early = self._early_usage or Usage(input_tokens=estimate_input())
        written = max(early.output_tokens, estimate_tokens(self._output_length))
        return structs.replace(early, output_tokens=written, estimated=True)

    def _hear_rare(self, event: StreamEvent) -> None:
        match event:
            case MessageStart(usage=usage):
                self.started = True
                self._early_usage = usage
            case StreamFailed(error=error):
                self.failure = error
            case MessageEnd(stop=stop, usage=usage):
                self.complete = self.useful = True
                self.stop, self._final_usage = stop, usage
            case Ping():
                pass
            case _:
                self.useful = True
