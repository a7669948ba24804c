"""What was recorded is read when somebody looks at it; where nothing was, it is said why."""

from uuid import UUID

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pxbin_app.pages.logs import recorded as words
from pxbin_app.pages.logs.recorded import Absence, RecordedRequest, absence
from pxbin_engine.errors import DatabaseUnavailable
from pxbin_engine.records import Outcome, RecordingMode, RecordingState
from tests.support.database import a_request
from tests.support.fake_engine import FakeEngine, bridge_to, settled
from tests.support.recordings import a_recording
from tests.support.traffic import MemoryLog, a_days_requests, started


@pytest.mark.parametrize(
    ("recording", "mode", "outcome", "told"),
    [
        ("kept", "off", "ok", None),
        ("dropped", "all", "ok", Absence(words.DROPPED)),
        ("", "off", "ok", Absence(words.OFF, ("errors", "all"))),
        ("", "off", "upstream_error", Absence(words.OFF, ("errors", "all"))),
        ("", "errors", "ok", Absence(words.ERRORS_ONLY, ("all",))),
        ("", "errors", "cancelled", Absence(words.ERRORS_ONLY, ("all",))),
        ("", "errors", "upstream_error", Absence(words.BEFORE)),
        ("", "all", "ok", Absence(words.BEFORE)),
    ],
)
def test_why_there_is_nothing(
    recording: RecordingState, mode: RecordingMode, outcome: Outcome, told: Absence | None
) -> None:
    record = a_request(recording=recording, outcome=outcome, llm_key_id=UUID(int=7))
    assert absence(record, mode) == told


def test_without_a_key_nothing_is_kept_ever() -> None:
    assert absence(a_request(outcome="refused"), "off") == Absence(words.NO_KEY)


def test_of_a_request_in_flight_nothing_is_known_yet() -> None:
    assert absence(started(a_request()), "all") == Absence(words.IN_FLIGHT)


class Stand:
    """Three requests in the log, the newest two of them recorded."""

    def __init__(self) -> None:
        self.parent = QObject()
        self.engine = FakeEngine()
        records = a_days_requests(3)
        self.log = MemoryLog([replace(one, llm_key_id=UUID(int=7)) for one in records])
        self.engine.requests = self.log
        for number in (1, 2):
            self.log.record(a_recording(self.log.records[number]))
        self.bare, self.first, self.second = self.log.records
        self.recorded = RecordedRequest(bridge_to(self.engine), self.parent)
        self.views: list[tuple[str, str]] = []
        self.event_views: list[tuple[str, str]] = []
        self.commands: list[tuple[str, str]] = []
        self.recorded.view.connect(lambda *told: self.views.append(told))
        self.recorded.events_view.connect(lambda *told: self.event_views.append(told))
        self.recorded.command.connect(lambda *told: self.commands.append(told))


@pytest.fixture
async def stand(qtbot: QtBot) -> Stand:
    return Stand()


async def test_nothing_is_read_before_somebody_looks(stand: Stand) -> None:
    stand.recorded.show(stand.first)
    await settled()
    assert (stand.views, stand.log.recordings.asked) == ([], [])
    stand.recorded.look(True)
    await settled()
    assert stand.views == [("loading", ""), ("content", "")]
    assert stand.recorded.recording == stand.log.recordings.held[stand.first.id]
    stand.recorded.look(False)
    stand.recorded.show(stand.second)
    await settled()
    assert stand.log.recordings.asked == [stand.first.id]
    assert stand.recorded.recording is None


async def test_it_is_read_once(stand: Stand) -> None:
    stand.recorded.show(stand.first)
    for _ in range(3):
        stand.recorded.look(True)
        await settled()
    assert stand.views[1:] == [("content", "")] * 3
    assert len(stand.log.recordings.asked) == 1


async def test_of_two_requests_the_later_one_is_shown(stand: Stand) -> None:
    stand.recorded.look(True)
    stand.recorded.show(stand.first)
    stand.recorded.show(stand.second)
    await settled()
    assert stand.recorded.recording is not None
    assert stand.recorded.recording.request_id == stand.second.id
    assert stand.views.count(("content", "")) == 1


async def test_a_page_that_left_the_view_is_told_nothing(stand: Stand) -> None:
    stand.recorded.look(True)
    stand.recorded.show(stand.first)
    stand.recorded.stop()
    await settled()
    assert stand.views == [("loading", "")]
    for _ in range(2):
        stand.recorded.start()
        await settled()
    assert stand.views == [("loading", ""), ("loading", ""), ("content", "")], (
        "once, when it is back"
    )
    stand.recorded.read_events("client_response", 0)
    stand.recorded.stop()
    stand.recorded.start()
    await settled()
    assert stand.views[-1] == ("content", ""), "its view asks for the events again"


async def test_recording_is_turned_on_from_where_it_is_missed(stand: Stand) -> None:
    stand.recorded.look(True)
    stand.recorded.show(stand.bare)
    assert stand.views == [("absent", words.OFF)]
    assert stand.recorded.offers == ("errors", "all")
    stand.recorded.turn_on("all")
    assert stand.engine.recording_mode == "all"
    assert stand.views[-1] == ("absent", words.BEFORE)
    assert stand.recorded.offers == ()


async def test_what_was_erased_since_is_said(stand: Stand) -> None:
    stand.log.recordings.held.clear()
    stand.recorded.look(True)
    stand.recorded.show(stand.first)
    await settled()
    view, sentence = stand.views[-1]
    assert view == "error"
    assert "not kept any more" in sentence


async def test_events_are_those_of_the_side_that_is_asked_for(stand: Stand) -> None:
    stand.recorded.look(True)
    stand.recorded.show(stand.first)
    await settled()
    stand.recorded.read_events("client_response", 0)
    stand.recorded.read_events("upstream_response", 1)
    await settled()
    assert stand.event_views == [("loading", ""), ("loading", ""), ("content", "")]
    assert {event.name for event in stand.recorded.events} == {""}
    stand.recorded.read_events("client_response", 0)
    await settled()
    assert stand.recorded.events[0].name == "message_start"
    assert stand.recorded.events[0].ms == 830
    stand.recorded.read_events("client_request", 0)
    await settled()
    assert stand.event_views[-1] == ("absent", "It was answered at once, not as a stream.")
    stand.log.recordings.failure = DatabaseUnavailable("The database does not answer.")
    stand.recorded.read_events("client_response", 0)
    await settled()
    assert stand.event_views[-1] == ("error", "The database does not answer.")


@pytest.mark.parametrize("looked_at", [True, False])
async def test_a_command_has_the_body_where_that_is_kept(stand: Stand, looked_at: bool) -> None:
    stand.recorded.look(looked_at)
    stand.recorded.show(stand.first)
    await settled()
    stand.recorded.ask_for_command()
    await settled()
    ((text, said),) = stand.commands
    assert "Fix the failing test" in text
    assert said == "Copied as cURL"
    assert len(stand.log.recordings.asked) == 1


@pytest.mark.parametrize("why", ["not kept", "erased"])
async def test_a_command_without_a_body_says_so(stand: Stand, why: str) -> None:
    stand.log.recordings.held.clear()
    stand.recorded.show(stand.bare if why == "not kept" else stand.first)
    stand.recorded.ask_for_command()
    await settled()
    ((text, said),) = stand.commands
    assert text.endswith("--data @body.json")
    assert "body.json" in said


async def test_of_a_request_in_flight_there_is_no_command(stand: Stand) -> None:
    stand.recorded.show(started(stand.first))
    stand.recorded.ask_for_command()
    await settled()
    assert stand.commands == []
