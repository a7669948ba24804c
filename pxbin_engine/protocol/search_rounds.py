"""The rounds of one answer whose searches pxbin makes: events of the upstream in, events for the client out.

The rules:

1. The client hears one answer: one ``MessageStart``, parts numbered without gaps, one ``MessageEnd``.
2. A call of the search function is never told as a call: it is a ``SearchCall`` and, after it, its ``SearchResult``.
3. All before a round's first search is told at once. What comes after waits until it was made, so that a result follows its
   call, and the client's own calls come last.
4. A round that searched is followed by another one, in which the model is told what was found; unless it called a tool of
   the client, or was cut by its length: then the answer ends there.
5. Each round is paid for: the usage of the answer is the sum.
6. After ``most_uses`` searches (``MOST_SEARCHES`` in any case), and after ``MOST_ROUNDS`` rounds of them, a search is
   refused. A model that goes on through more rounds all the same is stopped with ``pause_turn``, as Anthropic does.
"""

from collections import deque
from collections.abc import Callable, Iterable

from msgspec import Struct, structs

from pxbin_engine.protocol.listener import Listener
from pxbin_engine.protocol.request import Message, Part, SearchCall, SearchResult, ToolResult
from pxbin_engine.protocol.response import COUNTS, StopReason, Usage
from pxbin_engine.protocol.search_tool import as_tool_result, read_query
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    OpaqueStart,
    PartEnd,
    Ping,
    StreamCollector,
    StreamEvent,
    StreamFailed,
    TextStart,
    ThinkingStart,
    ToolCallDelta,
    ToolCallStart,
    WholePart,
)

MOST_ROUNDS = 8
MOST_SEARCHES = 40

_STARTS = (TextStart, ThinkingStart, ToolCallStart, OpaqueStart, WholePart)
_STOPS_TO_SEARCH = ("tool_use", "end_turn")


class _Search(Struct, frozen=True):
    """A search that the model asked for: ``call_id`` is the upstream's, ``told`` is what the client hears."""

    call_id: str
    told: SearchCall
    is_readable: bool


class SearchRounds:
    """See the rules above.

    Args:
        function: the name of the search function at the upstream.
        estimate_input: the tokens of the round's request, for an upstream that reports none.

    Attributes:
        round: how many rounds have ended with a search.
        asks_again: the round is over, and the model is to be told what was found.
    """

    def __init__(
        self, function: str, most_uses: int | None, estimate_input: Callable[[], int]
    ) -> None:
        self.round = 0
        self.asks_again = False
        self._function = function
        self._uses_left = MOST_SEARCHES if most_uses is None else min(most_uses, MOST_SEARCHES)
        self._estimate_input = estimate_input
        self._started = False
        self._index = -1
        self._ids: set[str] = set()
        self._paid: Usage | None = None
        self._searched = 0
        self._begin_round()

    def _begin_round(self) -> None:
        self._heard = Listener()
        self._collected = StreamCollector()
        self._call: ToolCallStart | None = None
        self._arguments: list[str] = []
        self._held: deque[StreamEvent | _Search] | None = None
        """What stands behind the round's first search; None before that."""
        self._search: _Search | None = None
        """The search whose result comes next."""
        self._calls_client = False
        self._stop: StopReason | None = None
        """Why the round ended; None before that."""
        self._results: list[ToolResult] = []

    @property
    def search(self) -> SearchCall | None:
        """The search that is to be made now."""
        return self._search.told if self._search is not None and self._stop is not None else None

    @property
    def usage(self) -> Usage | None:
        """What all rounds used so far."""
        total = summed(self._paid, self._heard.usage(self._estimate_input))
        if total is None:
            return None
        return structs.replace(total, web_searches=total.web_searches + self._searched)

    def hear(self, events: Iterable[StreamEvent]) -> list[StreamEvent]:
        """The upstream's next events; what the client is told."""
        told: list[StreamEvent] = []
        for event in events:
            self._heard.hear((event,))
            self._collected.add(event)
            self._take(event, told)
        return told

    def found(self, result: SearchResult, reason: str = "") -> list[StreamEvent]:
        """What ``search`` came to; what the client is told. ``reason`` says to the model why there is nothing."""
        if self._search is None:
            raise RuntimeError("a result came that no search waits for")
        told: list[StreamEvent] = []
        self._uses_left -= 1
        self._searched += result.error is None
        self._settle(self._search, result, reason, told)
        self._go_on(told)
        return told

    def next_turns(self) -> tuple[Message, Message]:
        """What the model said in this round and what was found, for the next one, which begins."""
        parts: tuple[Part, ...] = self._collected.response().parts
        turns = Message("assistant", parts), Message("user", tuple(self._results))
        self._paid = summed(self._paid, self._heard.usage(self._estimate_input))
        self.round += 1
        self.asks_again = False
        self._begin_round()
        return turns

    # The events of a round

    def _take(self, event: StreamEvent, told: list[StreamEvent]) -> None:
        match event:
            case MessageStart():
                if not self._started:
                    told.append(event)
                self._started = True
            case Ping() | StreamFailed():
                told.append(event)
            case MessageEnd(stop=stop):
                self._stop = stop
                self._go_on(told)
            case ToolCallStart(name=name) if name == self._function:
                self._call = event
                self._arguments.clear()
            case ToolCallDelta(arguments=arguments) if self._call is not None:
                self._arguments.append(arguments)
            case PartEnd() if self._call is not None:
                self._hear_search(self._call, told)
                self._call = None
            case _ if self._call is not None:
                pass  # what only the upstream's dialect says of a call that nobody hears of
            case _:
                self._calls_client |= isinstance(event, ToolCallStart)
                self._pass_on(event, told)

    def _hear_search(self, call: ToolCallStart, told: list[StreamEvent]) -> None:
        query = read_query("".join(self._arguments))
        said = SearchCall(self._new_id(call.id), query or "")
        search = _Search(call.id, said, is_readable=query is not None)
        if self._held is None:
            self._held = deque()
            self._begin_search(search, told)
        else:
            self._held.append(search)

    def _new_id(self, call_id: str) -> str:
        """Some upstreams count from 0 in each round."""
        unique = call_id if call_id not in self._ids else f"{call_id}_{len(self._ids)}"
        self._ids.add(unique)
        return unique

    def _pass_on(self, event: StreamEvent, told: list[StreamEvent]) -> None:
        if self._held is None:
            told.append(self._numbered(event))
        else:
            self._held.append(event)

    def _numbered(self, event: StreamEvent) -> StreamEvent:
        if isinstance(event, _STARTS):
            self._index += 1
        if event.index == self._index:  # type: ignore[union-attr]  # only events of parts come here
            return event
        return structs.replace(event, index=self._index)

    def _begin_search(self, search: _Search, told: list[StreamEvent]) -> None:
        self._search = search
        told.append(self._numbered(WholePart(-1, search.told)))

    # The end of a round

    def _go_on(self, told: list[StreamEvent]) -> None:
        """Tell what was held back, up to the next search that is to be made, or to the end of the round."""
        while self._search is not None or self._held:
            if self._search is not None:
                error = self._refusal(self._search)
                if error is None:
                    return
                refused = SearchResult(self._search.told.id, error=error)
                self._settle(self._search, refused, "", told)
            elif self._held:
                item = self._held.popleft()
                if isinstance(item, _Search):
                    self._begin_search(item, told)
                else:
                    told.append(self._numbered(item))
        self._end_round(told)

    def _refusal(self, search: _Search) -> str | None:
        if not self._may_search:
            return "unavailable"
        if self.round >= MOST_ROUNDS or self._uses_left <= 0:
            return "max_uses_exceeded"
        return None if search.is_readable else "invalid_input"

    @property
    def _may_search(self) -> bool:
        """Whether the model stopped to search, and was not cut."""
        return self._stop is not None and self._stop.unified in _STOPS_TO_SEARCH

    def _settle(
        self, search: _Search, result: SearchResult, reason: str, told: list[StreamEvent]
    ) -> None:
        self._search = None
        told.append(self._numbered(WholePart(-1, result)))
        # The model knows its call by the upstream's id.
        as_told = structs.replace(result, call_id=search.call_id)
        self._results.append(as_tool_result(as_told, reason))

    def _end_round(self, told: list[StreamEvent]) -> None:
        stop = self._stop or StopReason("end_turn")
        if self._held is None or not self._may_search:
            told.append(MessageEnd(stop, self.usage))
        elif self._calls_client:
            told.append(MessageEnd(StopReason("tool_use", stop.raw), self.usage))
        elif self.round >= MOST_ROUNDS:
            told.append(MessageEnd(StopReason("pause_turn", stop.raw), self.usage))
        else:
            self.asks_again = True


def summed(first: Usage | None, second: Usage | None) -> Usage | None:
    """The usage of two requests together."""
    if first is None or second is None:
        return first or second
    counts = {name: getattr(first, name) + getattr(second, name) for name in COUNTS}
    return Usage(
        **counts,
        service_tier=second.service_tier or first.service_tier,
        estimated=first.estimated or second.estimated,
    )
