"""The loop: everything asyncio promises, no leak of timers, Qt served in between."""

import asyncio
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from pxbin_app.event_loop import SelectorEventLoop, new_event_loop

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stock qasync runs on Windows")


@pytest.fixture
def loop(qapp: QCoreApplication) -> Iterator[SelectorEventLoop]:
    loop = new_event_loop(qapp)
    assert isinstance(loop, SelectorEventLoop)
    yield loop
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    asyncio.set_event_loop(None)


def test_a_coroutine_runs_to_its_result(loop: SelectorEventLoop) -> None:
    async def answer() -> int:
        await asyncio.sleep(0.01)
        return 42

    assert loop.run_until_complete(answer()) == 42


def test_an_exception_comes_out(loop: SelectorEventLoop) -> None:
    async def broken() -> None:
        raise ValueError("seen")

    with pytest.raises(ValueError, match="seen"):
        loop.run_until_complete(broken())


def test_timers_fire_in_order_and_on_time(loop: SelectorEventLoop) -> None:
    fired: list[int] = []

    async def main() -> float:
        started = loop.time()
        for delay in (30, 10, 20):
            loop.call_later(delay / 1000, fired.append, delay)
        await asyncio.sleep(0.04)
        return loop.time() - started

    took = loop.run_until_complete(main())
    assert fired == [10, 20, 30]
    assert took >= 0.04


def test_cancelled_timers_are_let_go(loop: SelectorEventLoop) -> None:
    """What stock qasync leaks: 20,000 time-outs that never fire must not stay."""

    async def main() -> None:
        for _ in range(20_000):
            async with asyncio.timeout(3600):
                pass
        await asyncio.sleep(0)

    loop.run_until_complete(main())
    assert len(loop._scheduled) < 200


def test_sockets_are_served(loop: SelectorEventLoop) -> None:
    async def main() -> bytes:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readexactly(100_000))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"x" * 100_000)
            data = await reader.read(-1)
            writer.close()
            await writer.wait_closed()
        return data

    assert loop.run_until_complete(main()) == b"x" * 100_000


def test_threads_can_call_in(loop: SelectorEventLoop) -> None:
    async def main() -> int:
        future: asyncio.Future[int] = loop.create_future()
        threading.Timer(0.02, loop.call_soon_threadsafe, (future.set_result, 7)).start()
        return await future + await asyncio.to_thread(lambda: 1)

    assert loop.run_until_complete(main()) == 8


def test_a_slot_wakes_a_sleeping_loop(loop: SelectorEventLoop) -> None:
    async def main() -> str:
        future: asyncio.Future[str] = loop.create_future()
        QTimer.singleShot(10, lambda: loop.call_soon(future.set_result, "soon"))
        first = await future
        later: asyncio.Future[str] = loop.create_future()
        QTimer.singleShot(10, lambda: loop.call_later(0.01, later.set_result, "later"))
        return first + " " + await later

    assert loop.run_until_complete(asyncio.wait_for(main(), 5)) == "soon later"


def test_qt_gets_its_turn_under_a_busy_loop(loop: SelectorEventLoop) -> None:
    """A coroutine that never stops being ready must not freeze the window."""
    ticks = []

    async def main() -> None:
        timer = QTimer()
        timer.timeout.connect(lambda: ticks.append(1))
        timer.start(5)
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            await asyncio.sleep(0)
        timer.stop()

    loop.run_until_complete(main())
    assert len(ticks) >= 5


def test_serving_goes_on_under_a_nested_loop_that_a_slot_opened(loop: SelectorEventLoop) -> None:
    """Menus and native dialogs run loops of their own; streams must flow meanwhile."""
    seen: list[int] = []

    async def main() -> None:
        nested = QEventLoop()
        QTimer.singleShot(0, nested.exec)
        for number in range(5):
            await asyncio.sleep(0.01)
            seen.append(number)
        nested.quit()

    loop.run_until_complete(asyncio.wait_for(main(), 5))
    assert seen == [0, 1, 2, 3, 4]


def test_a_nested_loop_inside_a_coroutine_only_halts_the_others(loop: SelectorEventLoop) -> None:
    """The stock loop loses tasks for good here; ours goes on when the nested loop ends."""

    async def main() -> list[int]:
        seen: list[int] = []

        async def other() -> None:
            for number in range(5):
                await asyncio.sleep(0.005)
                seen.append(number)

        task = loop.create_task(other())
        await asyncio.sleep(0)
        nested = QEventLoop()
        QTimer.singleShot(50, nested.quit)
        nested.exec()
        halted = len(seen)
        await task
        return [halted, len(seen)]

    assert loop.run_until_complete(main()) == [0, 5]


def test_nothing_but_our_own_stands_in_for_asyncio() -> None:
    """qasync gives each callback a Qt timer of its own; one method forgotten here would bring that back unseen."""
    asyncios, ours = asyncio.SelectorEventLoop, SelectorEventLoop
    names = [name for name in dir(asyncios) if not name.startswith("__")]
    foreign = [
        name
        for name in names
        if getattr(ours, name) is not getattr(asyncios, name) and name not in vars(ours)
    ]
    assert foreign == []


def test_sockets_are_served_after_qt_ended_too(
    loop: SelectorEventLoop, qapp: QCoreApplication
) -> None:
    async def main() -> bytes:
        qapp.exit(1)
        await asyncio.sleep(0.05)
        server = await asyncio.start_server(
            lambda _r, w: (w.write(b"here"), w.close())[1], "127.0.0.1", 0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            data = await asyncio.wait_for(reader.read(-1), 2)
            writer.close()
        return data

    assert loop.run_until_complete(main()) == b"here"
    assert loop.run_until_complete(asyncio.sleep(0, "again")) == "again"


def test_it_goes_on_when_qt_ends_by_itself(loop: SelectorEventLoop, qapp: QCoreApplication) -> None:
    """A display that dies ends Qt's loop; what is open must still be closed in order."""

    async def main() -> str:
        await asyncio.sleep(0.01)
        qapp.exit(1)
        await asyncio.sleep(0.05)
        return await asyncio.to_thread(lambda: "closed")

    assert loop.run_until_complete(main()) == "closed"


def test_signals_reach_handlers(loop: SelectorEventLoop) -> None:
    async def main() -> bool:
        got = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, got.set)
        signal.raise_signal(signal.SIGUSR1)
        try:
            return await asyncio.wait_for(got.wait(), 5)
        finally:
            loop.remove_signal_handler(signal.SIGUSR1)

    assert loop.run_until_complete(main())


def test_subprocesses_run(loop: SelectorEventLoop) -> None:
    async def main() -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "print(6*7)", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        return out.strip()

    assert loop.run_until_complete(main()) == b"42"


def test_it_runs_again_after_a_stop(loop: SelectorEventLoop) -> None:
    assert [loop.run_until_complete(asyncio.sleep(0, n)) for n in range(3)] == [0, 1, 2]
    assert not loop.is_running()


def test_an_idle_loop_does_not_spin(loop: SelectorEventLoop) -> None:
    """CPU time of half a second of waiting with an open socket is next to nothing."""

    async def main() -> float:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = await asyncio.start_server(lambda _r, _w: None, sock=listener)
            await asyncio.sleep(0.05)
            before = time.process_time()
            await asyncio.sleep(0.5)
            used = time.process_time() - before
            server.close()
        return used

    passes = []
    real = loop._pass
    loop._pass = lambda: (passes.append(1), real())[1]  # type: ignore[func-returns-value, method-assign]
    loop.run_until_complete(main())
    assert len(passes) < 20
