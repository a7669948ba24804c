"""``make bench``: what the proxy costs and adds, measured on whole processes over loopback; a table and JSON out.

A fast fake upstream and the load generator run on one core, the proxy on another. Keys, routing, accounting and the
database log are ON, every reply is checked, each scenario runs several times and medians are shown. CPU per request is
the steady figure; times depend on the machine's noise, so compare figures of one run only. For figures that can be
compared between machines, a bare relay is measured beside it, and one that also translates, by hand and this one pair
only, in the same runs and on the same core: ``x relay``, ``x transl.``.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.proxy import Watch, configured
from tests.bench.scenarios import SCENARIOS, Scenario
from tests.support.engine_process import COMMANDS


class Subject(NamedTuple):
    """What is measured; ``checked``: whether its replies are right can be seen (a relay does not translate)."""

    watch: Watch
    port: int
    key: str = ""
    checked: bool = True


ROOT = Path(__file__).parents[2]
LAST_CORE = (os.cpu_count() or 1) - 1


@contextlib.contextmanager
def _program(name: str, *arguments: str) -> Iterator[tuple[int, int]]:
    """A program of this folder that prints its port: its process id and the port."""
    command = [sys.executable, "-m", f"tests.bench.{name}", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def _load(
    port: int, key: str, scenario: Scenario, *, requests: int, clients: int
) -> dict[str, Any]:
    path = "/v1/messages"
    arguments = ["127.0.0.1", str(port), key, scenario.key, str(requests), str(clients), path]
    command = [sys.executable, "-m", "tests.bench.load", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=300)
    return dict(json.loads(done.stdout))


def _measure(subject: Subject, upstream_port: int, scenario: Scenario) -> dict[str, float]:
    """One run: CPU under load, then latency with one client, through the subject and straight to the upstream."""
    watch, port, key, checked = subject
    own, database = watch.cpu_seconds()
    loaded = _load(port, key, scenario, requests=scenario.requests, clients=scenario.clients)
    own_after, database_after = watch.cpu_seconds()
    if checked and loaded["wrong"]:
        raise SystemExit(
            f"{scenario.key}: {loaded['wrong']} wrong replies, e.g.\n{loaded.get('example')}"
        )
    cpu_ms = (own_after - own) / scenario.requests * 1000
    result = {
        "cpu_ms_per_request": cpu_ms,
        "cpu_us_per_event": cpu_ms / scenario.events * 1000,
        "database_cpu_ms_per_request": (database_after - database) / scenario.requests * 1000,
        "requests_per_second": scenario.requests / loaded["seconds"],
        "memory_mb": watch.memory_mb(),
    }
    if scenario.gap:
        return result | {f"gap_p{p}_ms": gap for p, gap in loaded["gap_ms"].items()}
    through = _load(port, key, scenario, requests=200, clients=1)
    straight = _load(upstream_port, "", scenario, requests=200, clients=1)
    for name in ("latency", "first_byte"):
        for p, took in through[f"{name}_ms"].items():
            result[f"added_{name}_p{p}_ms"] = took - straight[f"{name}_ms"][p]
    return result


async def run(kind: str, names: list[str], runs: int) -> dict[str, Any]:
    """Measure every scenario ``runs`` times; medians, of the proxy, of ``relay`` and of ``translator``."""
    with (
        tempfile.TemporaryDirectory(prefix="pxbin-bench-") as folder,
        _program("upstream") as (_, upstream_port),
        _program("relay", str(upstream_port)) as (relay_pid, relay_port),
        _program("translator", str(upstream_port)) as (translator_pid, translator_port),
    ):
        async with configured(kind, Path(folder) / "data", upstream_port) as (engine, key):
            subjects = {
                "results": Subject(Watch(engine.pid), engine.port, key),
                "relay": Subject(Watch(relay_pid), relay_port, checked=False),
                "translator": Subject(Watch(translator_pid), translator_port),
            }
            return _medians(subjects, upstream_port, names, runs)


def _medians(
    subjects: dict[str, Subject], upstream_port: int, names: list[str], runs: int
) -> dict[str, Any]:
    # The hand-written translator knows one pair; where the upstream speaks another dialect it has nothing to say.
    measured: dict[str, dict[str, list[dict[str, float]]]] = {
        who: {
            name: [] for name in names if who != "translator" or SCENARIOS[name].format == "openai"
        }
        for who in subjects
    }
    for who, subject in subjects.items():
        subject.watch.stay_on(LAST_CORE)
        for name in measured[who]:
            _load(subject.port, subject.key, SCENARIOS[name], requests=50, clients=4)  # warm
    for _ in range(runs):
        for name in names:
            for who, subject in subjects.items():
                if name in measured[who]:
                    measured[who][name].append(_measure(subject, upstream_port, SCENARIOS[name]))
    medians: dict[str, Any] = {
        who: {name: _median(all_runs) for name, all_runs in by_name.items()}
        for who, by_name in measured.items()
    }
    results = medians["results"]
    for other in ("relay", "translator"):
        for name, its in medians[other].items():
            times = results[name]["cpu_ms_per_request"] / its["cpu_ms_per_request"]
            results[name][f"times_{other}"] = round(times, 2)
    results["peak_memory_mb"] = round(max(results[name]["memory_mb"] for name in names), 1)
    return medians


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(run[key] for run in runs), 4) for key in runs[0]}


def _machine() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": str(os.cpu_count()),
        **{
            name: version(name)
            for name in ("pxbin", "aiohttp", "msgspec", "uvloop", "asyncpg", "qasync")
        },
    }


def _print_table(results: dict[str, Any]) -> None:
    print(
        f"{'':4}{'CPU ms':>8}{'x relay':>9}{'x transl.':>11}{'us/event':>10}{'db ms':>8}{'req/s':>8}{'+p50 ms':>9}{'+p99 ms':>9}{'+TTFB p50':>11}"
    )
    for name, scenario in SCENARIOS.items():
        if name not in results:
            continue
        row = results[name]
        added = [
            row.get(f"added_{key}_ms") for key in ("latency_p50", "latency_p99", "first_byte_p50")
        ]
        shown = "".join(map(_or_blank, added, (9, 9, 11)))
        print(
            f"{name:4}{row['cpu_ms_per_request']:8.3f}{row['times_relay']:9.2f}{_or_blank(row.get('times_translator'), 11)}{row['cpu_us_per_event']:10.1f}"
            f"{row['database_cpu_ms_per_request']:8.3f}{row['requests_per_second']:8.0f}{shown}  {scenario.title}"
            + (
                f"  gap p50/p99 {row['gap_p50_ms']:.1f}/{row['gap_p99_ms']:.1f} ms"
                if scenario.gap
                else ""
            )
        )
    print(f"peak memory {results['peak_memory_mb']} MB")


def _or_blank(value: float | None, width: int) -> str:
    return " " * width if value is None else f"{value:>{width}.2f}"


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure what pxbin costs and adds."
    )
    parser.add_argument(
        "--kind",
        choices=COMMANDS,
        default="headless",
        help="the headless engine, or the app's loop",
    )
    parser.add_argument("--scenarios", nargs="*", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, default=ROOT / ".cache" / "bench.json")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {0})  # the upstream and the load generator inherit it
    measured = asyncio.run(run(options.kind, options.scenarios, options.runs))
    _print_table(measured["results"])
    options.json.parent.mkdir(exist_ok=True)
    told = {"machine": _machine(), "kind": options.kind, "runs": options.runs, **measured}
    options.json.write_text(json.dumps(told, indent=2) + "\n")
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
