"""The command line: another proxy's address, and the exit code that says whether it conforms."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.__main__ import main
from tests.conformance.engine import configured
from tests.conformance.player import Subject
from tests.support.engine_process import free_port
from tests.support.upstream import FakeUpstream


@pytest.fixture
def another_proxy(tmp_path: Path) -> Iterator[tuple[Subject, int]]:
    """A pxbin that runs on its own and asks an upstream at a port where nothing is yet."""
    port = free_port()
    ready, leave = threading.Event(), threading.Event()
    running: list[Subject] = []

    async def run() -> None:
        async with configured(tmp_path / "data", FakeUpstream(port)) as subject:
            running.append(subject)
            ready.set()
            await asyncio.to_thread(leave.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(60)
    yield running[0], port
    leave.set()
    thread.join(60)


def test_another_proxy_is_played_through_by_its_address(
    another_proxy: tuple[Subject, int], capsys: pytest.CaptureFixture[str]
) -> None:
    subject, port = another_proxy
    where = ["--url", subject.url, "--key", subject.key, "--upstream-port", str(port)]
    some = ["--clients", "anthropic,openai", "--upstreams", "openai,gemini", "--cases", "tool"]
    assert main([*where, *some]) == 0
    told = capsys.readouterr().out
    assert f"openai            http://127.0.0.1:{port}/v1" in told
    assert "in 4 pairs: all as they should be." in told
    assert main([*where[:2], "--key", "pxb_wrong", *where[4:], *some]) == 1
    told = capsys.readouterr().out
    assert "differ." in told
    assert "Error(status=401" in told


def test_a_dialect_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--clients", "morse"])
    assert "no dialect: morse" in capsys.readouterr().err
