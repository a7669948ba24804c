"""The log: pages of requests, newest first, one request in full with what was kept of its bodies, and exports."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from uuid import UUID

from msgspec.structs import replace

from pxbin_engine.admin.log_export import ExportFile, Piece, encoded
from pxbin_engine.admin.log_query import parse, strictly
from pxbin_engine.admin.log_words import quoted
from pxbin_engine.admin.recorded_events import events_of
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import (
    ExportFormat,
    ParsedQuery,
    RecordedEvent,
    RecordedSide,
    Recording,
    RecordingState,
    RequestFilter,
    RequestPage,
    RequestRecord,
)
from pxbin_engine.storage.recordings import RecordingStore
from pxbin_engine.storage.requests import RequestStore

LARGEST_PAGE = 500

EXPORTED_AT_ONCE = 200
"""Rows that an export reads at a time: more would hold up the streams that the same loop serves."""

TEXT_REACHES_BACK = timedelta(hours=24)
"""How far free text is looked for where the filter does not say since when: no index serves it."""


_NO_RECORDING: dict[RecordingState, str] = {
    "": "The bodies of this request were not kept.",
    "dropped": "The bodies of this request were to be kept, but there was no room for them.",
    "kept": "The bodies of this request are not kept any more, or not written yet.",
}
"""By what its row says."""


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class RequestAdmin:
    """The use cases of the log.

    Args:
        erase_recordings: in place of the store's own, where some wait to be written.
    """

    def __init__(
        self,
        store: RequestStore,
        recordings: RecordingStore,
        *,
        erase_recordings: Callable[[], Awaitable[int]] | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._recordings = recordings
        self._erase_recordings = erase_recordings or recordings.erase_all
        self._clock = clock

    def parse(self, query: str, *, zone: tzinfo = UTC) -> ParsedQuery:
        """What of a query in the log's language was understood, and what was not; ``zone`` is where days begin."""
        return parse(query, now=self._clock(), zone=zone)

    def filter(
        self, query: str, *, within: RequestFilter | None = None, zone: tzinfo = UTC
    ) -> RequestFilter:
        """A query as a filter; the conditions of ``within`` hold, too.

        Raises:
            InvalidInput: something in the query was not understood.
        """
        asked = strictly(self.parse(query, zone=zone))
        return both(asked, within) if within else asked

    def term(self, word: str, value: str) -> str:
        """A condition as it is said in the log's language: ``key:"my laptop"``."""
        return f"{word}:{quoted(value)}"

    async def page(
        self,
        filter: RequestFilter | None = None,  # noqa: A002  # the contract's word
        *,
        cursor: str | None = None,
        page: int | None = None,
        limit: int = 50,
    ) -> RequestPage:
        """Up to ``limit`` rows (500 at most): those after ``cursor``, or the ``page`` of that number, from 1.

        Free text is looked for in the newest 24 hours of the filter, unless that says since when.

        Raises:
            InvalidInput: the cursor is not one of ours, both were given, a number is out of its range, or the search took
                too long.
        """
        if cursor is not None and page is not None:
            raise InvalidInput("Give cursor or page, not both.", field="cursor")
        if page is not None and page < 1:
            raise InvalidInput("page counts from 1.", field="page")
        if not 1 <= limit <= LARGEST_PAGE:
            raise InvalidInput(f"A page has 1 to {LARGEST_PAGE} rows.", field="per_page")
        where = self.bounded(filter or RequestFilter())
        found = await self._store.page(where, cursor=cursor, page=page, limit=limit)
        if not where.reads_text:
            return found
        return replace(
            found, searched_since=where.since, searched_until=where.until or self._clock()
        )

    def bounded(self, where: RequestFilter) -> RequestFilter:
        """The filter as it is searched: one that looks for text has a beginning."""
        if not where.reads_text or where.since is not None:
            return where
        return replace(where, since=(where.until or self._clock()) - TEXT_REACHES_BACK)

    async def get(self, request_id: UUID) -> RequestRecord:
        """One row of the log.

        Raises:
            NotFound: there is none of that id, or it was removed at the end of its retention.
        """
        record = await self._store.get(request_id)
        if record is None:
            raise NotFound(f"There is no request {request_id} in the log.")
        return record

    async def recording(self, request_id: UUID) -> Recording:
        """What a request said and heard, without secrets.

        Raises:
            NotFound: there is no such request, or it has no recording; the message says why.
        """
        recording = await self._recordings.get(request_id)
        if recording is None:
            record = await self.get(request_id)
            raise NotFound(_NO_RECORDING[record.recording])
        return recording

    async def events(
        self, request_id: UUID, side: RecordedSide, *, attempt: int | None = None
    ) -> tuple[RecordedEvent, ...]:
        """The events of a streamed answer, as the upstream sent them or as the client got them.

        Args:
            attempt: of an upstream's answers which; None: the last.

        Returns:
            None where that answer was no stream, or there was none.

        Raises:
            NotFound: see ``recording``.
        """
        recording = await self.recording(request_id)
        message = recording.find(side, attempt)
        return events_of(message) if message else ()

    async def erase_recordings(self) -> int:
        """Erase all bodies that are kept; returns of how many requests. The rows stay.

        Bodies of requests that are in flight, here or at another engine, may still be written: switch them off first.
        """
        return await self._erase_recordings()

    async def export(
        self,
        filter: RequestFilter,  # noqa: A002  # the contract's word
        format: ExportFormat,  # noqa: A002  # as above
    ) -> AsyncGenerator[Piece, None]:
        """All rows of a filter, newest first, as the pieces of a file; page by page, so in constant memory.

        Raises:
            InvalidInput: the format needs a package that is not installed, or the search took too long.
            StorageError: the log cannot be read; the file would end in the middle.
        """
        async with aclosing(encoded(self._pages(self.bounded(filter)), format)) as pieces:
            async for piece in pieces:
                yield piece

    async def _pages(self, where: RequestFilter) -> AsyncGenerator[tuple[RequestRecord, ...], None]:
        cursor = None
        while True:
            rows, cursor = await self._store.rows(where, cursor=cursor, limit=EXPORTED_AT_ONCE)
            yield rows
            if cursor is None:
                return

    async def export_to(
        self,
        path: Path,
        filter: RequestFilter,  # noqa: A002  # the contract's word
        format: ExportFormat,  # noqa: A002  # as above
        *,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Write all rows of a filter to a file; returns how many.

        The file is there only when it is whole: who cancels, or fails, leaves what was there before.

        Args:
            on_progress: told how many rows are written, page by page.

        Raises:
            InvalidInput: the file cannot be written; else see ``export``.
            StorageError: see ``export``.
        """
        rows = 0
        async with (
            ExportFile(path) as file,
            aclosing(self.export(filter, format)) as pieces,
        ):
            async for piece in pieces:
                await file.write(piece.data)
                rows = piece.rows
                on_progress(rows)
        return rows


def both(one: RequestFilter, other: RequestFilter) -> RequestFilter:
    """The filter of what fits both; ``one`` has conditions, since and until alone."""
    since = max((at for at in (one.since, other.since) if at), default=None)
    until = min((at for at in (one.until, other.until) if at), default=None)
    conditions = (*other.conditions, *one.conditions)
    return replace(other, conditions=conditions, since=since, until=until)
