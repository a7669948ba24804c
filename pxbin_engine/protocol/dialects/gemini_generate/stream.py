"""Streams of ``streamGenerateContent`` -> canonical events; a whole answer is a stream of one chunk.

What the decoder holds to, beside the rules of ``protocol.stream`` (``part_sequence`` keeps the parts in order):

1. ``finishReason`` may come in any chunk, at older models in every one; ``usageMetadata`` too, and the last one counts.
   Only the end of the bytes (or ``[DONE]``, which some compatible servers send) ends the message.
2. The end of the bytes without a finish is a cut stream, unless the upstream is known for it.
3. A prompt that was blocked has no candidates but a reason: a refusal.
4. What Google Search found comes before the text in a whole answer and after it in a stream, which learns of it last.
5. Only the first candidate is read. An error object is a failure; nothing comes after it.
"""

from collections.abc import Iterable

from msgspec import Raw

from pxbin_engine.protocol.dialects.gemini_generate import upstream_wire as wire
from pxbin_engine.protocol.dialects.gemini_generate.error import decode_stream_error
from pxbin_engine.protocol.dialects.gemini_generate.function_names import original_names
from pxbin_engine.protocol.dialects.gemini_generate.grounding import (
    decode_citations,
    decode_search,
)
from pxbin_engine.protocol.dialects.gemini_generate.outcome import (
    decode_stop,
    decode_usage,
    failed_finish,
    made_id,
    new_response_id,
)
from pxbin_engine.protocol.dialects.gemini_generate.part_sequence import (
    NamelessCall,
    PartSequence,
)
from pxbin_engine.protocol.dialects.gemini_generate.wire import UNREADABLE
from pxbin_engine.protocol.error import ApiError
from pxbin_engine.protocol.quirks import Quirks
from pxbin_engine.protocol.request import Request
from pxbin_engine.protocol.response import StopReason
from pxbin_engine.protocol.sse import SSEEvent
from pxbin_engine.protocol.stream import (
    MessageEnd,
    MessageStart,
    StreamEvent,
    StreamFailed,
)


class GeminiStreamDecoder:
    """An upstream's chunks -> canonical events."""

    def __init__(self, *, quirks: Quirks, request: Request) -> None:
        self._lenient_end = quirks.lenient_end
        self._out: list[StreamEvent] = []
        self._parts = PartSequence(original_names(request), self._out)
        self._started = False
        self._over = False
        self._finish: str | None = None
        self._finish_message: str | None = None
        self._blocked: wire.PromptFeedback | None = None
        self._usage: wire.UsageMetadata | None = None
        self._grounding: wire.GroundingMetadata | None = None
        self._searches = 0

    def feed(self, events: Iterable[SSEEvent]) -> list[StreamEvent]:
        """The canonical events of these server-sent events; bad data becomes ``StreamFailed``."""
        for event in events:
            if self._over:
                break
            try:
                self._take(wire.decode_chunk(event.data), event.data)
            except UNREADABLE:
                self._take_unusual(event.data.strip())
        return self._told()

    def close(self) -> list[StreamEvent]:
        """The bytes have ended: the end that is still due, or ``StreamFailed`` where they were cut."""
        if not self._over:
            finished = self._finish is not None or self._blocked is not None
            if finished or (self._lenient_end and self._started):
                self._end()
            elif self._started:
                self._fail("The upstream's answer was cut before it was complete.")
            else:
                self._fail("The upstream ended without an answer.")
        return self._told()

    def _told(self) -> list[StreamEvent]:
        told = self._out.copy()
        self._out.clear()  # the sequence of parts holds it, too
        return told

    def _take(self, chunk: wire.Chunk, data: bytes | Raw) -> None:
        if chunk.error is not None:
            self._fail_with(decode_stream_error({"error": chunk.error}))
            return
        if chunk.usage_metadata is not None:
            self._usage = chunk.usage_metadata
        if chunk.prompt_feedback is not None and chunk.prompt_feedback.block_reason:
            self._blocked = chunk.prompt_feedback
        if not self._started and (
            chunk.candidates or chunk.prompt_feedback or chunk.usage_metadata
        ):
            self._start(chunk)
        if chunk.candidates and not chunk.candidates[0].index:
            self._take_candidate(chunk.candidates[0], data)

    def _take_unusual(self, data: bytes) -> None:
        """The end in OpenAI's way, several chunks in an array, or no JSON at all."""
        if data == b"[DONE]":
            if self._started:
                self._end()
            return
        try:
            for item in wire.split_array(data):
                if not self._over:
                    self._take(wire.decode_chunk(item), item)
        except UNREADABLE:
            if data:
                start = data[:200].decode(errors="replace")
                self._fail(f"The upstream sent what is no answer of generateContent: {start}")

    def _start(self, chunk: wire.Chunk) -> None:
        self._started = True
        self._parts.response_id = chunk.response_id or new_response_id()
        early = decode_usage(self._usage) if self._usage is not None else None
        self._out.append(MessageStart(self._parts.response_id, chunk.model_version or "", early))

    def _take_candidate(self, candidate: wire.Candidate, data: bytes | Raw) -> None:
        if candidate.grounding_metadata is not None or candidate.citation_metadata is not None:
            self._take_sources(candidate)
        parts = candidate.content.parts if candidate.content else None
        try:
            for position, part in enumerate(parts or ()):
                self._parts.take(part, position, data)
        except NamelessCall:
            self._fail("The upstream called a tool without naming it.")
        if candidate.finish_reason:
            self._finish, self._finish_message = candidate.finish_reason, candidate.finish_message

    def _take_sources(self, candidate: wire.Candidate) -> None:
        self._grounding = candidate.grounding_metadata or self._grounding
        if candidate.finish_reason and self._parts.empty:
            self._tell_search()
        self._parts.cite(decode_citations(candidate))

    def _tell_search(self) -> None:
        """Rule 4."""
        if self._grounding is None or self._searches:
            return
        found = decode_search(self._grounding, made_id("search", self._parts.response_id, 0))
        if found is not None:
            self._searches = len(self._grounding.web_search_queries or ()) or 1
            for part in found:
                self._parts.whole(part)

    # The end

    def _end(self) -> None:
        failure = failed_finish(self._finish or "", self._finish_message)
        if failure is not None and not self._parts.has_call:
            self._fail_with(failure)
            return
        stop = self._stop()
        if stop.unified == "refusal" and self._parts.empty:
            self._parts.text(self._words_of_refusal())
        self._parts.close()
        self._tell_search()
        usage = decode_usage(self._usage, self._searches) if self._usage is not None else None
        self._out.append(MessageEnd(stop, usage))
        self._over = True

    def _stop(self) -> StopReason:
        if self._blocked is not None and self._finish is None:
            return StopReason("refusal", self._blocked.block_reason)
        return decode_stop(self._finish, has_call=self._parts.has_call)

    def _words_of_refusal(self) -> str:
        """Google's own, where the model had none."""
        blocked = self._blocked.block_reason_message if self._blocked is not None else None
        return blocked or self._finish_message or ""

    def _fail(self, message: str) -> None:
        self._fail_with(ApiError("api", 502, message))

    def _fail_with(self, error: ApiError) -> None:
        self._out.append(StreamFailed(error))
        self._over = True
