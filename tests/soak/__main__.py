"""``make soak``: the desktop app under mixed load, its window open and hidden; what grows is a failure.

All four dialects, streams and whole answers, clients that leave, three upstreams of which some answers fail. It prints
Markdown: what was asked and answered, and what the process held minute by minute. Where there is no display, the window
is drawn into memory.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from pxbin_app.page_list import PAGES
from tests.chaos.clients import Load, compare_with_log
from tests.chaos.proxy import add_model, all_rows, upstreams
from tests.soak import judge
from tests.support.engine_process import COMMANDS, running_engine

_ROUND_SECONDS = 1.0


async def soak(
    minutes: float, *, per_second: int, phase_seconds: float, warm_up: int
) -> tuple[str, list[str]]:
    """The report, and what was wrong."""
    with (
        tempfile.TemporaryDirectory(prefix="pxbin-soak-") as folder,
        upstreams(0.02, 0.02, 0.0) as served_by,
    ):
        samples_file = Path(folder) / "samples.jsonl"
        COMMANDS["soak"] = [
            sys.executable, "-m", "tests.soak.app", str(samples_file), str(phase_seconds)
        ]  # fmt: skip
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb" if "DISPLAY" in os.environ else "offscreen")
        settings = {
            "log_level": "warning",
            "upstream_timeout_seconds": "5",
            "first_byte_timeout_seconds": "5",
            "responses_memory_mb": "1",  # full within minutes: what it holds is no growth
        }
        async with running_engine(Path(folder) / "data", kind="soak", **settings) as engine:
            formats = ("openai", "anthropic", "gemini")
            ids = [
                await engine.add_upstream(f"u{at}", upstream.url, kind=formats[at])
                for at, upstream in enumerate(served_by)
            ]
            load = Load(engine.base_url, await engine.add_key(), await add_model(engine, ids))
            load.clients = 8
            await load.run(warm_up)  # lists of a bounded length are full from here on
            warm_at = time.time()
            await _pace(load, minutes * 60, per_second)
            await asyncio.sleep(2)
            rows = await all_rows(engine, load.sent, within=60)
        lines = samples_file.read_text("utf-8").splitlines()
        samples = [one for line in lines if (one := json.loads(line))["at"] >= warm_at]
    wrong = [*load.wrong, *compare_with_log(load, rows), *judge.problems(samples)]
    return _report(minutes, load, len(rows), samples), wrong


async def _pace(load: Load, seconds: float, per_second: int) -> None:
    """So many requests in each second, as far as they are answered in time."""
    ends = time.monotonic() + seconds
    while (now := time.monotonic()) < ends:
        await load.run(load.sent + per_second)
        await asyncio.sleep(max(0.0, now + _ROUND_SECONDS - time.monotonic()))


def _report(minutes: float, load: Load, rows: int, samples: list[judge.Sample]) -> str:
    counts = load.counts
    grown = ", ".join(
        f"{what} {early:.0f} -> {late:.0f}"
        for what in judge.LIMITS
        for early, late in [judge.growth(samples, what)]
    )
    return (
        f"{minutes:g} minutes, {platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores;"
        f" the window shows {len(PAGES)} pages in turn and is hidden between.\n\n"
        f"{load.sent} requests: {counts['answered']} answered, {counts['told']} told an error, {counts['left']} left"
        f" by their clients, {counts['wrong']} wrong; {rows} rows in the log.\n\n"
        f"Medians of the second and of the last quarter: {grown}.\n\n{judge.table(samples)}\n"
    )


def main() -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--per-second", type=int, default=15, help="requests")
    parser.add_argument(
        "--warm-up", type=int, default=12_000, help="requests before it is measured"
    )
    parser.add_argument("--phase-seconds", type=float, default=45, help="how long a page is shown")
    options = parser.parse_args()
    report, wrong = asyncio.run(
        soak(
            options.minutes,
            per_second=options.per_second,
            phase_seconds=options.phase_seconds,
            warm_up=options.warm_up,
        )
    )
    print(report)
    for problem in wrong[:20]:
        print(f"WRONG {problem}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
