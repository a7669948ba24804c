"""Exports are imported, compared and taken out again; what fails is said."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.pages.costs.reconcile_presenter import ReconcilePresenter
from pxbin_engine.errors import DatabaseUnavailable
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled
from tests.support.memory_usage import served

AWAY = DatabaseUnavailable("The database does not answer.")
DAY = NOW.date()
COSTS = f"usage_date_utc,model,cost_usd\n{DAY},Claude Sonnet 4.5,2.00\n{DAY},Claude Opus 4.1,1.00\n"


class Stand:
    """The presenter on a fake engine with two upstreams, and what it told."""

    def __init__(self, tmp_path: Path, *, state: str = "running") -> None:
        self.engine = FakeEngine(state=state)
        self.parent = QObject()
        self.presenter = ReconcilePresenter(bridge_to(self.engine), self.parent)
        self.views: list[tuple[str, str]] = []
        self.said: list[tuple[str, str]] = []
        self.busy: list[bool] = []
        self.presenter.view.connect(lambda *view: self.views.append(view))
        self.presenter.said.connect(lambda *said: self.said.append(said))
        self.presenter.working.connect(self.busy.append)
        self.file = tmp_path / "costs.csv"
        self.file.write_text(COSTS, "utf-8")

    async def start(self, *names: str) -> None:
        for name in names:
            made = await self.engine.upstreams.create(name=name, base_url="http://127.0.0.1:9", format="anthropic")  # fmt: skip
            self.engine.usage.counted[made.id] = [
                served(DAY, "claude-sonnet-4-5", cost=Decimal(2), input_tokens=5)
            ]
        self.presenter.start()
        await settled()

    async def bring(self) -> None:
        """Import the file, which is read in a thread."""
        before = len(self.busy)
        self.presenter.import_file(self.file)
        async with asyncio.timeout(5):
            while len(self.busy) < before + 2:
                await asyncio.sleep(0.01)
        await settled()


@pytest.fixture
async def stand(qtbot: QtBot, tmp_path: Path) -> AsyncIterator[Stand]:
    stand = Stand(tmp_path)
    yield stand
    stand.presenter.stop()
    await settled()


async def test_without_an_upstream_or_an_import_it_says_what_to_do(stand: Stand) -> None:
    await stand.start()
    assert stand.views == [
        ("loading", ""),
        ("empty", "Add an upstream first: an export is compared with what it served."),
    ]
    stand.presenter.import_file(stand.file)
    await settled()
    assert (stand.busy, stand.said) == ([], [])
    stand.presenter.stop()
    await stand.start("claude")
    assert stand.views[-1] == ("empty", "Nothing was imported for claude yet.")


async def test_an_import_is_compared_and_taken_out_again(stand: Stand) -> None:
    await stand.start("a", "b")
    presenter = stand.presenter
    presenter.choose(presenter.upstreams[1].id)
    await settled()
    await stand.bring()
    assert stand.said[-1] == (f"Imported 1 day and 2 models, {DAY} to {DAY}.", "ok")
    assert stand.views[-1] == ("content", "")
    assert [(row.line.model, row.line.state) for row in presenter.rows] == [
        ("", "differs"),
        ("Claude Opus 4.1", "only_there"),
        ("Claude Sonnet 4.5", "equal"),
    ]
    presenter.show_differing(differing=True)
    assert [row.line.model for row in presenter.rows] == ["", "Claude Opus 4.1"]
    presenter.show_differing(differing=False)
    presenter.show_by("model")
    assert [row.line.model for row in presenter.rows] == [
        "",
        "Claude Sonnet 4.5",
        "Claude Opus 4.1",
    ]

    await stand.bring()
    assert stand.said[-1][0].endswith("1 day was there already and took the new figures.")
    (made,) = presenter.imports
    presenter.forget(made)
    await settled()
    assert stand.said[-1] == ("costs.csv was taken out.", "info")
    assert stand.views[-1][0] == "empty"
    assert presenter.rows == ()


async def test_the_upstream_of_the_newest_import_is_shown_first(stand: Stand) -> None:
    await stand.start("a", "b")
    stand.presenter.choose(stand.presenter.upstreams[1].id)
    await settled()
    await stand.bring()
    stand.presenter.stop()
    stand.presenter.upstream = None
    await stand.start()
    assert stand.presenter.upstream is not None
    assert stand.presenter.upstream.name == "b"
    stand.presenter.choose(stand.presenter.upstreams[0].id)
    await settled()
    assert (stand.presenter.imports, stand.views[-1][0]) == ((), "empty")


async def test_what_fails_is_said_and_can_be_tried_again(stand: Stand) -> None:
    stand.engine.usage.failure = AWAY
    await stand.start("a")
    assert stand.views[-1] == ("error", AWAY.message)
    stand.engine.usage.failure = None
    stand.presenter.refresh()
    await settled()
    stand.file.write_text("a,b\n1,2\n", "utf-8")
    await stand.bring()
    sentence, tone = stand.said[-1]
    assert (tone, "Its columns are: a, b." in sentence) == ("err", True)
    assert stand.busy == [True, False]


async def test_an_engine_that_does_not_run_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    stand = Stand(tmp_path, state="starting")
    await stand.start()
    assert stand.views[-1] == ("error", "pxbin is not running yet.")
    stand.presenter.stop()
