"""The real app in this process, with a story told beside it and a scripted vendor for its upstream."""

import asyncio
from collections.abc import Awaitable, Callable

from pxbin_app.application import Application
from tests.support.upstream import FakeUpstream


def play(app: Application, story: Callable[[FakeUpstream], Awaitable[None]]) -> None:
    """Run the app, with ``story`` told beside it, to its end."""
    main = app._main

    async def main_with_story(loop: asyncio.AbstractEventLoop) -> None:
        async def tell() -> None:
            try:
                async with FakeUpstream() as vendor:
                    await story(vendor)
            finally:
                app._quit_now()

        told = loop.create_task(tell())
        await main(loop)
        await told

    app._main = main_with_story  # type: ignore[method-assign]
    assert app.run() == 0
