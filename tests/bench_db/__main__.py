"""``make bench-db``: a PostgreSQL of its own with ten million requests, and how long statistics and log pages take there.

The settings are those of the embedded server. Each query runs several times through the code that the engine runs, with
its rows made into records. Exit code 1 where a median is not below the limit.
"""

import argparse
import asyncio
import contextlib
import logging
import shutil
import statistics as figures
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pxbin_engine.storage.database import Database
from pxbin_engine.storage.migrations import migrate
from pxbin_engine.storage.partitions import Partitions
from pxbin_engine.storage.postgres.cluster import Cluster
from pxbin_engine.storage.totals import Totals
from tests.bench_db.load import DAYS, load_day
from tests.bench_db.queries import Query, log_pages, searches, sessions, statistics

LIMIT_MS = 50
SEARCH_LIMIT_MS = 1000
_BYTES_A_ROW = 1500
"""With indexes, totals and what PostgreSQL writes ahead; a row has about 1000."""

_SCHEMA = "bench"
_LAST_DAY = datetime(2026, 11, 23, tzinfo=UTC)
_NOW = _LAST_DAY + timedelta(days=1, seconds=-1)


def main() -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_db", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=9, help="of each query")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="load into it, or use what was loaded there before"
    )
    options = parser.parse_args()
    with _folder(options.keep) as folder:
        if shutil.disk_usage(folder).free < options.rows * _BYTES_A_ROW:
            return _fail(
                f"{options.rows:,} rows need {options.rows * _BYTES_A_ROW >> 30} GB of disk."
            )
        cluster = Cluster(folder / "pg")
        dsn = cluster.start()
        try:
            return asyncio.run(_measure(dsn, options.rows, options.runs))
        finally:
            cluster.stop()


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="pxbin-bench-db-") as folder:
        yield Path(folder)


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


async def _measure(dsn: str, rows: int, runs: int) -> int:
    await migrate(dsn, schema=_SCHEMA)
    database = await Database.connect(dsn, schema=_SCHEMA)
    try:
        await _load(database, rows)
        size = await database.fetch("select pg_database_size(current_database()) >> 20")
        count = await database.fetch(
            "select sum(requests)::bigint from usage_hourly where dimension = 'total'"
        )
        print(
            f"{count[0][0]:,} rows, {size[0][0]:,} MB; ms, best, median and worst of {runs}",
            flush=True,
        )
        asked = [
            *statistics(database, _NOW),
            *await sessions(database, _NOW),
            *await log_pages(database, _NOW),
        ]
        slow = [name for name, query in asked if await _show(name, query, runs) >= LIMIT_MS]
        for name, query in searches(database, _NOW):
            if await _show(name, query, runs) >= SEARCH_LIMIT_MS:
                slow.append(name)
    finally:
        await database.close()
    limits = f"{LIMIT_MS} ms, of searches without an index {SEARCH_LIMIT_MS} ms"
    print(f"not below {limits}: {'; '.join(slow)}" if slow else f"all medians are below {limits}")
    return 1 if slow else 0


async def _load(database: Database, rows: int) -> None:
    """Make the days that are not there, count them as a repair does, and let PostgreSQL look at what it has."""
    logging.getLogger("pxbin_engine.storage.totals").setLevel(logging.ERROR)
    present = await Partitions(database).days()
    started = time.monotonic()
    is_new = False
    for ago in range(DAYS, -1, -1):
        start = _LAST_DAY - timedelta(days=ago)
        if start.date() not in present:
            await load_day(database, start, rows // (DAYS + 1))
        counted = "select from usage_hourly where dimension = 'total' and bucket >= $1 and bucket < $2 limit 1"
        if not await database.fetch(counted, start, start + timedelta(days=1)):
            await Totals(database).recount(start.date())
            is_new = True
            print(
                f"{start:%d %b} after {time.monotonic() - started:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    await Totals(database).close_days(now=_NOW)
    if not is_new:
        return
    async with database.pool.acquire() as connection:
        await connection.execute("vacuum analyze", timeout=600)


async def _show(name: str, query: Query, runs: int) -> float:
    """Run one query and print its line; its median."""
    await query()  # warm
    took = []
    for _ in range(runs):
        started = time.perf_counter()
        await query()
        took.append((time.perf_counter() - started) * 1000)
    median = figures.median(took)
    print(f"{min(took):8.1f}{median:8.1f}{max(took):8.1f}  {name}", flush=True)
    return median


if __name__ == "__main__":
    sys.exit(main())
