"""The states of the window for ``tests.support.screens``: each page in each of them, and what holds for all pages.

Each scene has a stage of its own: a state must not be seen in the next picture. A page that is added to the sidebar is
in all of these tables by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from msgspec.structs import replace

from pxbin_app.messenger import Messenger
from pxbin_app.page_list import PAGES
from pxbin_app.tray import Tray
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import DatabaseStateChanged, DiskStateChanged, UpstreamHealthChanged

AWAY = DatabaseUnavailable(
    "The database is away: connection refused. It is asked again every second."
)
LONG = "a-very-long-name-that-somebody-gave-it-because-nobody-said-that-it-has-to-be-short"

Scene = Callable[[Any], Awaitable[None]]


async def show(stage: Any, page: str) -> Any:
    """Bring a page into view, and wait for its figures."""
    shown = await stage.show(page)
    await asyncio.sleep(0.7)
    return shown


async def failed(stage: Any, *, page: str) -> None:
    """Every use case fails."""
    for one in (stage.engine, stage.log, stage.engine.budgets, stage.engine.sessions):
        one.failure = AWAY
    await show(stage, page)


async def loading(stage: Any, *, page: str) -> None:
    """The engine has not answered yet."""
    stage.engine.enter("starting")
    stage.window.set_state("starting")
    await show(stage, page)


async def smallest(stage: Any, *, page: str) -> None:
    """The smallest window there is."""
    stage.window.resize(stage.window.minimumSize())
    await show(stage, page)


async def long_names(stage: Any, *, page: str) -> None:
    """Somebody likes long names."""
    engine = stage.engine
    for store in (engine.upstream_store, engine.model_store, engine.key_store):
        store.rows = {
            row_id: replace(row, name=f"{row.name}-{LONG}") for row_id, row in store.rows.items()
        }
    stage.log.records = [
        replace(
            one,
            model=f"{one.model}-{LONG}",
            upstream_model=f"{one.upstream_model}-{LONG}",
            upstream_name=f"{one.upstream_name}-{LONG}",
            key_name=f"{one.key_name}-{LONG}",
        )
        for one in stage.log.records
    ]
    await show(stage, page)


async def paused(stage: Any) -> None:
    stage.window.set_state("paused", address=stage.engine.address, base_url=stage.engine.base_url)
    stage.window.show_banner(
        "paused", "Paused: new requests are refused.", "warn", action="Resume", on_click=print
    )
    await show(stage, "dashboard")


async def not_started(stage: Any) -> None:
    reason = "127.0.0.1:8080 is taken by another program. Choose another listen_addr, or end that program."
    stage.engine.enter("failed", reason)
    stage.window.set_state("failed", detail=reason)
    stage.window.show_banner("engine", reason, "err", action="Try again", on_click=print)
    await show(stage, "dashboard")


async def told(stage: Any, *events: object) -> None:
    """What the messenger makes of what happens."""
    stage.messenger = Messenger(
        stage.bridge, stage.window, Tray(), stage.app.settings, stage.app.login
    )
    await show(stage, "dashboard")
    for event in events:
        stage.engine.events.publish(event)
    await asyncio.sleep(0.3)


async def database_away(stage: Any) -> None:
    await told(
        stage, DatabaseStateChanged(available=False, detail="Connection refused.", queued=37)
    )


async def everything_at_once(stage: Any) -> None:
    stage.window.resize(stage.window.minimumSize())
    upstream = (await stage.engine.upstreams.list())[0]
    await told(
        stage,
        DatabaseStateChanged(available=False, detail="Connection refused.", queued=1037),
        DiskStateChanged(error="No space left on device", queued=1037),
        UpstreamHealthChanged(
            upstream_id=upstream.id, upstream_name=upstream.name, state="open",
            reason="5 failures in a row; the last one: 503 Service Unavailable.",
        ),
    )  # fmt: skip


async def palette_away(stage: Any) -> None:
    """Somebody looks for something while the database is away."""
    stage.engine.failure = AWAY
    await stage.show("upstreams")
    stage.overlays.palette.open()
    await asyncio.sleep(0.3)


def of_every_page(name: str, scene: Callable[..., Awaitable[None]]) -> dict[str, Scene]:
    """The same state of each page: ``upstreams-smallest``."""
    return {f"{page.name}-{name}": partial(scene, page=page.name) for page in PAGES}


STATE_SCENES: dict[str, Scene] = {
    **of_every_page("no-database", failed),
    **of_every_page("loading", loading),
    **of_every_page("smallest", smallest),
    **of_every_page("long-names", long_names),
    "paused": paused,
    "not-started": not_started,
    "database-away": database_away,
    "palette-database-away": palette_away,
    "everything-at-once": everything_at_once,
}
