"""Sessions are read in view, again while requests come in, and who is live is known at once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.pages.costs.sessions_presenter import SessionsPresenter
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.events import DatabaseStateChanged, RequestFinished, RequestStarted
from tests.support.database import a_request
from tests.support.fake_engine import NOW, FakeEngine, bridge_to, settled
from tests.support.memory_sessions import MemorySessions, some_sessions

AWAY = DatabaseUnavailable("The database does not answer.")


class Stand:
    """The presenter on a fake engine, and what it told."""

    def __init__(self, *, state: str = "running") -> None:
        self.engine = FakeEngine(state=state)
        self.sessions = self.engine.sessions = MemorySessions(some_sessions(NOW))
        self.bridge = bridge_to(self.engine)
        self.parent = QObject()
        self.presenter = SessionsPresenter(self.bridge, self.parent, clock=lambda: NOW)
        self.views: list[tuple[str, str]] = []
        self.presenter.view.connect(lambda *view: self.views.append(view))
        self.working = False

    async def start(self) -> None:
        self.presenter.start()
        self.working = True
        await settled()

    @property
    def names(self) -> list[str | None]:
        return [row.agent_id for row in self.presenter.rows]

    def begin(self, agent: str | None = None) -> Any:
        """A request of the first session begins; returns what ends it."""
        row = a_request(session_id=self.sessions.trees[0].session.session_id, agent_id=agent)
        self.engine.events.publish(
            RequestStarted(
                id=row.id, timestamp=NOW, path=row.path, model="m", upstream_name="u", key_name="k",
                client_name="Claude Code", stream=True, session_id=row.session_id, agent_id=agent,
            )
        )  # fmt: skip
        return lambda: self.engine.events.publish(RequestFinished(row))


@pytest.fixture
async def stand(qtbot: QtBot) -> AsyncIterator[Stand]:
    stand = Stand()
    yield stand
    if stand.working:
        stand.presenter.stop()
    await settled()


async def test_sessions_are_read_and_one_is_opened(stand: Stand) -> None:
    await stand.start()
    presenter = stand.presenter
    assert [view for view, _ in stand.views] == ["loading", "content"]
    assert stand.names == [None, None, None]
    assert presenter.total == 3
    presenter.toggle(presenter.rows[0])
    await settled()
    assert stand.names == [None, "", "a125c423582c", "a52f0c3b9d1e", "a99ee6f04f7a", None, None]
    presenter.toggle(presenter.rows[0])
    await settled()
    assert stand.names == [None, None, None]


async def test_the_order_and_the_period_are_asked_for(stand: Stand) -> None:
    await stand.start()
    stand.presenter.set_order("cost")
    stand.presenter.set_period("30d")
    await settled()
    assert stand.sessions.asked[-2:] == ["list 30d cost", "count 30d"]
    assert [row.session.client for row in stand.presenter.rows] == [
        "Claude Code", "Codex", "opencode",
    ]  # fmt: skip


async def test_who_is_answered_is_live_until_it_ends(stand: Stand, qtbot: QtBot) -> None:
    await stand.start()
    stand.presenter.toggle(stand.presenter.rows[0])
    await settled()
    end = stand.begin("a99ee6f04f7a")
    qtbot.waitUntil(lambda: stand.presenter.rows[0].live)
    assert [row.agent_id for row in stand.presenter.rows if row.live] == [None, "a99ee6f04f7a"]
    assert stand.presenter._pulse.isActive()
    before = stand.presenter.rows[0].beat
    stand.presenter._pulse.timeout.emit()
    assert stand.presenter.rows[0].beat is not before

    asked = len(stand.sessions.asked)
    end()
    qtbot.waitUntil(lambda: not stand.presenter.rows[0].live)
    assert not stand.presenter._pulse.isActive(), "what stands still costs nothing"
    assert stand.presenter._soon.isActive()
    stand.presenter._soon.timeout.emit()
    await settled()
    assert len(stand.sessions.asked) > asked


async def test_out_of_view_nothing_is_done(stand: Stand) -> None:
    await stand.start()
    stand.presenter.stop()
    stand.working = False
    asked = len(stand.sessions.asked)
    stand.begin()()
    await settled()
    assert len(stand.sessions.asked) == asked
    assert not stand.presenter._soon.isActive()


async def test_the_database_away_and_back(stand: Stand) -> None:
    stand.sessions.failure = AWAY
    await stand.start()
    assert stand.views[-1] == ("error", AWAY.message)
    stand.sessions.failure = None
    stand.engine.events.publish(DatabaseStateChanged(available=True))
    await settled()
    assert stand.views[-1] == ("content", "")
    stand.sessions.failure = AWAY
    stand.presenter.refresh()
    await settled()
    assert stand.views[-1] == ("content", ""), "what is shown stays, under the window's banner"


async def test_an_open_session_that_is_gone_closes(stand: Stand) -> None:
    await stand.start()
    stand.presenter.toggle(stand.presenter.rows[0])
    await settled()
    del stand.sessions.trees[0]
    stand.presenter.refresh()
    await settled()
    assert stand.names == [None, None]


async def test_nobody_named_a_session(stand: Stand) -> None:
    stand.sessions.trees = []
    await stand.start()
    assert stand.views[-1] == ("empty", "No client named a session in the last 7 days.")


async def test_an_engine_that_failed(qtbot: QtBot) -> None:
    stand = Stand(state="failed")
    await stand.start()
    assert stand.views[-1][0] == "stopped"
    stand.presenter.stop()
