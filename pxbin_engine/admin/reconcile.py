"""Reconcile: import a provider's usage exports, and compare them with what pxbin counted."""

import asyncio
import hashlib
import logging
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePath
from uuid import UUID, uuid4

from msgspec.structs import replace

from pxbin_engine.admin.usage_comparison import Coverage, compare
from pxbin_engine.admin.usage_exports import TELLS, read_export
from pxbin_engine.errors import InvalidInput, NotFound
from pxbin_engine.records import Reconciliation, UpstreamRecord, UsageImport
from pxbin_engine.storage.provider_usage import ProviderUsageStore, ToldDay
from pxbin_engine.storage.upstreams import UpstreamStore

logger = logging.getLogger(__name__)

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes of one export."""
_LONGEST_NAME = 200
_LONGEST_RANGE = timedelta(days=400)
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9999, 12, 31)


class ReconcileAdmin:
    """The use cases."""

    def __init__(
        self,
        store: ProviderUsageStore,
        upstreams: UpstreamStore,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._upstreams, self._clock = store, upstreams, clock

    async def import_file(self, upstream_id: UUID, path: Path) -> UsageImport:
        """The same as ``import_export``, of a file; raises ``InvalidInput`` also where it cannot be read, or is no text."""
        return await self.import_export(upstream_id, await _read(path), file_name=path.name)

    async def import_export(
        self, upstream_id: UUID, text: str, *, file_name: str = ""
    ) -> UsageImport:
        """Import what a provider's export says of the account behind an upstream.

        It takes the place of whatever earlier imports told of the same days: importing a file twice, or two whose days
        overlap, counts nothing twice.

        Args:
            text: the file: CSV, or the JSON of a report.

        Raises:
            NotFound: there is no such upstream.
            InvalidInput: it is no export that is known, or not as such a file should be; the message says where.
        """
        upstream = await self._upstream(upstream_id)
        content = text.encode(errors="surrogatepass")
        _check_size(len(content))
        export = await asyncio.to_thread(read_export, text)
        made = UsageImport(
            id=uuid4(),
            upstream_id=upstream.id,
            upstream_name=upstream.name,
            format=export.format,
            file_name=_shown(file_name),
            sha256=hashlib.sha256(content).hexdigest(),
            imported_at=self._clock(),
            first_day=export.days[0],
            last_day=export.days[-1],
            days=len(export.days),
            models=len({one.model for one in export.usage}),
        )
        same = [name for name, told in TELLS.items() if told & TELLS[export.format]]
        replaced = await self._store.replace(made, export.days, export.usage, formats=same)
        logger.info(
            "usage.imported upstream=%r format=%s first=%s last=%s replaced_days=%d",
            upstream.name,
            export.format,
            made.first_day,
            made.last_day,
            replaced,
        )
        return replace(await self.get(made.id), replaced_days=replaced)

    async def imports(self) -> tuple[UsageImport, ...]:
        """All imports, the newest first."""
        return await self._store.list()

    async def get(self, import_id: UUID) -> UsageImport:
        """One import. Raises ``NotFound``."""
        found = await self._store.get(import_id)
        if found is None:
            raise NotFound(f"There is no import {import_id}.")
        return found

    async def delete(self, import_id: UUID) -> None:
        """Forget what an import told. Raises ``NotFound``."""
        if not await self._store.delete(import_id):
            raise NotFound(f"There is no import {import_id}.")

    async def comparison(
        self, upstream_id: UUID, *, first: date | None = None, last: date | None = None
    ) -> Reconciliation:
        """The days of the range that imports tell of, beside what pxbin counted on them; days are UTC, both included.

        Args:
            first, last: None: from the first day, to the last, that any import tells of.

        Raises:
            NotFound: there is no such upstream.
            InvalidInput: the range ends before it begins, or is longer than 400 days.
        """
        upstream = await self._upstream(upstream_id)
        first, last = first or _FIRST_DAY, last or _LAST_DAY
        if last < first:
            raise InvalidInput("to: must not be before from.", field="to")
        told_days = await self._store.told_days(upstream_id, first, last)
        if not told_days:
            return _nothing(upstream)
        first = min(one.day for one in told_days)
        last = max(one.day for one in told_days)
        if last - first > _LONGEST_RANGE:
            raise InvalidInput(
                f"Imports tell of {first} to {last}; say from and to, {_LONGEST_RANGE.days} days at most.",
                field="from",
            )
        since = await self._store.counted_since()
        lines, models, total = compare(
            await self._store.told(upstream_id, first, last),
            await self._store.served(upstream_id, first, last),
            _coverage(told_days, since),
        )
        return Reconciliation(
            upstream_id=upstream.id,
            upstream_name=upstream.name,
            first_day=first,
            last_day=last,
            counted_since=since,
            lines=lines,
            models=models,
            total=total,
        )

    async def _upstream(self, upstream_id: UUID) -> UpstreamRecord:
        upstream = await self._upstreams.get(upstream_id)
        if upstream is None:
            raise NotFound(f"There is no upstream {upstream_id}.")
        return upstream


async def _read(path: Path) -> str:
    try:
        content = await asyncio.to_thread(_read_bounded, path)
        return content.decode()
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be read: {error.strerror or error}.", field="file"
        ) from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is no text in UTF-8.", field="file") from None


def _read_bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        _check_size(os.fstat(file.fileno()).st_size)
        content = file.read(LARGEST_FILE + 1)  # a device has no size, and a file may grow
    _check_size(len(content))
    return content


def _check_size(size: int) -> None:
    if size > LARGEST_FILE:
        raise InvalidInput(
            f"The file has more than {LARGEST_FILE // 2**20} MB; export fewer days at a time.",
            field="file",
        )


def _shown(file_name: str) -> str:
    """What a file is remembered by."""
    name = PurePath(file_name).name[:_LONGEST_NAME]
    return "".join(mark for mark in name if mark.isprintable())


def _coverage(told_days: "tuple[ToldDay, ...]", since: date | None) -> Coverage:
    return Coverage(
        tokens=frozenset(one.day for one in told_days if "tokens" in TELLS[one.format]),
        cost=frozenset(one.day for one in told_days if "cost" in TELLS[one.format]),
        unsettled=frozenset(one.day for one in told_days if one.imported_on <= one.day),
        counted_since=since,
    )


def _nothing(upstream: UpstreamRecord) -> Reconciliation:
    lines, models, total = compare([], [], Coverage(frozenset(), frozenset()))
    return Reconciliation(
        upstream_id=upstream.id,
        upstream_name=upstream.name,
        first_day=None,
        last_day=None,
        counted_since=None,
        lines=lines,
        models=models,
        total=total,
    )
