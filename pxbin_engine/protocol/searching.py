"""One request to an upstream that cannot search the web, for a client that wants it searched: pxbin searches in its place.

The model gets a function in the place of the vendor's search. When a round of the answer ends with calls of it, ``waits`` is
set, and the caller goes on::

    while translation.waits:
        if translation.search is not None:
            translation.found(<what the search came to>)
        else:
            body = translation.next_request()   # for the same upstream, whose answer is then read as the first one

The rules of what the client hears are told in ``search_rounds``.
"""

from typing import Any

from msgspec import structs

from pxbin_engine.errors import ProtocolError
from pxbin_engine.protocol.dialect import Dialect
from pxbin_engine.protocol.estimate import estimate_input_tokens
from pxbin_engine.protocol.loss import Losses
from pxbin_engine.protocol.peek import Peek
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request, SearchCall, SearchResult, ToolChoice, WebSearch
from pxbin_engine.protocol.response import Usage
from pxbin_engine.protocol.search_rounds import MOST_ROUNDS, SearchRounds
from pxbin_engine.protocol.search_tool import as_function, find_search, function_name
from pxbin_engine.protocol.sse import SSEDecoder
from pxbin_engine.protocol.stream import StreamCollector, StreamEvent, events_of
from pxbin_engine.protocol.translation import Translation, decode_request

SEARCHED = b": searched\n\n"
"""Fed in place of an upstream's bytes where something else has become due: an SSE comment, which says nothing itself."""

_WITHOUT_SEARCH = "openai_chat"
"""The one dialect that has no search of its own: what its upstreams have, their quirks say."""

_MARKS = (b"web_search", b"google_search", b"googleSearch")


def translation_for(
    source: Dialect,
    target: Dialect,
    body: bytes,
    *,
    knows_location: bool,
    quirks: Quirks,
    wish: Peek | None = None,
    **options: Any,
) -> Translation:
    """A translation of the client's ``body``; one with rounds where the client wants a search and the upstream has none."""
    options = options | {"quirks": quirks, "wish": wish}
    verbatim = source.name == target.name
    if searches_itself(source, target, quirks) or (verbatim and not _may_search(body)):
        return Translation(source, target, **options)
    try:
        asked = decode_request(source, body, wish)
    except ProtocolError:
        return Translation(source, target, **options)  # which tells what is wrong with it
    tool = find_search(asked)
    if tool is not None:
        options |= {"tool": tool, "knows_location": knows_location}
        return SearchingTranslation(source, target, asked=asked, **options)
    return Translation(source, target, asked=None if verbatim else asked, **options)


def _may_search(body: bytes) -> bool:
    """Whether a body can hold a tool for searching the web; far cheaper than reading one that else need not be read."""
    return any(mark in body for mark in _MARKS)


def searches_itself(source: Dialect, target: Dialect, quirks: Quirks) -> bool:
    """Whether the search is the upstream's: it has one, or it speaks the client's dialect and nothing else is known of it."""
    if source.name != target.name and target.name == _WITHOUT_SEARCH:
        return quirks.web_search is not None
    return quirks.server_tools


class SearchingTranslation(Translation):
    """A translation whose answer has rounds; see the module.

    Args:
        asked: the client's request, with its ``tool`` for searching.
        knows_location: the search provider can search as from where the person is.
    """

    def __init__(
        self,
        source: Dialect,
        target: Dialect,
        *,
        asked: Request,
        tool: WebSearch,
        knows_location: bool,
        **options: Any,
    ) -> None:
        super().__init__(source, target, **options)
        self.verbatim = False
        self.tool = tool
        if tool.location and not knows_location:
            self.losses.add("tools.user_location", "The search provider takes no place.")
        self._asked = asked
        function = function_name(asked)
        self._sent = as_function(asked, tool, function, self.losses)
        """What the upstream is asked in this round."""
        self._rounds = SearchRounds(
            function, tool.max_uses, lambda: estimate_input_tokens(self._sent)
        )
        self._collected = StreamCollector()
        self._due = b""

    @property
    def waits(self) -> bool:
        """The answer goes on only after a search, or with another round."""
        return self._rounds.search is not None or self._rounds.asks_again

    @property
    def search(self) -> SearchCall | None:
        """The search that is to be made now."""
        return self._rounds.search

    @property
    def usage(self) -> Usage | None:
        """As ever, of all rounds together."""
        return self._rounds.usage

    def request(self, body: bytes) -> bytes:
        """The upstream's body for the first round."""
        self._body = body
        return self._encode(self.losses)

    # Between the rounds

    def found(self, result: SearchResult, reason: str = "") -> None:
        """What ``search`` came to; ``reason`` says why there is nothing."""
        if reason:
            self.losses.add("answer.web_search", reason)
        self._tell(self._rounds.found(result, reason))

    def next_request(self) -> bytes:
        """The upstream's body for the next round."""
        messages = (*self._sent.messages, *self._rounds.next_turns())
        choice = self._sent.tool_choice
        if choice is not None and choice.mode in ("any", "tool"):
            choice = ToolChoice("auto")  # it was heeded in the first round
        if self._rounds.round == MOST_ROUNDS and len(self._sent.tools) == 1:
            choice = ToolChoice("none")
        self._sent = structs.replace(self._sent, messages=messages, tool_choice=choice)
        self._sse = SSEDecoder()
        self._is_stream = None
        self._partial = []
        body = self._encode(Losses())  # what is lost was told in the first round
        self._decoder = self._new_decoder()
        return body

    def end_round(self) -> bool:
        """The upstream's bytes have ended, and with them maybe only a round: whether the answer goes on."""
        if not self.waits:
            self._due += super().close()
        return self.waits

    def hear_whole(self, body: bytes) -> bool:
        """A whole answer has come, and maybe only a round's: whether the answer goes on."""
        try:
            response = self._decode_response(body)
        except ProtocolError:
            return False  # ``response`` tells it
        self._tell(self._rounds.hear(events_of(response)))
        return self.waits

    # The answer

    def feed(self, chunk: bytes) -> bytes:
        """What to write to the client for this read, or for what was found since."""
        due, self._due = self._due, b""
        return due if chunk == SEARCHED else due + super().feed(chunk)

    def close(self) -> bytes:
        """All rounds are over: what is still due."""
        due, self._due = self._due, b""
        return due if self.complete else due + super().close()

    def response(self, body: bytes) -> bytes:
        """The client's answer, after ``hear_whole`` heard of each round. Raises as ever."""
        if not self._collected.complete:
            return super().response(body)
        response = structs.replace(
            self._collected.response(), model=self._asked.model, usage=self.usage
        )
        return self._source.encode_response(
            response, self._asked, losses=self.losses, now=self._now
        )

    def _encode(self, losses: Losses) -> bytes:
        self._request = self._sent
        return self._encode_request(self._sent, losses)

    def _translate(self, told: list[StreamEvent]) -> bytes:
        return super()._translate(self._rounds.hear(told))

    def _tell(self, told: list[StreamEvent]) -> None:
        """What did not come by ``feed``: collected for a whole answer, else due with the next read."""
        if self._asked.stream:
            self._due += super()._translate(told)
            return
        self._heard.hear(told)
        for event in told:
            self._collected.add(event)
