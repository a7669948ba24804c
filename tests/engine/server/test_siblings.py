"""Workers tell each other their metrics."""

import asyncio
from pathlib import Path

import pytest

from pxbin_engine.server.siblings import Siblings, Worker, merged

TEXT = b"""# HELP pxbin_requests_total Requests that ended.
# TYPE pxbin_requests_total counter
pxbin_requests_total{model="m \\"1\\"",status="200"} %d.0
# HELP pxbin_latency_seconds Latency.
# TYPE pxbin_latency_seconds histogram
pxbin_latency_seconds_bucket{le="+Inf"} 1.0
pxbin_latency_seconds_count 1.0
pxbin_latency_seconds_sum 0.5
"""


def test_each_sample_says_whose_it_is_and_each_metric_is_told_once() -> None:
    lines = merged({1: TEXT % 5, 3: TEXT % 7}).decode().splitlines()
    assert lines.count("# TYPE pxbin_requests_total counter") == 1
    assert 'pxbin_requests_total{model="m \\"1\\"",status="200",worker="1"} 5.0' in lines
    assert 'pxbin_requests_total{model="m \\"1\\"",status="200",worker="3"} 7.0' in lines
    assert 'pxbin_latency_seconds_bucket{le="+Inf",worker="3"} 1.0' in lines
    assert 'pxbin_latency_seconds_sum{worker="1"} 0.5' in lines


async def test_whoever_is_asked_tells_of_all_that_are_there(tmp_path: Path) -> None:
    one, two = (
        Siblings(Worker(number, 3, tmp_path), lambda number=number: TEXT % number)  # type: ignore[misc]
        for number in (1, 2)
    )
    (tmp_path / "1.sock").touch()  # of one that was killed
    await one.start()
    await two.start()
    for asked in (one, two):
        told = (await asked.render()).decode()
        assert 'worker="1"} 1.0' in told
        assert 'worker="2"} 2.0' in told
        assert 'worker="3"' not in told, "it was never started"
    await two.stop()
    assert 'worker="2"' not in (await one.render()).decode()
    await one.stop()
    assert not list(tmp_path.iterdir())


async def test_a_worker_that_hangs_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pxbin_engine.server.siblings._ANSWER_SECONDS", 0.05)
    left = asyncio.Event()

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await left.wait()
        writer.close()

    server = await asyncio.start_unix_server(hang, tmp_path / "2.sock")
    told = await Siblings(Worker(1, 2, tmp_path), lambda: TEXT % 1).render()
    assert b'worker="1"' in told
    assert b'worker="2"' not in told
    left.set()
    server.close()
